"""Finds the item in another language that reports the same event, by meaning and by what translations keep.

The meaning of a text comes from the semantic extra and takes 10 ms. It is computed once an item in another language was
added, and only for items that share a rare name or a number, or whose scripts have no letters in common. A decision depends on
the items at most `NEAR` away, so an index rebuilt from the same rows decides the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.stories.carried import LETTERLESS, RARE, UNIT, names, numbers, shared
from monitor.topics.vocabulary.embeddings import LANGUAGES

if TYPE_CHECKING:
    from monitor.topics.vocabulary.document import Document
    from monitor.topics.vocabulary.embeddings import Meanings

NEAR = 3 * 86_400.0  # seconds between two items: a report is translated within days
READ_NEWEST = 40  # newest items read under a name or number, or in scripts without common letters
ASKED = 40  # items compared by meaning, which takes 10 ms for each that was never compared before
BODY = 250  # characters of an item's text that are compared
SAME = 0.63  # cosine of meaning from which two items that share a name report the same event
SAME_NUMBERED = 0.55  # … that share a name and a number
SAME_UNREAD = 0.25  # … in a language that the model does not know: the name and the number decide
NEVER = 2.0
NUMBERED, NUMBERED_UNREAD = 2 * UNIT, 5 * UNIT  # worth from which common numbers count


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An item in another language, its story, the cosine of the two meanings, and the cosine that shows the same event."""

    id: str
    story: int
    cosine: float
    needed: float


class OtherLanguages:
    """The items of a topic in their languages."""

    def __init__(self, meanings: Meanings) -> None:
        """Begin empty."""
        self._meanings = meanings
        self._unread: list[_Entry] = []  # they cannot be found yet
        self._languages: dict[str, _Language] = {}
        self._added = 0
        self._last: tuple[Document, _Entry] | None = None

    def add(self, document: Document, language: str, seconds: float, story: int) -> None:
        """Add an item to its story."""
        entry = self._entry(document, language, seconds)
        entry.story, entry.place = story, self._added
        self._added += 1
        self._unread.append(entry)
        self._languages.setdefault(
            language, _Language()
        )  # `compare` reads the item once another language is asked

    def find(self, document: Document, language: str, seconds: float) -> Compared | None:
        """Return the item in another language with the nearest meaning that reports the same event; None without one."""
        same = [one for one in self.compare(document, language, seconds) if one.cosine >= one.needed]
        # Of two items as near as each other, the one compared first counts as nearer.
        return max(same, key=lambda one: one.cosine, default=None)

    def compare(self, document: Document, language: str, seconds: float) -> list[Compared]:
        """Return the items in other languages that may report the same event."""
        if not self._languages.keys() - {language}:
            return []
        for entry in self._unread:
            self._languages[entry.language].add(entry)
        self._unread.clear()
        item = self._entry(document, language, seconds)
        near = ((other, _needed(item, other)) for other in self._near(item))
        # By the order in which they were added, which a rebuilt index repeats: the newest first.
        ranked = sorted((one for one in near if one[1] < NEVER), key=lambda one: (one[1], -one[0].place))
        asked = ranked[:ASKED]
        self._read_meanings(item, [other for other, _ in asked])
        return [
            Compared(id=other.id, story=other.story, cosine=self._cosine(item, other), needed=needed)
            for other, needed in asked
        ]

    def _entry(self, document: Document, language: str, seconds: float) -> _Entry:
        # An item is added right after it was compared, with its meaning.
        if self._last is None or self._last[0] is not document or self._last[1].seconds != seconds:
            self._last = (document, _Entry(document, language, seconds))
        return self._last[1]

    def _near(self, item: _Entry) -> list[_Entry]:
        """Return items in other languages that share a name or number with an item, or cannot share a name."""
        near: dict[_Entry, None] = {}
        for code, spoken in self._languages.items():
            if code != item.language:
                near |= spoken.near(item, may_share_names=not ({code, item.language} & LETTERLESS))
        return [*near]

    def _read_meanings(self, item: _Entry, others: list[_Entry]) -> None:
        """Compute the meanings that are needed to compare an item, all at once: that takes half as long."""
        texts = [text for other in others for text in (item.compared_with(other), other.compared_with(item))]
        entries = [entry for other in others for entry in (item, other)]
        lacking = {
            (entry, text): None
            for entry, text in zip(entries, texts, strict=True)
            if text not in entry.meanings
        }
        if lacking:
            rows = self._meanings.of([text for _, text in lacking])
            for (entry, text), row in zip(lacking, rows, strict=True):
                entry.meanings[text] = row.copy()  # a row would keep all rows in memory

    def _cosine(self, one: _Entry, other: _Entry) -> float:
        row, column = one.meanings[one.compared_with(other)], other.meanings[other.compared_with(one)]
        return round(float(row @ column), 3)


class _Language:
    """The items in one language."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._under: dict[str, list[_Entry]] = defaultdict(list)

    def add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        for key in entry.names | entry.numbers:
            self._under[key].append(entry)

    def near(self, item: _Entry, *, may_share_names: bool) -> dict[_Entry, None]:
        """Return the newest items that share a name or number with an item; if names cannot be shared, the newest of all too."""
        rows = [self._under.get(key, []) for key in item.names | item.numbers]
        if not may_share_names:
            rows.append(self._entries)
        return dict.fromkeys(
            entry
            for row in rows
            for entry in islice((one for one in reversed(row) if one.is_near(item)), READ_NEWEST)
        )


class _Entry:
    """An item. Its names, numbers and meaning are computed when it is first compared."""

    def __init__(self, document: Document, language: str, seconds: float) -> None:
        self.id = document.id
        self.language = language
        self.seconds = seconds
        self.story = self.place = 0
        self.title = document.title
        self.body = (document.summary or document.text)[:BODY]
        self.meanings: dict[str, Any] = {}

    def is_near(self, other: _Entry) -> bool:
        return abs(self.seconds - other.seconds) <= NEAR

    @cached_property
    def names(self) -> dict[str, int]:
        return names(f"{self.title}. {self.body}", self.language)

    @cached_property
    def numbers(self) -> dict[str, int]:
        return numbers(f"{self.title}. {self.body}")

    def compared_with(self, other: _Entry) -> str:
        """Return the text that is compared with another item: title and body, or the title if one has no more."""
        return f"{self.title}. {self.body}" if self.body and other.body else self.title


def decides_by_meaning(one: str, other: str) -> bool:
    """Return whether the meaning of items in these languages decides, and not the words that both happen to have."""
    return one != other and one in LANGUAGES and other in LANGUAGES


def _needed(one: _Entry, other: _Entry) -> float:
    """Return the cosine of meaning from which two items report the same event; `NEVER` if they share too little."""
    number = shared(one.numbers, other.numbers)
    is_named = shared(one.names, other.names) >= RARE
    if not {one.language, other.language} <= LANGUAGES:
        return SAME_UNREAD if is_named and number >= NUMBERED_UNREAD else NEVER
    if not is_named and LETTERLESS.isdisjoint((one.language, other.language)):
        return NEVER
    return SAME_NUMBERED if number >= NUMBERED else SAME
