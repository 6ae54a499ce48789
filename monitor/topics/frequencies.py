"""How common words are in news: the shipped table, or one counted from an archive."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "frequencies.tsv.gz"  # written by benchmarks/build_frequencies.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """In how many of `items` news items each stem, or pair of stems joined by a blank, occurs."""

    items: int
    counts: Mapping[str, int]

    def count(self, term: str) -> int:
        """Return the items that hold a term; a term out of the table is in none."""
        return self.counts.get(term, 0)


@lru_cache(maxsize=1)
def shipped() -> Frequencies:
    """Return the table that comes with storywatch: 6,000 English news items, title and summary."""
    packed = files("monitor.topics").joinpath(TABLE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return Frequencies(items=int(first), counts={term: int(count) for term, count in pairs})
