"""The owner's merges and splits are permanent, also while a daemon runs, and nothing is alerted twice or lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, WordJudge, a_desk, a_topic
from fakes import store as store_from
from newsroom import EVENT, FEEDS, a_route, alerts_of, arrive, every_match, explained, messages
from sqlalchemy import Row, Table

from alerts.alert import alert
from monitor.actions.corrections import CorrectionRefused, merge, split
from monitor.matching.item_document import document_of, story_time
from monitor.matching.match import Matching
from monitor.stories.index import StoryIndex
from monitor.views.history.path import path_of_alerts, path_of_story
from storage import schema
from storage.database import Database, Ledger
from storage.model import Match, Story

FERRY = "Police search sunken ferry off Brevik"
STRIKE = "Police union calls strike over wages"


def store(database: Database, *titles: str, feed: str = FEEDS[0], now: datetime = NOW) -> None:
    store_from(database, *titles, feed=feed, now=now)


def a_matching() -> Matching:
    return Matching([a_topic("police")], WordJudge("police"))


def by_story(database: Database) -> dict[int, list[str]]:
    """Return the titles of each current story's items, in the order they joined."""
    with database.read() as ledger:
        return {
            story.id: [match.item.title for match in ledger.matches.of_story(story.id)]
            for story in sorted(ledger.stories.since(NOW - 99 * DAY), key=lambda story: story.id)
        }


def get(ledger: Ledger, story_id: int) -> Story:
    [story] = ledger.stories.get([story_id])
    return story


def merge_(database: Database, story_id: int, *others: int) -> Story:
    with database.write() as ledger:
        return merge(ledger, get(ledger, story_id), [get(ledger, one) for one in others], now=NOW)


def split_(database: Database, story_id: int, *items: int) -> tuple[Story, Story]:
    with database.write() as ledger:
        return split(ledger, get(ledger, story_id), items, now=NOW)


def test_merged_stories_are_one_and_the_merge_holds(both: Database) -> None:
    """All items are in the surviving story, similar items join it, and a running daemon follows."""
    matching = a_matching()
    store(both, FERRY, STRIKE)
    matching.run(both, now=NOW)
    merged = merge_(both, 1, 2)
    assert (merged.id, merged.size, merged.merged_into) == (1, 2, None)
    store(both, f"{STRIKE} again", feed=FEEDS[1], now=NOW + HOUR)
    matching.run(both, now=NOW + HOUR)
    assert by_story(both) == {1: [FERRY, STRIKE, f"{STRIKE} again"]}
    with both.read() as ledger:
        assert get(ledger, 2).merged_into == 1
        assert ledger.stories.count() == 1


def test_ids_of_merged_stories_lead_to_the_surviving_one(ledger_: Database) -> None:
    """Every former id still finds the items."""
    arrive(ledger_, FERRY, STRIKE, EVENT)
    merge_(ledger_, 2, 3)
    merge_(ledger_, 1, 2)
    with ledger_.read() as ledger:
        assert [get(ledger, one).merged_into for one in (1, 2, 3)] == [None, 1, 1]


def test_a_split_holds(both: Database) -> None:
    """The split items have a story with its own headline, and similar items join it."""
    matching = a_matching()
    store(both, FERRY, f"{FERRY} again", f"{FERRY} at night")
    matching.run(both, now=NOW)
    rest, new = split_(both, 1, 3)
    assert ((rest.id, rest.size), (new.size, new.title)) == ((1, 2), (1, f"{FERRY} at night"))
    store(both, f"{FERRY} at night, too", feed=FEEDS[1], now=NOW + HOUR)
    matching.run(both, now=NOW + HOUR)
    assert by_story(both)[new.id] == [f"{FERRY} at night", f"{FERRY} at night, too"]


def test_a_daemon_that_was_about_to_group_reads_the_correction_first(ledger_: Database) -> None:
    """A merge between a daemon's read and its write leaves no item in the merged story."""

    class MergingMeanwhile:
        """A database in which stories are merged right before the second write, after grouping has read its index."""

        def __init__(self) -> None:
            self.read, self.path = ledger_.read, ledger_.path
            self.writes = 0

        @contextmanager
        def write(self, *turns: str) -> Iterator[Ledger]:
            self.writes += 1
            if self.writes == 2:
                merge_(ledger_, 1, 2)
            with ledger_.write(*turns) as ledger:
                yield ledger

    arrive(ledger_, FERRY, STRIKE)
    store(ledger_, f"{STRIKE} again", feed=FEEDS[1], now=NOW + HOUR)
    a_matching().run(MergingMeanwhile(), now=NOW + HOUR)  # type: ignore[arg-type]
    assert by_story(ledger_) == {1: [FERRY, STRIKE, f"{STRIKE} again"]}


def rows_of(database: Database, table: Table) -> list[Row[Any]]:
    with database._engine.connect() as connection:
        return list(connection.execute(table.select().order_by(*table.primary_key.columns)))


def regrouped(database: Database) -> dict[int, int]:
    """Return {match: story} when grouping is repeated from the stored rows, with each correction in its place."""
    corrections, moves = rows_of(database, schema.corrections), rows_of(database, schema.corrected_matches)
    story_of = {row.id: row.story_id for row in rows_of(database, schema.matches)}
    began = {
        move.match_id: row.story_id
        for move in reversed(moves)
        for row in corrections
        if row.id == move.correction_id
    }
    with database.read() as ledger:
        matches = [match for story in {*story_of.values()} for match in ledger.matches.of_story(story)]
    done: list[Match] = []
    placed: dict[int, int] = {}
    for position, match in enumerate(sorted(matches, key=lambda one: one.item.id), start=1):
        index = StoryIndex()
        for one in done:
            index.add(document_of(one.item), story_time(one.item), placed[one.id])
        found = index.find(document_of(match.item), story_time(match.item))
        placed[match.id] = found.story if found else began.get(match.id, story_of[match.id])
        done.append(match)
        for row in corrections:
            if row.position == position:
                placed |= {move.match_id: row.into_id for move in moves if move.correction_id == row.id}
    return placed


def test_regrouping_in_stored_order_respects_the_corrections(ledger_: Database) -> None:
    """Each correction has its place among the items, so regrouping gives the same stories."""
    matching = a_matching()
    for hour, title in enumerate((FERRY, STRIKE, f"{FERRY} again", f"{STRIKE} over night", EVENT)):
        store(ledger_, title, now=NOW + hour * HOUR)
        matching.run(ledger_, now=NOW + hour * HOUR)
    merge_(ledger_, 1, 2)
    split_(ledger_, 1, 3)
    for hour, title in enumerate((f"{STRIKE} ends", f"{FERRY} again, late", f"{EVENT} today"), start=5):
        store(ledger_, title, now=NOW + hour * HOUR)
        matching.run(ledger_, now=NOW + hour * HOUR)
    story_of = {row.id: row.story_id for row in rows_of(ledger_, schema.matches)}
    assert regrouped(ledger_) == story_of
    assert len(set(story_of.values())) == 3


def told(database: Database) -> list[tuple[int, ...]]:
    """Return the matches of each alert that is in a message."""
    return [one.match_ids for one in alerts_of(database) if one.message_id]


def test_a_merge_repeats_no_alert(ledger_: Database) -> None:
    """Two alerted stories become one alerted story, and a later outlet joins it silently."""
    routing = a_desk(a_route())
    arrive(ledger_, FERRY, STRIKE)
    alert(ledger_, routing, now=NOW)
    merge_(ledger_, 1, 2)
    assert alert(ledger_, routing, now=NOW + MINUTE) == 0
    arrive(ledger_, f"{STRIKE} again", feed=FEEDS[1], now=NOW + HOUR)
    assert alert(ledger_, routing, now=NOW + HOUR) == 0
    assert len(messages(ledger_)) == 2


def test_an_alerted_story_merged_into_a_new_one_is_not_new_again(ledger_: Database) -> None:
    """The merged story counts as alerted, whichever id survives; the other items are silent with a reason."""
    routing = a_desk(a_route())
    arrive(ledger_, FERRY)
    alert(ledger_, routing, now=NOW)
    arrive(ledger_, STRIKE, now=NOW + MINUTE)
    merge_(ledger_, 2, 1)
    assert alert(ledger_, routing, now=NOW + MINUTE) == 0
    assert told(ledger_) == [(1,)]
    assert explained(ledger_) == every_match(ledger_)


def test_an_alert_held_during_a_merge_is_sent_for_the_merged_story(ledger_: Database) -> None:
    """It is sent once, in one message, when the holding ends."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, FERRY, STRIKE)
    alert(ledger_, routing, now=NOW)
    merge_(ledger_, 1, 2)
    alert(ledger_, routing, now=NOW + 2 * HOUR)
    assert sorted(told(ledger_)) == [(1,), (2,)]
    assert {one.story_id for one in alerts_of(ledger_)} == {1}
    assert len(messages(ledger_)) == 2


def test_a_split_repeats_no_alert(ledger_: Database) -> None:
    """Items alerted in the old story are not alerted in the new one."""
    routing = a_desk(a_route())
    arrive(ledger_, FERRY, f"{FERRY} again")
    alert(ledger_, routing, now=NOW)
    split_(ledger_, 1, 2)
    assert alert(ledger_, routing, now=NOW + MINUTE) == 0
    assert len(messages(ledger_)) == 1


def test_a_held_item_is_alerted_in_the_story_it_was_split_into(ledger_: Database) -> None:
    """Each item is alerted once, in its present story."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, EVENT)
    alert(ledger_, routing, now=NOW)
    arrive(ledger_, FERRY, f"{FERRY} again", now=NOW + MINUTE)
    alert(ledger_, routing, now=NOW + MINUTE)
    split_(ledger_, 2, 3)
    for hours in (2, 4, 6):
        alert(ledger_, routing, now=NOW + hours * HOUR)
    assert sorted((one.story_id, one.match_ids) for one in alerts_of(ledger_) if one.message_id) == [
        (1, (1,)),
        (2, (2,)),
        (3, (3,)),
    ]


@pytest.mark.parametrize(
    ("items", "words"),
    [((9,), "s1 does not contain i9"), ((1, 2), "all items of s1")],
)
def test_an_invalid_split_is_refused(ledger_: Database, items, words) -> None:
    """Items of another story, or all items, are refused with a fix."""
    arrive(ledger_, FERRY, f"{FERRY} again")
    with pytest.raises(CorrectionRefused, match=words):
        split_(ledger_, 1, *items)


def test_an_invalid_merge_is_refused(ledger_: Database) -> None:
    """Merging with itself, with a merged story or with one of another topic is refused."""
    store(ledger_, FERRY, STRIKE, "The court orders a retrial")
    Matching([a_topic("police"), a_topic("court")], WordJudge("police", "court")).run(ledger_, now=NOW)
    with ledger_.read() as ledger:
        ids = {story.title: story.id for story in ledger.stories.since(NOW - DAY)}
    ferry, strike, court = ids[FERRY], ids[STRIKE], ids["The court orders a retrial"]
    with pytest.raises(CorrectionRefused, match="itself"):
        merge_(ledger_, ferry, ferry)
    with pytest.raises(CorrectionRefused, match="belong to one topic"):
        merge_(ledger_, ferry, court)
    merge_(ledger_, ferry, strike)
    with pytest.raises(CorrectionRefused, match=f"was merged into s{ferry}"):
        merge_(ledger_, court, strike)


def moved(database: Database, story_id: int) -> list[str]:
    with database.read() as ledger:
        return [step.words for step in path_of_story(ledger, story_id) if step.what in {"joined", "moved"}]


def test_the_path_of_a_story_shows_corrections(both: Database) -> None:
    """It shows which story an item joined and where it was moved, also for the story that lost it."""
    arrive(both, FERRY, STRIKE, f"{FERRY} again")
    merge_(both, 1, 2)
    split_(both, 1, 3)
    with both.read() as ledger:
        [new] = [story.id for story in ledger.stories.since(NOW - DAY) if story.id > 2]
    merged = "1 item from story s2 to s1, by your merge"
    split_off = f"1 item from story s1 to s{new}, by your split"
    assert sorted(moved(both, 1)) == sorted(["story s1", "story s2", merged, split_off])
    assert moved(both, new) == ["story s1", split_off]


def test_an_alert_keeps_its_items_after_a_split(ledger_: Database) -> None:
    """A split after an alert removes nothing from its path."""
    arrive(ledger_, FERRY, f"{FERRY} again")
    alert(ledger_, a_desk(a_route()), now=NOW)
    split_(ledger_, 1, 2)
    with ledger_.read() as ledger:
        steps = path_of_alerts(ledger, [1])
    assert [step.about for step in steps if step.what == "seen"] == ["i1", "i2"]
