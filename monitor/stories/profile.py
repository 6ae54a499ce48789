"""Profiles: items in a form for comparison, as weighted stems, names and numbers.

Weights are whole thousandths, whose sums do not depend on the order of a set, so every process decides the same.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import filterfalse
from typing import TYPE_CHECKING

from monitor.text.memo import Memo
from monitor.text.names import NONE, listed, names
from monitor.text.stems import stems, stop_words
from monitor.text.words import words
from monitor.topics.vocabulary.document import spoken_in
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from monitor.topics.vocabulary.document import Document

UNIT = 1000  # the length of a profile's vector, and the similarity of two equal items
TITLE_WEIGHT = 4  # factor for words of the title, which names the event; summaries give its circumstances
TEXT_WORDS = 150  # the lead reports the event; the rest is background
SATURATION = (
    3  # occurrences with which a word has half of its largest weight: the tenth occurrence adds little
)
LEAD_WORDS = (
    20  # equal first words of two texts that show them to be copies: independent reports begin differently
)
REPORT_WORDS = 25  # of a text that reports an event; a shorter one may be the same every day
KEPT_STEMS = 100  # of an item's weighted stems: limits memory; lighter stems hardly distinguish events
OPENING_WORDS = 8  # of a summary found at the start of the text: the summary only repeats it
NAME_POWER = 1.1  # power of the rarity of a name in its weight; a rare name identifies an event
ORDINARY_POWER = 0.5  # the same for ordinary words; a rare one indicates a writer's style more than an event
USUAL_RARITY = 7.0  # rarity at which names and ordinary words have the same weight
KNOWN_STEMS = 1 << 17  # cached stems; a busy archive has about 100,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An item in the form that grouping compares.

    `weights` are its heaviest stems as a vector of length `UNIT`, `stems` all of its stems, and `marks` its names and
    numbers. `title_names` and `title_numbers` are those of the title, `listed` the names in a list in the title, and
    `subject` the name at its beginning, if there is one. `lead` is a hash of the text's first words, None if there are too few; within one process.
    `page` is a hash of its feed and its title; None without a feed or a title, and within one process too.
    `has_text` is false for a title alone or with a line or two.
    """

    weights: dict[str, int]
    stems: Collection[str]
    marks: tuple[str, ...]
    title_names: frozenset[str]
    title_numbers: frozenset[str]
    listed: frozenset[str]
    subject: str | None
    lead: int | None = None
    page: int | None = None
    has_text: bool = True
    language: str = "en"


def rarity(term: str, language: str = "en") -> int:
    """Return how rare a stem is in news, in thousandths of the natural logarithm of items per item holding it."""
    return _worths(language).rarity[term]


def total_rarity(terms: Iterable[str], language: str = "en") -> int:
    """Return the rarity of several stems together."""
    return sum(map(_worths(language).rarity.__getitem__, terms))


def read_profile(document: Document) -> Profile:
    """Return the profile of a document."""
    language = spoken_in(document)
    title_words = words(document.title, language)
    title = _stems(title_words, language)
    body_words, body_text = _body(document, title_words, language)
    counts = Counter(_stems(body_words, language))
    for term in title:
        counts[term] += TITLE_WEIGHT
    title_names = names(document.title, language)
    called = names(body_text, language) | title_names
    # A name that is a compound is listed by its parts: Bellhamn is neither a bell nor a harbour.
    for term in called - counts.keys():
        counts[term] = TITLE_WEIGHT if term in title_names else 1
    numbers = frozenset([term for term in counts if term[0].isdigit()])
    marks = called | numbers
    weights = _weights(counts, marks, _worths(language))
    return Profile(
        weights=weights,
        # If the vector has every stem, they are not stored twice, which saves a sixth of an item's memory.
        stems=weights.keys() if len(weights) == len(counts) else tuple(counts),
        marks=tuple(marks),
        title_names=title_names,
        title_numbers=numbers.intersection(title) or NONE,
        listed=listed(document.title, language),
        subject=title[0] if title and title[0] in title_names else None,
        lead=hash(tuple(body_words[:LEAD_WORDS])) if len(body_words) >= LEAD_WORDS else None,
        has_text=len(body_words) >= REPORT_WORDS,
        page=hash((document.feed, *title_words)) if document.feed and title_words else None,
        language=language,
    )


def _stems(found: list[str], language: str) -> list[str]:
    return stems(filterfalse(stop_words(language).__contains__, found), language)


def _body(document: Document, title: list[str], language: str) -> tuple[list[str], str]:
    """Return the words of summary and text, and their text; a summary that repeats the text's start is left out."""
    opening = " ".join(document.text.split(maxsplit=TEXT_WORDS)[:TEXT_WORDS])
    text, summary = words(opening, language), words(document.summary, language)
    head = summary[:OPENING_WORDS]
    if text and head in (text[: len(head)], text[len(title) : len(title) + len(head)]):
        return text, opening
    return summary + text, f"{document.summary} {opening}"


def _weights(counts: Counter[str], marks: frozenset[str], worths: _Worths) -> dict[str, int]:
    raw = dict(zip(counts, map(worths.ordinary.__getitem__, counts), strict=True))
    for term in marks & counts.keys():
        raw[term] = worths.name[term]
    for term, count in counts.items():
        if count > 1:
            raw[term] *= count * (1 + SATURATION) / (count + SATURATION)
    length = math.hypot(*raw.values()) or 1.0
    heaviest = sorted(raw, key=raw.__getitem__, reverse=True)[:KEPT_STEMS]
    return dict(zip(heaviest, map(round, [UNIT * raw[term] / length for term in heaviest]), strict=True))


class _Worths:
    """The rarity of the stems of a language, and their weight in a profile as a name and as an ordinary word."""

    def __init__(self, language: str) -> None:
        self._table = shipped(language)
        self.rarity = Memo(self._rarity, most=KNOWN_STEMS)
        self.name = Memo(partial(self._worth, NAME_POWER), most=KNOWN_STEMS)
        self.ordinary = Memo(partial(self._worth, ORDINARY_POWER), most=KNOWN_STEMS)

    def _rarity(self, term: str) -> int:
        return round(UNIT * self._table.rarity(term))

    def _worth(self, power: float, term: str) -> float:
        return float((max(self.rarity[term], 1) / UNIT / USUAL_RARITY) ** power)


@lru_cache(maxsize=64)
def _worths(language: str) -> _Worths:
    return _Worths(language)
