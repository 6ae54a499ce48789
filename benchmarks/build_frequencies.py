"""Counts in how many news items each stem and each pair of neighbouring stems stands, and writes the table.

    python benchmarks/build_frequencies.py BACKGROUND.jsonl monitor/topics/frequencies.tsv.gz

The table holds figures only: no sentence can be read out of it. Its first line gives the number of items.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path

from monitor.text import plain, stem, words

LEAST = 2  # items: what stands in a single one says nothing about how common it is
LEAST_PAIR = 3  # items: pairs are many, and rare ones are told by their words


def main(source: str, target: str) -> None:
    """Write the table of a file of items with `title` and `summary`."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    items = 0
    with Path(source).open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            rows = [[stem(word) for word in words(plain(item.get(field) or ""))] for field in ("title", "summary")]
            singles.update({word for row in rows for word in row})
            pairs.update({f"{one} {two}" for row in rows for one, two in zip(row, row[1:], strict=False)})
            items += 1
    kept = [(term, count) for term, count in singles.items() if count >= LEAST]
    kept += [(term, count) for term, count in pairs.items() if count >= LEAST_PAIR]
    table = f"{items}\n" + "".join(f"{term}\t{count}\n" for term, count in sorted(kept))
    Path(target).write_bytes(gzip.compress(table.encode(), compresslevel=9, mtime=0))
    print(f"{items} items, {len(kept)} terms, {Path(target).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
