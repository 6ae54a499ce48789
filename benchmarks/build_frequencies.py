"""Count the news items that contain each stem and each pair of neighbouring stems, and write the table.

    python benchmarks/build_frequencies.py BACKGROUND.jsonl monitor/topics/frequencies.tsv.gz

The table holds figures only: no sentence can be reconstructed from it. Its first line gives the number of items.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from monitor.text.words import plain
from monitor.topics.vocabulary.frequencies import counted


def main(source: str, target: str) -> None:
    """Write the table of a file of items with `title` and `summary`."""
    lines = Path(source).read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines if line.strip()]
    found = counted([plain(item.get(field) or "") for field in ("title", "summary")] for item in items)
    table = f"{found.items}\n" + "".join(f"{term}\t{count}\n" for term, count in sorted(found.counts.items()))
    Path(target).write_bytes(gzip.compress(table.encode(), compresslevel=9, mtime=0))
    print(f"{found.items} items, {len(found.counts)} terms, {Path(target).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
