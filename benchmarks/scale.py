"""Benchmarks of many workers: feeds a second, CPU, database load and row churn on PostgreSQL, and SQLite for comparison.

    python benchmarks/scale.py                        # 1,000 feeds: eight minutes on two quiet cores
    python benchmarks/scale.py --part growth          # 1, 2, 4 and 8 workers: three minutes
    python benchmarks/scale.py --part growth --feeds 4000 --workers 1,8
    python benchmarks/scale.py --part day|claims|machine

The farm, the server and the workers share the cores of this machine, so the table shows where the rate stops growing
and how busy the cores were. A round is timed from the first request until the last answer is stored. The day is
simulated: every feed is due once an hour, a tenth has news, and the tables are measured after 24 rounds.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from pollers.contest import configuration, farm_of  # noqa: E402
from scaling.claims import claims  # noqa: E402
from scaling.day import day  # noqa: E402
from scaling.growth import growth  # noqa: E402
from scaling.machine import one_machine  # noqa: E402

PORT = 8640
PARTS = ("growth", "day", "claims", "machine")
DAY_FEEDS = 300  # of the simulated day; the rows per poll do not depend on it


def main() -> None:
    """Run the chosen parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--workers", default="1,2,4,8")
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # also ends servers and workers
    counts = [int(count) for count in given.workers.split(",")]
    for part in PARTS if given.part == "all" else (given.part,):
        if part == "claims":
            claims()
            continue
        feeds = min(given.feeds, DAY_FEEDS) if part == "day" else given.feeds
        with tempfile.TemporaryDirectory() as name, farm_of(feeds, port=PORT) as farm:
            folder = Path(name)
            configuration(folder, farm.urls(), concurrency=200)
            if part == "growth":
                growth(folder, farm, feeds, counts)
            elif part == "day":
                day(folder, farm, feeds)
            else:
                one_machine(folder, farm)


if __name__ == "__main__":
    main()
