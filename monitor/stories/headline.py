"""The headline of a growing story: its most central item, found without comparing every item anew. Pure.

An item is as central as it is similar to the sum of all items, the centre, which moves with each item that joins. The
items are ranked by an earlier centre. How far the centre has moved since bounds how much an item can have gained, so
only the first items of the ranking are compared with the centre of now. The result is that of comparing all.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SLACK = 1 + 1e-9  # the bounds are floating point and rounded; the comparisons are whole numbers and exact


class Headline:
    """The items of a story, by their weighted stems, of which one is the most central."""

    def __init__(self) -> None:
        self._items: list[Mapping[str, int]] = []
        self._longest = 0  # of the items' squared lengths
        self._distinct: dict[int, int] = {}  # hash of an item's weights: the first item that has them
        self._centre: dict[str, int] = defaultdict(int)
        self._length = 0  # of the centre, squared
        # The centre by which items are ranked, its squared length, and its product with the centre of now.
        self._ranking: dict[str, int] = {}
        self._ranking_length = 0
        self._product = 0
        self._ranked: list[
            tuple[int, int]
        ] = []  # similarity to that centre, negative, and item: the best is first
        self._compared = 0  # items since they were ranked

    def __len__(self) -> int:
        """Return how many items the story has."""
        return len(self._items)

    def add(self, weights: Mapping[str, int]) -> None:
        """Add the item that joins the story next."""
        place = len(self._items)
        self._items.append(weights)
        squared = sum([weight * weight for weight in weights.values()])
        self._length += 2 * _product(weights, self._centre) + squared
        for term, weight in weights.items():
            self._centre[term] += weight
        before = _product(weights, self._ranking)
        self._product += before
        first = self._distinct.setdefault(hash(tuple(weights.items())), place)
        if (
            first == place or self._items[first] != weights
        ):  # a copy comes after its original: never the headline
            self._longest = max(self._longest, squared)
            insort(self._ranked, (-before, place))

    def best(self) -> int:
        """Return the most central item, the earliest of equals, as its number in the order of joining from 0."""
        if self._compared > len(self._ranked):
            self._rank()
        scale, reach = self._movement()
        most, best = -1, 0
        for similarity, place in self._ranked:
            if reach - scale * similarity < most:
                break
            self._compared += 1
            now = _product(self._items[place], self._centre)
            if now > most or (now == most and place < best):
                most, best = now, place
        return best

    def _movement(self) -> tuple[float, float]:
        """Return by which factor similarities grew since the ranking, and by how much more one can have grown at most.

        The centre of now is a multiple of the earlier one and a rest at a right angle to it.
        """
        if not self._ranking_length:
            return 0.0, math.inf
        rest = self._length * self._ranking_length - self._product * self._product
        reach = math.sqrt(self._longest) * math.sqrt(rest / self._ranking_length)
        return self._product / self._ranking_length * SLACK, reach * SLACK + 1

    def _rank(self) -> None:
        """Rank the items by the centre of now. This takes as long as the comparisons that made it worthwhile."""
        self._ranking = dict(self._centre)
        self._ranking_length = self._product = self._length
        places = [place for _, place in self._ranked]
        self._ranked = sorted((-_product(self._items[place], self._ranking), place) for place in places)
        self._compared = 0


def _product(weights: Mapping[str, int], centre: Mapping[str, int]) -> int:
    return sum([weight * centre[term] for term, weight in weights.items() if term in centre])
