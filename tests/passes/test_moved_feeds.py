"""Feeds are found by their address without reading all feeds."""

from __future__ import annotations

from builders import HOUR
from fakes import NOW
from sqlalchemy import event, update

from storage import schema
from storage.database import Database
from storage.stores.feeds import Subscription

MANY = 300


def test_the_feeds_at_an_address_are_found_by_index(sqlite_database: Database) -> None:
    """The feeds polled at an address, configured or moved there, are found by an index, however many feeds there are."""
    urls = [f"https://{number}.example/feed" for number in range(MANY)]
    new = [Subscription(url=url, title="", host=url, access_hash=None, interval=HOUR) for url in urls]
    with sqlite_database.write() as ledger:
        ledger.feeds.subscribe(new, now=NOW)
        moved = update(schema.feeds).where(schema.feeds.c.url == urls[7])
        ledger.feeds._connection.execute(moved.values(current_url=urls[3]))
    with sqlite_database.read() as ledger:
        connection, plans = ledger.feeds._connection, []

        @event.listens_for(connection, "after_cursor_execute")
        def explain(_: object, __: object, statement: str, values: object, *___: object) -> None:
            if not statement.startswith("EXPLAIN"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans.extend(row[3] for row in plan)

        assert ledger.feed_controls.polled_at(urls[3]) == [(4, urls[3]), (8, urls[7])]
    assert plans
    assert not [plan for plan in plans if "INDEX" not in plan]
