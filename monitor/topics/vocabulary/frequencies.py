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

from monitor.text.words import stem, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TABLE = "frequencies.tsv.gz"  # written by benchmarks/build_frequencies.py
UNSEEN = 0.5  # items added to those that contain a term
LEAST = 2  # items: a term in only one says nothing about how common it is
LEAST_PAIR = 3  # items: there are many pairs, and rare ones are estimated from their words


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """The number of news items, out of `items`, that contain each stem or pair of stems joined by a space."""

    items: int
    counts: Mapping[str, int]

    def count(self, term: str) -> int:
        """Return the number of items that contain a term; 0 for a term that is not in the table."""
        return self.counts.get(term, 0)

    def rarity(self, *terms: str) -> float:
        """Return ln(items / items with one of some terms); an unseen term counts as being in half an item."""
        return math.log((self.items + 1) / (sum(map(self.count, terms)) + UNSEEN))


def counted(items: Iterable[Sequence[str]], language: str = "en") -> Frequencies:
    """Return the frequencies of an archive, in which each item is given by its fields as plain text."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    number = 0
    for fields in items:
        rows = [[stem(word, language) for word in words(field)] for field in fields]
        singles.update({word for row in rows for word in row})
        pairs.update({f"{one} {two}" for row in rows for one, two in pairwise(row)})
        number += 1
    kept = {term: count for term, count in singles.items() if count >= LEAST}
    kept |= {term: count for term, count in pairs.items() if count >= LEAST_PAIR}
    return Frequencies(items=number, counts=kept)


@lru_cache(maxsize=1)
def shipped() -> Frequencies:
    """Return the table that comes with storywatch: 6,000 English news items, title and summary."""
    packed = files("monitor.topics.vocabulary").joinpath(TABLE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return Frequencies(items=int(first), counts={term: int(count) for term, count in pairs})
