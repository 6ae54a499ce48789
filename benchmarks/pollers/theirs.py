"""lemon24's reader, run by the Python of its environment.

`theirs.py DATABASE URLS` subscribes to the URLs of a file, then updates all feeds for each line of standard input.
`theirs.py DATABASE` updates all feeds once and ends.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from reader import make_reader

WORKERS = 20


def main() -> None:
    """Run rounds, or a single update."""
    reader = make_reader(sys.argv[1])
    if len(sys.argv) == 2:  # noqa: PLR2004  # the database alone
        reader.update_feeds(scheduled=False, workers=WORKERS)
        return
    urls = Path(sys.argv[2]).read_text(encoding="utf-8").split()
    for url in urls:
        reader.add_feed(url, exist_ok=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        reader.update_feeds(scheduled=False, workers=WORKERS)
        wall = time.perf_counter() - started
        print(json.dumps({"feeds": len(urls), "failed": 0, "wall": wall, "matching": 0.0}), flush=True)


if __name__ == "__main__":
    main()
