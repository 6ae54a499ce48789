"""Topics that read chosen feeds only: they judge and match the items of these feeds."""

from __future__ import annotations

from typing import NoReturn

import pytest
from fakes import NOW, WordJudge, a_topic, store, subscribe

from monitor.matching.match import Matching, WatchedTopic
from monitor.topics.vocabulary.document import Document
from storage.database import Database
from storage.stores import match_queue

FEED, OTHER = "https://example.org/feed", "https://example.net/feed"
POLICE = "police"
LIMITED = a_topic(POLICE, feeds=frozenset({OTHER}))


class Failing:
    """Fails a test that judges."""

    def judge(self, document: Document) -> NoReturn:
        raise AssertionError(document.title)

    is_near = judge


@pytest.fixture
def ledger_(sqlite_database: Database) -> Database:
    """A ledger with two subscribed feeds, and an item of the first."""
    subscribe(sqlite_database, FEED, OTHER)
    store(sqlite_database, "The police halt a trial of cameras")
    return sqlite_database


def test_a_topic_with_feeds_matches_only_their_items(ledger_: Database) -> None:
    """Items of other feeds do not match it."""
    store(ledger_, "New cameras for police in the harbour", feed=OTHER)
    Matching([LIMITED], WordJudge(POLICE)).run(ledger_, now=NOW)
    with ledger_.read() as ledger:
        [story] = ledger.stories.since(NOW, topics=[POLICE])
        [match] = ledger.matches.of_story(story.id)
    assert match.item.title == "New cameras for police in the harbour"


@pytest.mark.parametrize("topics", [[], [LIMITED]])
def test_an_item_that_no_topic_reads_is_not_judged(
    ledger_: Database, topics: list[WatchedTopic], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits no longer, no match is stored, and its text is not even loaded."""
    monkeypatch.setattr(match_queue, "item_of", None)
    matching = Matching(topics, Failing())
    assert [matching.run(ledger_, now=NOW).items for _ in range(2)] == [1, 0]
