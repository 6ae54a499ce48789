"""Items stored by an earlier version get their outlets, in slices, and stories count by them."""

from __future__ import annotations

from builders import HOUR
from fakes import NOW, WordJudge, a_desk, a_topic, store, subscribe
from newsroom import FEEDS, a_route, alerts_of
from sqlalchemy import update

from alerts.alert import alert
from monitor.matching.match import Matching
from monitor.polling.fill_outlets import fill_outlets
from storage import schema
from storage.database import Database

TITLE = "Police reopen the harbour bridge"


def as_before_outlets(database: Database, feeds: int) -> None:
    """Store an item from each of these section feeds of one paper, as a version without outlets did."""
    subscribe(database, *FEEDS)
    for number in range(feeds):
        url = f"https://www.paper.example/{number}/police-bridge?utm_source=rss"
        store(database, TITLE, feed=FEEDS[number], url=url)
    for number in range(2):
        url = f"https://paper.example/ferry/{number}"
        store(database, f"Ferry timetable {number} changes", feed=FEEDS[0], url=url)
    with database.write() as ledger:
        ledger.items._connection.execute(
            update(schema.items).values(outlet=None, article_link=None, same_as=None)
        )
        ledger.items._connection.execute(update(schema.feeds).values(home=None, last_success=NOW))
    Matching([a_topic("police")], WordJudge("police")).run(database, now=NOW)
    alert(database, a_desk(a_route()), now=NOW)


def counted(database: Database) -> tuple[int, list[int]]:
    with database.read() as ledger:
        [story] = ledger.stories.since(NOW - HOUR)
    return story.sources, [one.sources for one in alerts_of(database)]


def test_old_items_count_by_outlet_once_filled_in(database: Database) -> None:
    """A story alerted with four feeds of one paper counts as alerted with one outlet, and grows from there."""
    as_before_outlets(database, 4)
    assert counted(database) == (4, [4])
    assert fill_outlets(database) == 6
    assert counted(database) == (1, [1])
    with database.read() as ledger:
        item = ledger.items.get(1)
        assert item is not None
        assert (item.outlet, item.outlet_name) == ("paper.example", FEEDS[0])
        assert len(ledger.articles.linked(["paper.example/0/police-bridge"])) == 1


def test_filling_resumes_where_it_stopped(database: Database) -> None:
    """Each slice is committed by itself, and nothing is left to do at the end."""
    as_before_outlets(database, 4)
    assert fill_outlets(database, at_once=1) == 6
    assert fill_outlets(database) == 0
