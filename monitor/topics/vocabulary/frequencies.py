"""Frequencies of words in news: the shipped table, or one counted from an archive."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from monitor.text.lexicon import lexicon
from monitor.text.stems import stem, stems
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TABLE = "frequencies.tsv.gz"  # written by benchmarks/build_frequencies.py
UNSEEN = 0.5  # items added to those that contain a term
LEAST = 2  # items: a term in only one says nothing about how common it is
SHIPPED = 6_000  # items for which the frequencies of other languages than English are reckoned, as many as English was counted in
ITEM = 30  # words of an item
TOGETHER = 30.0  # times as often as by chance, in which two neighbouring words occur together
LEAST_PAIR = 3  # items: there are many pairs, and rare ones are estimated from their words


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """The number of news items, out of `items`, that contain each stem or pair of stems joined by a space."""

    items: int
    counts: Mapping[str, float]
    has_pairs: bool = True  # else the number of items with a pair is estimated from its words

    def count(self, term: str) -> float:
        """Return the number of items that contain a term; 0 for a term that is not in the table."""
        if self.has_pairs or " " not in term:
            return self.counts.get(term, 0)
        counts = [self.counts.get(part, 0) for part in term.split()]
        by_chance: float = math.prod(counts) / self.items ** (len(counts) - 1)
        return min([*counts, TOGETHER * by_chance])

    def rarity(self, *terms: str) -> float:
        """Return ln(items / items with one of some terms); an unseen term counts as being in half an item."""
        return math.log((self.items + 1) / (sum(map(self.count, terms)) + UNSEEN))


def counted(items: Iterable[Sequence[str]], language: str = "en") -> Frequencies:
    """Return the frequencies of an archive, in which each item is given by its fields as plain text."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    number = 0
    for fields in items:
        rows = [stems(words(field, language), language) for field in fields]
        singles.update({word for row in rows for word in row})
        pairs.update({f"{one} {two}" for row in rows for one, two in pairwise(row)})
        number += 1
    kept = {term: count for term, count in singles.items() if count >= LEAST}
    kept |= {term: count for term, count in pairs.items() if count >= LEAST_PAIR}
    return Frequencies(items=number, counts=kept)


@lru_cache(maxsize=64)
def shipped(language: str = "en") -> Frequencies:
    """Return the table that comes with storywatch, counted in English news; of other languages it is reckoned from word lists.

    A language without a word list has an empty table.
    """
    return _counted_in_news() if language == "en" else _estimated(language)


@lru_cache(maxsize=64)
def _estimated(language: str) -> Frequencies:
    """Return the number of items that hold each stem, if each word of an item were drawn by its frequency."""
    shares: dict[str, float] = {}
    for word, zipf in lexicon(language).items():
        term = stem(word, language)
        shares[term] = shares.get(term, 0.0) + 10 ** (zipf - 9)
    counts = {term: SHIPPED * -math.expm1(-ITEM * share) for term, share in shares.items()}
    return Frequencies(items=SHIPPED, counts=counts, has_pairs=False)


def _counted_in_news() -> Frequencies:
    packed = files("monitor.topics.vocabulary").joinpath(TABLE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return Frequencies(items=int(first), counts={term: int(count) for term, count in pairs})
