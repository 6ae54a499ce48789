"""The match pass: waiting items are judged once and grouped in a stored order, in one run or in many."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, WordJudge, a_topic, contents, store, subscribe
from sqlalchemy import select

from monitor.matching.match import Matching
from monitor.topics.judging.score import Judgement
from monitor.topics.vocabulary.document import Document
from storage import schema
from storage.database import Database, Ledger
from storage.model import Publication, Story
from storage.stores.item_rows import NewItem

FEED, OTHER = "https://example.org/feed", "https://example.net/feed"
POLICE = "police"


def a_matching(*topics: str) -> Matching:
    names = topics or (POLICE,)
    return Matching([a_topic(name) for name in names], WordJudge(*names))


def stories(database: Database, topic: str = POLICE) -> dict[int, list[str]]:
    """Return the titles of each story's items, in the order they joined."""
    with database.read() as ledger:
        return {
            story.id: [match.item.title for match in ledger.matches.of_story(story.id)]
            for story in ledger.stories.since(NOW - 9_999 * DAY, topics=[topic])
        }


def the_stories(database: Database) -> list[Story]:
    with database.read() as ledger:
        return sorted(ledger.stories.since(NOW - 9_999 * DAY), key=lambda story: story.id)


def silences(database: Database) -> dict[int, tuple[str, str]]:
    with database.read() as ledger:
        rows = ledger.alerts._connection.execute(select(schema.silences)).all()
    return {row.match_id: (row.channel, row.reason) for row in rows}


@pytest.fixture
def ledger_(sqlite_database: Database) -> Database:
    """A ledger with two subscribed feeds."""
    subscribe(sqlite_database, FEED, OTHER)
    return sqlite_database


def test_a_match_has_score_reasons_and_rule_version(database: Database) -> None:
    """Every match names the immutable rule version that made it (invariant 7)."""
    subscribe(database, FEED)
    store(database, "The police halt a trial of cameras", "A recipe for soup")
    matched = a_matching().run(database, now=NOW)
    assert (matched.items, matched.matches, len(matched.stories)) == (2, 1, 1)
    with database.read() as ledger:
        [match] = ledger.matches.of_story(next(iter(matched.stories)))
        assert ledger.match_queue.first(limit=9) == []
    assert (match.topic, match.score, match.why[0].term) == (POLICE, 0.9, "police")
    assert match.matched_at == NOW


def test_running_again_changes_nothing(database: Database) -> None:
    """A second run changes nothing, in this process or in a new one (invariant 2)."""
    subscribe(database, FEED)
    store(database, "The police halt a trial of cameras", "Tax rise for police stations agreed")
    matching = a_matching()
    matching.run(database, now=NOW)
    before = contents(database)
    matching.run(database, now=NOW + HOUR)
    a_matching().run(database, now=NOW + HOUR)
    assert contents(database) == before


def test_an_item_waits_until_its_match_is_committed(ledger_: Database) -> None:
    """If judging fails, the item still waits and the next run takes it."""

    class Failing:
        def judge(self, document: Document) -> dict[str, Judgement]:
            raise RuntimeError(document.id)

    store(ledger_, "The police halt a trial of cameras")
    with pytest.raises(RuntimeError):
        Matching([a_topic(POLICE)], Failing()).run(ledger_, now=NOW)
    assert a_matching().run(ledger_, now=NOW).matches == 1


def test_an_item_is_judged_for_every_topic_and_joins_a_story_of_each(ledger_: Database) -> None:
    """Stories belong to one topic."""
    store(ledger_, "The police and the court halt a trial of cameras")
    matched = a_matching(POLICE, "court").run(ledger_, now=NOW)
    assert matched.matches == 2
    assert sorted(story.topic for story in the_stories(ledger_)) == ["court", POLICE]


def test_a_changed_rule_applies_to_later_items(ledger_: Database) -> None:
    """Earlier matches keep the version that made them."""
    store(ledger_, "The police halt a trial of cameras")
    a_matching().run(ledger_, now=NOW)
    store(ledger_, "Police budget passes after long debate", now=NOW + HOUR)
    judge = WordJudge(POLICE)
    changed = Matching([replace(a_topic(POLICE), text="another", hash="another")], judge)
    changed.run(ledger_, now=NOW + HOUR)
    with ledger_.read() as ledger:
        versions = [
            match.rule_version for story in stories(ledger_) for match in ledger.matches.of_story(story)
        ]
    assert sorted(versions) == [1, 2]
    assert sum(judge.judged.values()) == 1


def test_an_edited_item_that_matches_for_the_first_time_matches_once(ledger_: Database) -> None:
    """An edit causes another matching, and an existing match is kept (invariant 8)."""
    [item_id] = store(ledger_, "Council halts a trial of cameras")
    matching = a_matching()
    assert matching.run(ledger_, now=NOW).matches == 0
    for hour, title in enumerate(("Police trial of cameras halted", "Police trial of cameras is halted"), 1):
        edited = NewItem(publication=Publication(title=title), key="k", content_hash=title, title_key=None)
        with ledger_.write() as ledger:
            ledger.items.revise(item_id, edited, now=NOW + hour * HOUR)
        assert matching.run(ledger_, now=NOW + hour * HOUR).matches == (hour == 1)
    assert len(stories(ledger_)) == 1


def test_items_of_the_first_poll_match_silently(database: Database) -> None:
    """They have a story and a row with the reason for the silence (F1, invariants 3 and 5)."""
    subscribe(database, FEED)
    store(database, "The police halt a trial of cameras", at_first_poll=True)
    a_matching().run(database, now=NOW)
    assert silences(database) == {1: ("*", "first-poll")}
    with database.read() as ledger:
        assert ledger.stories.next_due() is None
    store(database, "The police halt their trial of cameras", now=NOW + MINUTE)
    a_matching().run(database, now=NOW + MINUTE)
    with database.read() as ledger:
        assert ledger.stories.next_due() == NOW + MINUTE
    assert len(stories(database)) == 1


def test_a_story_counts_its_outlets_and_items_and_spans_their_times(ledger_: Database) -> None:
    """Two items of one feed count as one outlet."""
    store(ledger_, "The police halt a trial of cameras")
    store(ledger_, "Police halt trial of their cameras", now=NOW + HOUR)
    store(ledger_, "Police halt a trial of cameras in town", feed=OTHER, now=NOW + 2 * HOUR)
    a_matching().run(ledger_, now=NOW + 2 * HOUR)
    [story] = the_stories(ledger_)
    assert (story.sources, story.size) == (2, 3)
    assert (story.first_seen, story.last_seen) == (NOW, NOW + 2 * HOUR)


def test_more_items_than_a_slice_are_all_matched(ledger_: Database) -> None:
    """The slice bounds a transaction, and not the pass."""
    titles = [f"Police open station number {number} in the district" for number in range(230)]
    store(ledger_, *titles)
    matched = a_matching().run(ledger_, now=NOW)
    assert (matched.items, matched.matches) == (230, 230)
    assert sum(len(items) for items in stories(ledger_).values()) == 230


EVENTS = (
    ("police", "cameras", "trial", "halted", "council", "vote", "privacy", "harbour"),
    ("police", "strike", "wages", "union", "talks", "minister", "overtime", "march"),
    ("police", "flood", "rescue", "river", "bridge", "boats", "village", "night"),
)


def series(seed: int, length: int) -> list[tuple[str, datetime, datetime | None]]:
    """Return (title, first seen, published) of a month's items, many of them dated long before."""
    dice = random.Random(seed)
    seen, found = NOW, []
    for number in range(length):
        seen += timedelta(hours=dice.choice([0.1, 0.5, 2, 40]))
        event = dice.choice(EVENTS)
        title = " ".join(["police", *dice.sample(event[1:], 6), str(number)])
        found.append((title, seen, dice.choice([None, seen - HOUR, seen - 4 * DAY, seen - 11 * DAY])))
    return found


def grouped(database: Database) -> list[tuple[str, tuple[str, ...]]]:
    """Return the stories as (headline, titles of items), to compare groupings."""
    titles = stories(database)
    return [(story.title, tuple(titles[story.id])) for story in the_stories(database)]


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_after_every_item_groups_as_one_run_does(ledger_: Database, tmp_path, seed: int) -> None:
    """An index rebuilt from rows gives the same stories and headlines (invariant 6)."""
    other = Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        subscribe(other, FEED, OTHER)
        steady = a_matching()
        for title, seen, published in series(seed, 30):
            for database in (ledger_, other):
                store(database, title, now=seen, published_at=published)
            steady.run(ledger_, now=seen)
            a_matching().run(other, now=seen)
        assert grouped(ledger_) == grouped(other)
        assert any(len(items) > 2 for _, items in grouped(ledger_))
    finally:
        other.close()


def test_an_item_dated_long_ago_joins_its_story_after_a_restart_too(ledger_: Database) -> None:
    """Its own date decides what it is compared with, not the start of the process (invariant 6)."""
    store(ledger_, "Police halt trial of harbour cameras", published_at=NOW)
    a_matching().run(ledger_, now=NOW)
    later = NOW + 9 * DAY
    store(ledger_, "Police halt trial of the harbour cameras", now=later, published_at=NOW + HOUR)
    a_matching().run(ledger_, now=later)
    assert len(stories(ledger_)) == 1


def test_an_edit_of_a_grouped_item_changes_no_later_grouping(ledger_: Database, tmp_path) -> None:
    """After a restart items are compared by the text with which they were grouped (invariant 6)."""
    other = Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        subscribe(other, FEED)
        steady = a_matching()
        for database in (ledger_, other):
            matching = steady if database is ledger_ else a_matching()
            [item_id] = store(database, "Police halt trial of harbour cameras")
            matching.run(database, now=NOW)
            edited = NewItem(
                publication=Publication(title="Ferry fares rise on every island"),
                key="k",
                content_hash="e",
                title_key=None,
            )
            with database.write() as ledger:
                ledger.items.revise(item_id, edited, now=NOW + HOUR)
            matching = steady if database is ledger_ else a_matching()
            store(database, "Police halt the trial of harbour cameras", now=NOW + 2 * HOUR)
            matching.run(database, now=NOW + 2 * HOUR)
        assert list(map(len, stories(ledger_).values())) == [2]
        assert grouped(ledger_) == grouped(other)
    finally:
        other.close()


def test_matches_are_grouped_in_the_order_they_were_first_seen(ledger_: Database) -> None:
    """The order is (first seen, item id), whatever the order of storing, and it is kept."""
    store(ledger_, "Police halt trial of harbour cameras again", now=NOW + HOUR)
    store(ledger_, "Police halt trial of harbour cameras", now=NOW)
    a_matching().run(ledger_, now=NOW)
    [titles] = stories(ledger_).values()
    assert titles == ["Police halt trial of harbour cameras", "Police halt trial of harbour cameras again"]


class Killed(BaseException):
    """The process was killed."""


class DoomedAfterMatch:
    """A database whose second write dies before its commit, after matching and before grouping."""

    def __init__(self, database: Database) -> None:
        self.read, self.path = database.read, database.path
        self._database = database
        self._writes = 0

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        with self._database.write() as ledger:
            yield ledger
            self._writes += 1
            if self._writes > 1:
                raise Killed


def test_a_failed_transaction_leaves_no_trace_in_the_index(ledger_: Database) -> None:
    """After a failed commit the index is rebuilt."""
    matching = a_matching()
    store(ledger_, "Police halt trial of harbour cameras")

    with pytest.raises(Killed):
        matching.run(DoomedAfterMatch(ledger_), now=NOW)  # type: ignore[arg-type]
    assert stories(ledger_) == {}
    matching.run(ledger_, now=NOW)
    store(ledger_, "Police halt the trial of harbour cameras", now=NOW + HOUR)
    matching.run(ledger_, now=NOW + HOUR)
    assert list(map(len, stories(ledger_).values())) == [2]
