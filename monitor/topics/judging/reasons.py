"""The reasons of a judgement in points, the scale in which the owner reads and edits a rule."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from monitor.topics.judging.semantic import IT_MEANS, is_by_meaning

if TYPE_CHECKING:
    from monitor.topics.judging.score import Judgement

DIGITS = 2  # of a rule's points


def points_by_reason(judgement: Judgement) -> list[float] | None:
    """Return the points that each reason adds or subtracts, in order; None for a judgement without points.

    Weights are shares of the points for a match, so that all of them together are the judgement's points.
    """
    words = [why.weight for why in judgement.why if why.term != IT_MEANS]
    shares = fsum(words)
    if not judgement.threshold or is_by_meaning(judgement) or not shares:
        return None
    factor = 1 + fsum(why.weight for why in judgement.why if why.term == IT_MEANS)
    of_words = judgement.points / factor
    whole = of_words / shares
    return [
        round(why.weight * (of_words if why.term == IT_MEANS else whole), DIGITS) for why in judgement.why
    ]
