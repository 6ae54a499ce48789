"""Judging stored items by a topic as it is now: what matches is stored and grouped, and nothing of it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.matching.item_document import document_of
from monitor.matching.match import SLICE, new_match

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.matching.match import Judge, Topic
    from storage.database import Database
    from storage.model import Item
    from storage.stores.matches import RuleVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What judging the past came to: items judged, those that match now and did not before, and those that matched."""

    judged: int
    added: tuple[Item, ...]
    known: int


def apply(database: Database, topic: Topic, judge: Judge, *, since: datetime, now: datetime) -> Applied:
    """Judge every item first seen since then; what matched before stays, for it may have been told."""
    with database.write() as ledger:
        versions = ledger.matches.rule_versions({topic.name: (topic.hash, topic.text)}, now=now)
    with database.read() as ledger:
        items = ledger.items.since(since)
        if topic.feeds is not None:
            chosen = {feed.id for feed in ledger.feeds.subscribed() if feed.url in topic.feeds}
            items = [item for item in items if item.feed_id in chosen]
        known = ledger.matches.items_on(topic.name, [item.id for item in items])
    fresh = [item for item in items if item.id not in known]
    added: list[Item] = []
    for start in range(0, len(fresh), SLICE):
        added += _apply(
            database, topic, judge, fresh[start : start + SLICE], version=versions[topic.name], now=now
        )
    return Applied(judged=len(items), added=tuple(added), known=len(known))


def _apply(
    database: Database,
    topic: Topic,
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
