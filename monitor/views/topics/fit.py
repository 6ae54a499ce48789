"""The changes that fitting made to a topic's rule, and the scores of the items near it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.fitting.fitting_topic import FLOOR
from monitor.matching.current import as_fitted, open_topics
from monitor.topics.rules.describe_fit import describe_fit, describe_learnt_on
from monitor.topics.rules.rule import Rule
from monitor.topics.topic import matcher_of
from monitor.views.iso import iso

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.topics.topic import Topic
    from storage.database import Ledger

PERIOD = timedelta(days=30)
MOST_JUDGED = 5_000  # newest items that are judged for a topic which keeps no scores: a third of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredItem:
    """An item that came near a topic: when it was seen, its points, and whether it matched."""

    at: datetime
    points: float
    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FitView:
    """A topic with its last fitted rule, sentences on the fit, and the scores of a month.

    `threshold` is None for a query, which has no scores.
    """

    topic: Topic
    fitted: str | None
    learnt_on: str | None
    threshold: float | None
    scores: tuple[ScoredItem, ...]


def read_fit(ledger: Ledger, name: str, topic: Topic, *, now: datetime) -> FitView:
    """Return the changes that fitting made to a topic's rule, and the scores of the last 30 days."""
    current = as_fitted(topic, open_topics(ledger, {name: topic}), name)
    rule = current.definition
    return FitView(
        topic=current,
        fitted=describe_fit(rule) if isinstance(rule, Rule) else None,
        learnt_on=describe_learnt_on(rule) if isinstance(rule, Rule) else None,
        threshold=current.threshold,
        scores=() if topic.threshold is None else _scores(ledger, name, topic, now=now),
    )


def fit_json(view: FitView) -> dict[str, Any]:
    """Return the keys that `topics show --format json` prints about the fit."""
    scores = [
        {"at": iso(one.at), "points": round(one.points, 2), "matched": one.matched} for one in view.scores
    ]
    return {"fitted": view.fitted, "learnt_on": view.learnt_on, "scores": scores}


def _scores(ledger: Ledger, name: str, topic: Topic, *, now: datetime) -> tuple[ScoredItem, ...]:
    """Return the scores as they were decided; for a topic whose rule is not fitted, as it judges now."""
    stored = ledger.candidates.points_since(name, now - PERIOD)
    if stored:
        return tuple(ScoredItem(at=at, points=points, matched=matched) for at, points, matched in stored)
    from monitor.matching.item_document import document_of  # noqa: PLC0415  # words, to judge now

    least = FLOOR * (topic.threshold or 0.0)
    matcher = matcher_of({name: topic})
    items = ledger.candidates.seen_between(name, now - PERIOD, now, most=MOST_JUDGED)
    judged = ((item, matcher.judge(document_of(item))[name]) for item in items)
    return tuple(
        ScoredItem(at=item.first_seen, points=one.points, matched=one.matched)
        for item, one in judged
        if one.points >= least
    )
