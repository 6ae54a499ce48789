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
    """Let an item arrive in each of these section feeds of one paper, and leave it as an earlier storywatch did."""
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


def test_old_items_count_by_feed_until_they_are_filled_in_and_by_outlet_then(database: Database) -> None:
    """A story that was told with four feeds of one paper was told with one outlet: it grows from there."""
    as_before_outlets(database, 4)
    assert counted(database) == (4, [4])
    assert fill_outlets(database) == 6
    assert counted(database) == (1, [1])
    with database.read() as ledger:
        item = ledger.items.get(1)
        assert item is not None
        assert (item.outlet, item.outlet_name) == ("paper.example", FEEDS[0])
        assert len(ledger.articles.linked(["paper.example/0/police-bridge"])) == 1


def test_filling_goes_on_where_it_was(database: Database) -> None:
    """Each slice stands by itself; when all is filled in there is nothing to do."""
    as_before_outlets(database, 4)
    assert fill_outlets(database, at_once=1) == 6
    assert fill_outlets(database) == 0
