"""One topic's judgement of one document, with its reasons: `topics explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.matching.current import as_fitted, open_topics
from monitor.matching.item_document import document_of
from monitor.matching.read_topics.learn_topic import examples_of
from monitor.topics.judging.nearest_example import nearest
from monitor.topics.judging.reasons import points_by_reason
from monitor.topics.judging.semantic import is_by_meaning
from monitor.topics.rules.describe_fit import describe_fit, describe_learnt_on
from monitor.topics.rules.rule import Rule
from monitor.topics.topic import matcher_of
from monitor.views.matches import reason_views, why_json

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.topics.judging.score import Judgement
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document
    from monitor.views.matches import ReasonView
    from storage.database import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestExample:
    """The example that shares most words with a document; None and no words if none shares any."""

    example: str | None
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementView:
    """A topic's judgement of a document.

    `points` are compared with those `needed`; both are None for a query. `must` lists required terms that are missing.
    `fitted` and `learnt_on` are sentences on the changes by the archive, None if there are none.
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
    fitted: str | None
    learnt_on: str | None
    by_meaning: bool
    kept_out_by_names: bool
    nearest: NearestExample | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """A document to judge, its time, and the id of its item if it is stored."""

    document: Document
    at: datetime
    item: int | None = None


def stored_item(ledger: Ledger, item: int) -> StoredItem | None:
    """Return a stored item as topics judge it, None if there is none."""
    stored = ledger.items.get(item)
    if stored is None:
        return None
    return StoredItem(document=document_of(stored), at=stored.first_seen, item=item)


def judge_stored(ledger: Ledger, config: TopicConfig, topic: Topic, one: StoredItem) -> JudgementView:
    """Return how a configured topic judges a document, with the items before it counted in."""
    current = open_topics(ledger, {config.name: topic}, before=one.item)
    judgement = current.judge(one.document, one.at)[config.name]
    return _view(config, as_fitted(topic, current, config.name), one.document, judgement)


def judge(config: TopicConfig, topic: Topic, document: Document) -> JudgementView:
    """Return how a configured topic judges a document by its rule or query alone."""
    judgement = matcher_of({config.name: topic}).judge(document)[config.name]
    return _view(config, topic, document, judgement)


def _view(config: TopicConfig, topic: Topic, document: Document, judgement: Judgement) -> JudgementView:
    name, rule = config.name, topic.definition
    matched = judgement.matched
    kept_out = not matched and matcher_of({name: topic.without_cast()}).judge(document)[name].matched
    return JudgementView(
        topic=name,
        title=document.title,
        matched=matched,
        score=round(judgement.score, 4),
        points=None if topic.threshold is None else round(judgement.points, 4),
        needed=topic.threshold,
        why=reason_views(judgement.why, points_by_reason(judgement)),
        met=judgement.met,
        missed=judgement.missed,
        must=tuple(name for name in topic.required if name in judgement.missed),
        fitted=describe_fit(rule) if isinstance(rule, Rule) else None,
        learnt_on=describe_learnt_on(rule) if isinstance(rule, Rule) else None,
        by_meaning=is_by_meaning(judgement),
        kept_out_by_names=kept_out,
        nearest=_nearest(config, document),
    )


def judgement_json(view: JudgementView) -> dict[str, Any]:
    """Return the output of `topics explain --format json`."""
    return {
        "topic": view.topic,
        "title": view.title,
        "matched": view.matched,
        "score": view.score,
        "points": view.points,
        "needed": view.needed,
        "why": why_json(view.why),
        "met": list(view.met),
        "missed": list(view.missed),
        "must": list(view.must),
        "fitted": view.fitted,
        "learnt_on": view.learnt_on,
        "kept_out_by_names": view.kept_out_by_names,
        "nearest": view.nearest and {"example": view.nearest.example, "shares": list(view.nearest.shares)},
    }


def _nearest(config: TopicConfig, document: Document) -> NearestExample | None:
    examples = examples_of(config)
    if not examples:
        return None
    found = nearest(document, examples, "en")
    if found is None:
        return NearestExample(example=None, shares=())
    return NearestExample(example=found[0].name, shares=tuple(found[1]))
