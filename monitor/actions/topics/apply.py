"""Judges stored items by a topic's present rule; new matches are stored and grouped into stories without alerts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.matching.current import as_fitted, open_topics
from monitor.matching.group import Grouping
from monitor.matching.item_document import document_of
from monitor.matching.match import SLICE, by_myself
from monitor.matching.new_match import new_match
from monitor.matching.portion import Portion
from monitor.matching.read_topics.load_topics import watched
from storage.engine.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.matching.current import CurrentTopics
    from monitor.matching.match import Judge, WatchedTopic
    from monitor.topics.judging.score import Judgement
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document
    from storage.database import Database
    from storage.model import Item
    from storage.stores.matches import RuleVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result of applying a topic: the number of judged items, the new matches, and the number of earlier ones.

    `grouped` is false if a daemon is running, which then groups the new matches itself.
    """

    judged: int
    added: tuple[Item, ...]
    known: int
    grouped: bool


def apply_topic(
    database: Database, config: TopicConfig, topic: Topic, *, since: datetime, now: datetime
) -> Applied:
    """Judge every item first seen since a time. Earlier matches are kept, since they may have been alerted."""
    with database.read() as ledger:
        current = open_topics(ledger, {config.name: topic})
    fitted = as_fitted(topic, current, config.name)
    return apply(database, watched(config, fitted), _AsNow(current, now), since=since, now=now)


class _AsNow:
    """Judges stored documents like documents seen now."""

    def __init__(self, current: CurrentTopics, now: datetime) -> None:
        self._current = current
        self._now = now

    def judge(self, document: Document) -> Mapping[str, Judgement]:
        """Return the judgement of each topic."""
        return self._current.judge(document, self._now)

    def is_near(self, document: Document) -> bool:
        """Return False: pages are not read for stored items."""
        del document
        return False


def apply(
    database: Database, topic: WatchedTopic, judge: Judge, *, since: datetime, now: datetime
) -> Applied:
    """Apply a topic like `apply_topic`, with another judge."""
    with database.write() as ledger:
        versions = ledger.matches.rule_versions({topic.name: (topic.hash, topic.text)}, now=now)
    with database.read() as ledger:
        items = ledger.items.since(since)
        if topic.feeds is not None:
            chosen = set(ledger.feeds.ids_of(topic.feeds).values())
            items = [item for item in items if item.feed_id in chosen]
        known = ledger.matches.items_on(topic.name, [item.id for item in items])
    fresh = [item for item in items if item.id not in known]
    added: list[Item] = []
    for start in range(0, len(fresh), SLICE):
        added += _apply(
            database, topic, judge, fresh[start : start + SLICE], version=versions[topic.name], now=now
        )
    grouped = _group(database, topic.name, now=now)
    return Applied(judged=len(items), added=tuple(added), known=len(known), grouped=grouped)


def applied_json(item: Item) -> dict[str, Any]:
    """Return a new match as `topics apply --format json` prints it."""
    return {"id": f"i{item.id}", "title": item.title, "url": item.url}


def _apply(
    database: Database,
    topic: WatchedTopic,
    judge: Judge,
    items: Sequence[Item],
    *,
    version: RuleVersion,
    now: datetime,
) -> list[Item]:
    found = {
        item.id: (item, judgement)
        for item in items
        if (judgement := judge.judge(document_of(item)).get(topic.name)) is not None and judgement.matched
    }
    matches = [
        replace(new_match(item, topic.name, version, judgement, now=now), before_topic=True)
        for item, judgement in found.values()
    ]
    with database.write() as ledger:
        ledger.matches.add(matches, now=now)
    return [item for item, _ in found.values()]


def _group(database: Database, topic: str, *, now: datetime) -> bool:
    """Group the matches into stories unless a running daemon does that; return whether they were grouped."""
    try:
        with database.hold():
            Grouping().run(database, topic, Portion(), now=now, may_store=by_myself)
    except AlreadyRunning:
        return False
    return True
