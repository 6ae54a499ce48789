"""Chooses a threshold for the items near a topic, by figures that were fitted on labelled topics.

For every candidate a quadratic function of its features predicts the F1 that it would give; the best one is taken. The
figures are shipped: `python benchmarks/fit_threshold.py` fits them and prints how well they do on topics left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from monitor.fitting.features import CANDIDATES, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIGURES = "threshold.json"
UNUSUAL = 3.0  # deviations from the usual value of a feature: larger ones are clipped
DIGITS = 6  # decimals of a prediction: further ones may differ between machines
EPSILON = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """The usual value and deviation of each feature, and the weights of the quadratic function."""

    centre: Floats
    spread: Floats
    weights: Floats

    def predicted(self, rows: Floats) -> Floats:
        """Return the F1 that each candidate would give."""
        found: Floats = np.round(squared(rows, self.centre, self.spread) @ self.weights, DIGITS)
        return found


def best_share(shares: Floats, alike: Floats, examples: int, figures: Figures) -> float:
    """Return the best candidate, in shares of the threshold as written; of equals, the one nearest to it."""
    predicted = figures.predicted(features(shares, alike, examples))
    return max(CANDIDATES, key=lambda one: (predicted[CANDIDATES.index(one)], -abs(np.log(one))))


def squared(rows: Floats, centre: Floats, spread: Floats) -> Floats:
    """Return rows of features in usual deviations, with their products."""
    usual = np.clip((rows - centre) / spread, -UNUSUAL, UNUSUAL)
    one, other = np.triu_indices(usual.shape[1])
    return np.hstack([np.ones((len(usual), 1)), usual, usual[:, one] * usual[:, other]])


def fitted_figures(rows: Floats, truths: Floats, *, ridge: float) -> Figures:
    """Return the figures that predict truths from rows of features best; `ridge` keeps weights small."""
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + EPSILON
    found = squared(rows, centre, spread)
    penalty = np.full(found.shape[1], ridge * len(found))
    penalty[0] = 0.0
    weights = np.linalg.solve(found.T @ found + np.diag(penalty), found.T @ truths).astype(np.float64)
    return Figures(centre=centre, spread=spread, weights=weights)


@lru_cache(maxsize=1)
def shipped() -> Figures:
    """Return the figures that come with storywatch."""
    held = json.loads(files("monitor.fitting").joinpath(FIGURES).read_text("ascii"))
    return Figures(**{key: np.array(value) for key, value in held.items()})
