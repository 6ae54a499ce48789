"""A topic's archive: the judge of its fitted rule and the last items near it, read from rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.fitting.archive_judge import ArchiveJudge, PastItem
from monitor.fitting.neighbourhood import HELD
from monitor.matching.item_document import document_of
from monitor.topics.rules.parse import parse_rule
from monitor.topics.topic import LearntTopic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.fitting.fitting_topic import FittingTopic
    from monitor.topics.topic import Topic
    from storage.database import Ledger
    from storage.model import Item
    from storage.stores.candidates import Held

REMEMBERED = timedelta(
    days=30
)  # of the items read before a topic was watched, which its rule is first fitted to …
MOST_REMEMBERED = 5_000  # … and of these the newest: judging them takes a third of a second
PREFIX = "i"  # of an item's id


@dataclass(slots=True, kw_only=True, eq=False)
class Archive:
    """A topic's judge, the rows that it reflects, and the version of its rule that was fitted last."""

    topic: FittingTopic
    judge: ArchiveJudge
    rows: Held
    version: int | None


def open_archive(ledger: Ledger, topic: FittingTopic, *, before: int | None = None) -> Archive:
    """Return the archive of a topic from its rows; if `before` is an item, only what was decided before that item."""
    rows = ledger.candidates.held(topic.name)
    fit = ledger.fits.of(topic.name, topic.hash)
    judge = ArchiveJudge(topic.rule, verdicts=topic.verdicts, prefix=PREFIX)
    past = [
        PastItem(
            document=document_of(one.item), at=one.item.first_seen, matched=one.matched, place=one.position
        )
        for one in ledger.candidates.decided_after(topic.name, rows.last - HELD)
    ]
    places = [one.place for one in past if one.document.id == str(before)]
    if places:
        past = [one for one in past if one.place < places[0]]
    judge.resume(
        None if fit is None else parse_rule(fit.text, topic.name),
        fitted_at=None if fit is None else fit.position,
        decided=rows.last,
        items=past,
    )
    return Archive(topic=topic, judge=judge, rows=rows, version=None if fit is None else fit.rule_version)


def remembered(ledger: Ledger, topic: str, *, before: datetime) -> list[Item]:
    """Return the items read in the month before a topic was watched, in order, without those waiting for a decision."""
    return ledger.candidates.seen_between(topic, before - REMEMBERED, before, most=MOST_REMEMBERED)


def words_of_fitted(ledger: Ledger, topics: Iterable[FittingTopic], *, after: int) -> dict[str, Topic]:
    """Return the topics that have learnt on since a fit, each with its words and the threshold as written."""
    found: dict[str, Topic] = {}
    changed = ledger.fits.topics_after(after)
    for topic in (topic for topic in topics if topic.name in changed):
        fit = ledger.fits.of(topic.name, topic.hash)
        rule = None if fit is None else parse_rule(fit.text, topic.name)
        if rule is not None and rule.fitted is not None and rule.fitted.learnt_on:
            found[topic.name] = LearntTopic(replace(rule, threshold=rule.fitted.default, fitted=None))
    return found
