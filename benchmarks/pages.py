"""Benchmarks of the pages: how long they take, how large they are, what they cost a round of polling, and memory.

    python benchmarks/pages.py                     # 100,000 items in 10,000 stories, a round of 1,000 feeds: some minutes
    python benchmarks/pages.py --items 10000       # a smaller database

The database holds items of 200 feeds in stories on five topics, told on one channel. The pages are served by the server
of `storywatch run` in a process of its own and asked for by one browser after another, as people do. The round is one of
`all 304` on the farm of `benchmarks/polling.py`, once alone and once while a page is asked for every 100 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from browsing.ask import ask_all  # noqa: E402
from browsing.beside import beside_a_round  # noqa: E402
from browsing.ledger import fill  # noqa: E402
from browsing.memory import memory  # noqa: E402


def main() -> None:
    """Run every part and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--stories", type=int, default=10_000)
    parser.add_argument("--feeds", type=int, default=1000, help="of the round")
    parser.add_argument("--repeat", type=int, default=100, help="requests for each page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storywatch-pages-") as folder:
        config = fill(Path(folder), items=given.items, stories=given.stories)
        ask_all(config, repeat=given.repeat)
        memory(config)
    beside_a_round(feeds=given.feeds)


if __name__ == "__main__":
    main()
