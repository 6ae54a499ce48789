"""Which story an item joins: syndicated copies first, then the same event in other words.

Everything is decided by the items added so far, in their order: an index rebuilt from the same rows decides alike.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.text import is_stop_word, stem, words

if TYPE_CHECKING:
    from monitor.topics.document import Document

WINDOW = timedelta(days=7)  # an event's coverage is over by then; later items open a new story
THRESHOLD = 0.25  # cosine of two items of one event
TEXT_WORDS = 150  # the lead tells the event; the rest tells its history


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The story an item joins: how alike they are in [0, 1], and the id of the item that was most alike."""

    story: int
    similarity: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    id: str
    at: datetime
    story: int
    weights: dict[str, float]


class StoryIndex:
    """The items of a window of days, each in its story."""

    def __init__(self, *, window: timedelta = WINDOW) -> None:
        self._window = window
        self._items: list[_Told] = []
        self._postings: dict[str, list[_Told]] = defaultdict(list)
        self._stories: dict[int, list[_Told]] = defaultdict(list)

    def find(self, document: Document, at: datetime) -> Placement | None:
        """Return where an item seen at `at` belongs, or None when it opens a story of its own."""
        weights = _weights(document)
        near: Counter[int] = Counter()
        told: dict[int, _Told] = {}
        for term, weight in weights.items():
            for item in self._postings.get(term, ()):
                if abs(at - item.at) <= self._window:
                    near[id(item)] += weight * item.weights[term]  # type: ignore[assignment]
                    told[id(item)] = item
        if not near:
            return None
        best, similarity = max(near.items(), key=lambda pair: pair[1])
        if similarity < THRESHOLD:
            return None
        return Placement(story=told[best].story, similarity=min(1.0, similarity), by=told[best].id)

    def add(self, document: Document, at: datetime, story: int) -> None:
        """Put an item into its story; rebuilding calls this for the window's rows in stored order."""
        item = _Told(id=document.id, at=at, story=story, weights=_weights(document))
        self._items.append(item)
        self._stories[story].append(item)
        for term in item.weights:
            self._postings[term].append(item)

    def headline(self, story: int) -> str:
        """Return the id of a story's most central item; KeyError for a story without items here."""
        items = self._stories[story] if story in self._stories else []
        if not items:
            raise KeyError(story)
        return max(items, key=lambda one: sum(_cosine(one, other) for other in items)).id

    def forget(self, before: datetime) -> None:
        """Drop items seen before a time; what is found for items a window or more later stays the same."""
        kept = [item for item in self._items if item.at >= before]
        self._items, self._postings, self._stories = [], defaultdict(list), defaultdict(list)
        for item in kept:
            self._items.append(item)
            self._stories[item.story].append(item)
            for term in item.weights:
                self._postings[term].append(item)


def _cosine(one: _Told, other: _Told) -> float:
    return sum(weight * other.weights.get(term, 0.0) for term, weight in one.weights.items())


def _weights(document: Document) -> dict[str, float]:
    language = document.language or "en"
    counts: Counter[str] = Counter()
    for text, times in ((document.title, 2), (document.summary, 1), (document.text, 1)):
        for word in words(text)[:TEXT_WORDS]:
            if not is_stop_word(word, language):
                counts[stem(word, language)] += times
    length = math.sqrt(sum(math.log1p(count) ** 2 for count in counts.values())) or 1.0
    return {term: math.log1p(count) / length for term, count in counts.items()}
