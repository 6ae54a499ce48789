"""A stored match with its reasons, as `why`, `stories show`, the pages and the API show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.render.parts.phrases import reasons
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.model import Match, Why


@value
class ReasonView:
    """A term for or against a match: its share of the points for it, and its points.

    `points` is None for a query, and for a stored match, which keeps the shares alone.
    """

    term: str
    weight: float
    where: str
    points: float | None


@value
class MatchView:
    """An item's match of a topic: its score, the rule version that gave it, its reasons, and `words` that name them."""

    topic: str
    score: float
    rule_version: int
    matched_at: datetime
    why: tuple[ReasonView, ...]
    words: str


def match_view(match: Match) -> MatchView:
    """Return the view of a stored match."""
    return MatchView(
        topic=match.topic,
        score=match.score,
        rule_version=match.rule_version,
        matched_at=match.matched_at,
        why=reason_views(match.why),
        words=reasons(match.why),
    )


def reason_views(why: Sequence[Why], points: Sequence[float] | None = None) -> tuple[ReasonView, ...]:
    """Return the reasons in their order, with their points if these are known."""
    counted = points if points is not None else [None] * len(why)
    return tuple(
        ReasonView(term=one.term, weight=one.weight, where=one.where, points=its)
        for one, its in zip(why, counted, strict=True)
    )


def why_json(why: Iterable[ReasonView | Why]) -> list[dict[str, Any]]:
    """Return the `why` of every JSON output that has reasons."""
    return [{"term": one.term, "weight": one.weight, "where": one.where} for one in why]
