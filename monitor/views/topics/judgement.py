"""One topic's judgement of one document, with its reasons: `topics explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.matching.item_document import document_of
from monitor.matching.load_topics import examples_of
from monitor.topics.judging.nearest_example import nearest
from monitor.topics.judging.reasons import points_by_reason
from monitor.topics.judging.semantic import is_by_meaning
from monitor.topics.topic import matcher_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config.settings import TopicConfig
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document
    from storage.database import Ledger
    from storage.model import Why


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """A term for or against a match: its share of the points for it, and its points (None for a query)."""

    term: str
    weight: float
    where: str
    points: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestExample:
    """The example that shares most words with a document; None and no words if none shares any."""

    example: str | None
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementView:
    """A topic's judgement of a document.

    `points` are compared with those `needed`; both are None for a query. `must` lists required terms that are missing.
    `by_meaning`: the document is in another language, so only its meaning decides. `kept_out_by_names`: it would
    match if the names outside the cast subtracted no points. `nearest` is None for a topic without examples.
    """

    topic: str
    title: str
    matched: bool
    score: float
    points: float | None
    needed: float | None
    why: tuple[ReasonView, ...]
    met: tuple[str, ...]
    missed: tuple[str, ...]
    must: tuple[str, ...]
    by_meaning: bool
    kept_out_by_names: bool
    nearest: NearestExample | None


def stored_document(ledger: Ledger, item: int) -> Document | None:
    """Return a stored item as topics judge it, None if there is none."""
    stored = ledger.items.get(item)
    return None if stored is None else document_of(stored)


def judge(config: TopicConfig, topic: Topic, document: Document) -> JudgementView:
    """Return how a configured topic judges a document."""
    name = config.name
    judgement = matcher_of({name: topic}).judge(document)[name]
    matched = judgement.matched
    kept_out = not matched and matcher_of({name: topic.without_cast()}).judge(document)[name].matched
    return JudgementView(
        topic=name,
        title=document.title,
        matched=matched,
        score=round(judgement.score, 4),
        points=None if topic.threshold is None else round(judgement.points, 4),
        needed=topic.threshold,
        why=_reasons(judgement.why, points_by_reason(judgement)),
        met=judgement.met,
        missed=judgement.missed,
        must=tuple(name for name in topic.required if name in judgement.missed),
        by_meaning=is_by_meaning(judgement),
        kept_out_by_names=kept_out,
        nearest=_nearest(config, document),
    )


def judgement_json(view: JudgementView) -> dict[str, Any]:
    """Return what `topics explain --format json` prints."""
    return {
        "topic": view.topic,
        "title": view.title,
        "matched": view.matched,
        "score": view.score,
        "points": view.points,
        "needed": view.needed,
        "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in view.why],
        "met": list(view.met),
        "missed": list(view.missed),
        "must": list(view.must),
        "kept_out_by_names": view.kept_out_by_names,
        "nearest": view.nearest and {"example": view.nearest.example, "shares": list(view.nearest.shares)},
    }


def _reasons(why: Sequence[Why], points: Sequence[float] | None) -> tuple[ReasonView, ...]:
    counted = points if points is not None else [None] * len(why)
    return tuple(
        ReasonView(term=one.term, weight=one.weight, where=one.where, points=its)
        for one, its in zip(why, counted, strict=True)
    )


def _nearest(config: TopicConfig, document: Document) -> NearestExample | None:
    examples = examples_of(config)
    if not examples:
        return None
    found = nearest(document, examples, "en")
    if found is None:
        return NearestExample(example=None, shares=())
    return NearestExample(example=found[0].name, shares=tuple(found[1]))
