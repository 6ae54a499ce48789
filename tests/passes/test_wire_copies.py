"""Outlets that print an agency's report unchanged count as coverage and are shown as such."""

from __future__ import annotations

from builders import HOUR, MINUTE
from fakes import NOW, WordJudge, a_desk, a_topic, store, subscribe
from newsroom import FEEDS, a_route, messages

from alerts.alert import alert
from monitor.matching.match import Matching
from storage.database import Database
from storage.model import Story

REPORT = (
    "The police of the harbour town reopened the old swing bridge on Monday, eleven days after a barge had torn away "
    "part of its northern pier, the port authority told reporters in the morning."
)
OWN = (
    "Traffic rolls again over the swing bridge at the harbour: police lifted the barrier this Monday. Drivers had gone "
    "round by the ring road since a barge hit the northern pier."
)


def arrive(database: Database, *reports: tuple[int, str, str], matching: Matching | None = None) -> Story:
    """Store reports (outlet, title, text) one by one and return the one story they form."""
    for minute, (outlet, title, text) in enumerate(reports):
        at, feed = NOW + minute * MINUTE, FEEDS[outlet]
        store(database, title, feed=feed, now=at, summary=text, url=f"https://paper{outlet}.example/{minute}")
        (matching or Matching([a_topic("police")], WordJudge("police"))).run(database, now=at)
    with database.read() as ledger:
        [story] = ledger.stories.since(NOW - HOUR)
    return story


def test_copies_are_counted_by_their_first_words(database: Database) -> None:
    """The first words of the text decide, whatever the title."""
    subscribe(database, *FEEDS)
    titles = (
        "Police reopen harbour swing bridge",
        "Swing bridge at harbour open again, police say",
        "Harbour town: police reopen swing bridge",
    )
    reports = [(number, titles[number % 3], REPORT) for number in range(5)]
    own = [(5, "Police open harbour swing bridge for traffic", OWN)]
    uninterrupted = Matching([a_topic("police")], WordJudge("police"))
    story = arrive(database, *reports, *own, matching=uninterrupted)
    assert (story.sources, story.copies, story.size) == (6, 5, 6)
    alert(database, a_desk(a_route()), now=NOW + HOUR)
    [message] = messages(database)
    assert b'"sources":6,"copies":5' in message.body


def test_texts_of_their_own_are_no_copies(database: Database) -> None:
    """Reports of one event in different words are no copies."""
    subscribe(database, *FEEDS)
    story = arrive(
        database,
        (0, "Police reopen harbour swing bridge", REPORT),
        (1, "Police open harbour swing bridge for traffic", OWN),
    )
    assert (story.sources, story.copies) == (2, 0)


def test_one_outlets_second_edition_is_no_copy(database: Database) -> None:
    """Copies are counted by outlets, so a second edition of one outlet does not count."""
    subscribe(database, *FEEDS)
    story = arrive(
        database,
        (0, "Police reopen harbour swing bridge", REPORT),
        (0, "Police reopen harbour swing bridge at last", REPORT),
    )
    assert (story.sources, story.copies, story.size) == (1, 0, 2)


def test_a_restart_counts_copies_alike(database: Database) -> None:
    """An index rebuilt from rows counts the same copies."""
    subscribe(database, *FEEDS)
    reports = [
        (number, f"Police reopen harbour swing bridge {'again ' * number}", REPORT) for number in range(4)
    ]
    assert arrive(database, *reports).copies == 4
