"""A feed that gives its items new ids at every poll causes no repeated alerts, and is reported once (F2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import DAY
from fakes import NOW, fetched, subscribe
from rounds import FEED, feed_of, poll_once

from monitor.polling.feed_state.habits import has_unstable_ids
from storage.database import Database
from storage.stores.recent_links import KEPT_KEYS

LONG = ("Council pauses face recognition", "Harbour strike ends after a week", "Museum lends three paintings")
SHORT = ("Weather", "Traffic", "Tide tables")


def body(titles: tuple[str, ...], number: int, *, link: str, text: str) -> bytes:
    """Return a document in which every id contains the number of its poll."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}-{at}</guid><title>{title}</title>"
        f"<link>https://example.org/{link.format(at=at, number=number)}</link>"
        f"<description>{title}: {text.format(number=number)}</description></item>"
        for at, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()


def polled(database: Database, documents: Callable[[int], bytes], polls: int = 6) -> list[list[str]]:
    """Poll so many times and return the new items of each poll."""
    subscribe(database, FEED)
    rounds = []
    for number in range(polls):
        answer = fetched(body=documents(number))
        noted = poll_once(database, answer, NOW + 3 * number * DAY).noted
        rounds.append(sorted(str(one.seen) for one in noted))
    return rounds


def told(database: Database) -> list[str]:
    with database.read() as ledger:
        return [report.kind for report in ledger.reports.waiting()]


@pytest.mark.parametrize("titles", [LONG, SHORT], ids=["long titles", "short titles"])
@pytest.mark.parametrize(
    ("link", "text"),
    [
        pytest.param("{at}", "the same", id="nothing else changes"),
        pytest.param("{at}?session={number}", "the same", id="the links change too"),
        pytest.param("{at}", "read {number} times", id="the texts change too"),
    ],
)
def test_new_ids_alone_are_no_news(database: Database, titles: tuple[str, ...], link: str, text: str) -> None:
    """The feed is silent after the first poll, even with short titles, and flagged once."""
    rounds = polled(database, lambda number: body(titles, number, link=link, text=text))
    assert rounds[0] == ["first-poll"] * 3
    assert rounds[1:] == [["republished"] * 3] * 5
    assert has_unstable_ids(feed_of(database).habit)
    assert told(database) == ["feed.unstable"]


def test_a_new_item_in_such_a_feed_is_new(database: Database) -> None:
    """An item that was not there before is alerted among all the renamed ones."""

    def documents(number: int) -> bytes:
        titles = SHORT if number < 4 else ("Flood", *SHORT)
        return body(titles, number, link=titles[0] + "{at}" if number < 4 else "x{at}", text="the same")

    rounds = polled(database, documents)
    assert rounds[4] == ["new", "republished", "republished", "republished"]
    assert rounds[5] == ["republished"] * 4


def test_a_move_to_another_system_is_no_unstable_feed(database: Database) -> None:
    """A single change of ids is silent and not reported, and known ids afterwards reset the count."""
    rounds = polled(database, lambda number: body(SHORT, min(number, 1), link="{at}", text="poll {number}"))
    assert rounds[1] == ["republished"] * 3
    assert feed_of(database).habit.renamed_polls == 1
    assert told(database) == []


def test_a_document_of_other_items_is_new(database: Database) -> None:
    """A feed that rolled over has new ids too, but also new texts and positions."""
    subscribe(database, FEED)
    poll_once(database, fetched(body=body(SHORT, 0, link="{number}/{at}", text="{number}")))
    later = fetched(body=body(("Flood", "Storm", "Tide tables"), 1, link="{number}/{at}", text="{number}"))
    noted = poll_once(database, later, NOW + DAY).noted
    assert [str(one.seen) for one in noted] == ["new"] * 3


def test_an_item_is_known_by_its_newest_ids_only(database: Database) -> None:
    """A feed that renames its items for ever does not fill the database, and no item is alerted twice."""
    rounds = polled(database, lambda number: body(LONG, number, link="{at}", text="the same"), KEPT_KEYS + 4)
    assert rounds[-1] == ["republished"] * 3
    with database.read() as ledger:
        feed = ledger.feeds.named([FEED])[0].id
        asked = [f"id:{number}-0" for number in range(KEPT_KEYS + 4)]
        known = ledger.items.known(feed, keys=asked, title_keys=[], since=NOW)
    assert [one.key for one in sorted(known, key=lambda one: asked.index(one.key))] == asked[4:]
