"""A short item whose feed states no language has the language of the feed's earlier items."""

from __future__ import annotations

import asyncio

import pytest
from builders import DAY
from fakes import NOW, FakeFetcher, a_polling, fetched, subscribe
from statements import statements

from monitor.polling.sources.feed_language import usual_language
from monitor.text.languages import language_of
from storage.database import Database

FEED = "https://example.org/feed"
EARLIER = (
    "Regeringen vill sänka skatten på el",
    "Två personer skadades vid olyckan i hamnen",
    "Skolan stänger efter branden",
    "Kommunen säger nej till nya vindkraftverk",
    "Så blir vädret till helgen",
    "Laget vann med fyra mål i går",
    "Hon får årets pris för sin bok",
    "Polisen söker vittnen till rånet",
)
DOUBTFUL = "Storm kan krossa vraket"
LONG = "The harbour stays closed until the wreck of the freighter has been taken away, the port authority said on Monday."


def polled(database: Database, *bodies: object) -> dict[str, str | None]:
    """Poll a feed once a day; return the language of each item by title."""
    subscribe(database, FEED)
    fetcher = FakeFetcher({})
    polling = a_polling(database, fetcher)
    for day, items in enumerate(bodies):
        fetcher.answers[FEED] = fetched(*items)  # type: ignore[misc]
        asyncio.run(polling.run(now=NOW + day * DAY))
    with database.read() as ledger:
        return {item.title: item.language for item in ledger.items.since(NOW - DAY)}


@pytest.mark.parametrize("known", [0, len(EARLIER)])
def test_a_title_alone_takes_the_language_of_the_feed(database: Database, known: int) -> None:
    """Only earlier items count: those of the same document would differ with the part of it that is read."""
    earlier = [(f"e{number}", title) for number, title in enumerate(EARLIER[:known])]
    found = polled(
        database,
        earlier or [("first", "Harbour")],
        [("n", DOUBTFUL), ("l", "Harbour closed", LONG), *earlier],
    )
    assert language_of(DOUBTFUL) != "sv"
    assert found[DOUBTFUL] == ("sv" if known else None)
    assert found["Harbour closed"] is None


def test_an_edited_title_keeps_the_language_of_the_feed(database: Database) -> None:
    """A new text of the item is stored with the language too."""
    earlier = [(f"e{number}", title) for number, title in enumerate(EARLIER)]
    found = polled(database, earlier, [("n", "Vrak"), *earlier], [("n", DOUBTFUL), *earlier])
    assert found[DOUBTFUL] == "sv"


def test_earlier_titles_are_read_once_for_all_edited_items(sqlite_database: Database) -> None:
    """Ten edited short items take no more statements that read titles than one."""
    earlier = [(f"e{number}", title) for number, title in enumerate(EARLIER)]
    short = [(f"n{number}", "Vrak") for number in range(10)]
    polled(sqlite_database, [*earlier, *short])
    fetcher = FakeFetcher({FEED: fetched(*[(key, DOUBTFUL) for key, _ in short], *earlier)})
    with statements(sqlite_database) as executed:
        asyncio.run(a_polling(sqlite_database, fetcher).run(now=NOW + DAY))
    reading = [one for one in executed if "LIMIT" in one and "items.title," in one and "ORDER BY" in one]
    assert len([one for one in executed if one.startswith("UPDATE items")]) >= len(short)
    assert len(reading) == 1


def test_a_feed_in_several_languages_has_no_usual_one() -> None:
    """Half of the titles say nothing about the next one; neither do a few."""
    english = [f"The council of the town said no to plan {number}" for number in range(8)]
    assert usual_language(EARLIER) == "sv"
    assert usual_language([*EARLIER, *english]) is None
    assert usual_language(EARLIER[:4]) is None
