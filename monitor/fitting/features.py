"""Features of candidate thresholds among the items near a topic; `threshold` predicts from them how good each is.

A good threshold lies in a gap: above it stand items that are like each other and like the best, below it items that are
not. Everything is counted in shares of the threshold that the rule has as written.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from monitor.stories.profile import UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from monitor.stories.profile import Profile

    Floats = NDArray[np.float64]

LOWEST, HIGHEST, NUMBER = 0.5, 3.0, 23  # candidates, evenly spaced by their logarithm
CANDIDATES: tuple[float, ...] = tuple(
    round(LOWEST * (HIGHEST / LOWEST) ** (step / (NUMBER - 1)), 4) for step in range(NUMBER)
)
COUNTED_AT = (1.0, 0.8, 0.64, 1.25, 1.5)  # of a candidate: how many items are above shows the steepness
RANKS = (0, 2, 5, 10)  # the best items, whose shares show how sure the rule is
COHERENT = 60  # best items above a candidate that are compared: bounds the work
EDGE = 6  # items just above a candidate, and just below it
BEST = 5  # the items most likely to be on the topic


def likenesses(profiles: Sequence[Profile]) -> Floats:
    """Return the similarity of each pair of items; 0 for an item with itself.

    Weights are whole numbers, so sums of products are exact and the same on every machine.
    """
    columns: dict[str, int] = {}
    for profile in profiles:
        for term in profile.weights:
            columns.setdefault(term, len(columns))
    rows = np.zeros((len(profiles), len(columns)))
    for place, profile in enumerate(profiles):
        for term, weight in profile.weights.items():
            rows[place, columns[term]] = weight
    found: Floats = np.minimum(UNIT, (rows @ rows.T) // UNIT) / UNIT
    np.fill_diagonal(found, 0.0)
    return found


def features(shares: Floats, alike: Floats, examples: int) -> Floats:
    """Return a row of features for each candidate; `alike` are the items' likenesses, `examples` those of the rule."""
    order = np.argsort(-shares, kind="stable")
    ranked, alike = shares[order], alike[np.ix_(order, order)]
    best = [float(ranked[rank]) if rank < len(ranked) else 0.0 for rank in RANKS]
    return np.array([_row(ranked, alike, best, examples, one) for one in CANDIDATES])


def _row(
    ranked: Floats, alike: Floats, best: Sequence[float], examples: int, candidate: float
) -> list[float]:
    above = int((ranked >= candidate).sum())
    counts = [math.log1p(int((ranked >= candidate * at).sum())) for at in COUNTED_AT]
    upper, lower = slice(max(0, above - EDGE), above), slice(above, min(len(ranked), above + EDGE))
    core = min(above, COHERENT)
    return [
        math.log(candidate),
        *counts,
        *best,
        _cohesion(alike[:core, :core]),
        _nearest(alike[upper, :core]),
        _nearest(alike[lower, :core]),
        _nearest(alike[upper, : min(BEST, above)]),
        _nearest(alike[lower, :BEST]),
        float(ranked[above - 1] - ranked[above]) if 0 < above < len(ranked) else 0.0,
        math.log(examples),
    ]


def _cohesion(alike: Floats) -> float:
    """Return how alike items are to each other on average."""
    number = len(alike)
    return float(alike.sum()) / (number * (number - 1)) if number > 1 else 0.0


def _nearest(alike: Floats) -> float:
    """Return how alike items are, on average, to the nearest of others."""
    return float(alike.max(axis=1).mean()) if alike.size else 0.0
