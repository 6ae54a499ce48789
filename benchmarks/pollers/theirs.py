"""lemon24's reader, run by the Python of its environment: each line of standard input is one `update_feeds`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from reader import make_reader

WORKERS = 20


def main() -> None:
    """Subscribe to the URLs of a file, then update all feeds for each line."""
    reader = make_reader(sys.argv[1])
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
