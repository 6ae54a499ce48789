"""The last items near a topic, in order, and the points that an item gains or loses through the most similar of them.

An item about the same event as others uses their words, even if it lacks those of the rule. The points of the nearest
earlier items therefore count: r' = r + 2 * sum(w * (r_j - r)) / (1 + 2 * sum(w)), where r is an item's share of the
threshold and w how far its similarity to a neighbour, as between items of stories, exceeds `ALIKE`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from monitor.stories.profile import UNIT
from monitor.stories.similarity import cosine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.stories.profile import Profile
    from monitor.topics.vocabulary.document import Document

HELD = 300  # remembered items: a month of an event; a threshold is fitted to them
NEIGHBOURS = 5  # nearest earlier items that count
ALIKE = 0.3  # similarity from which an item counts
PULL = 2.0  # weight of the neighbours together, against the item's own points
MOST = 3.0  # of the threshold: a larger share carries no more information


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearItem:
    """An item that came near a topic, and whether it matched.

    `share` is its share of the threshold by the words of the present rule; None if it is not near by that rule.
    """

    document: Document
    at: datetime
    share: float | None
    matched: bool
    profile: Profile
    place: int = 0  # in the order of decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """How much one neighbour added to an item's share of the threshold."""

    near: NearItem
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """An item's share of the threshold including its neighbours; the strongest pull comes first."""

    share: float
    pulls: tuple[Pull, ...] = ()


class Neighbourhood:
    """The items near a topic in the last `HELD` places, in the order in which they were decided."""

    def __init__(self, items: Iterable[NearItem] = ()) -> None:
        """Begin with items that were decided before."""
        self._items: deque[NearItem] = deque(items)

    @property
    def items(self) -> Sequence[NearItem]:
        """The items, the earliest first."""
        return tuple(self._items)

    def add(self, near: NearItem) -> None:
        """Add the item decided last; items decided more than `HELD` places before are dropped."""
        self._items.append(near)
        while self._items[0].place <= near.place - HELD:
            self._items.popleft()

    def smoothed(self, share: float, profile: Profile) -> Smoothed:
        """Return an item's share, adjusted by its nearest earlier items."""
        near = [one for one in self._items if one.share is not None]
        alike = [(cosine(profile, one.profile), one) for one in near]
        found = sorted((pair for pair in alike if pair[0] > ALIKE * UNIT), key=lambda pair: -pair[0])
        return smoothed(share, [(one, its / UNIT) for its, one in found[:NEIGHBOURS]])


def smoothed(share: float, neighbours: Sequence[tuple[NearItem, float]]) -> Smoothed:
    """Return a share adjusted by neighbours, each given with its similarity."""
    own = min(share, MOST)
    weights = [PULL * (alike - ALIKE) for _, alike in neighbours]
    whole = 1 + fsum(weights)
    pulls = [
        Pull(near=near, change=weight * (min(near.share or 0.0, MOST) - own) / whole)
        for (near, _), weight in zip(neighbours, weights, strict=True)
    ]
    pulls.sort(key=lambda pull: -abs(pull.change))
    return Smoothed(share=share + fsum(pull.change for pull in pulls), pulls=tuple(pulls))
