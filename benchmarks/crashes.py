"""Crash safety: every fault at every point of the pipeline, and its effect. `--server URL` runs it on PostgreSQL.

    python benchmarks/crashes.py                                    # 6 minutes on one core
    python benchmarks/crashes.py --step 3 --server 'postgresql+psycopg://user@/{name}?host=/var/run/postgresql'

Each line: the fault, its points, rounds run, rounds it ended, alerts lost, messages sent twice (same id, same bytes,
answer not recorded), and errors (recorded and sent again, another id, recorded as unsent but delivered).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "crash"), str(ROOT / "tests"), str(ROOT)]

import naive  # noqa: E402  # from tests/crash
from harness import Harness, Tally, driving  # noqa: E402
from ledgers import Files, Ledgers, Servers  # noqa: E402
from points import CANCEL, FULL, KILL, LOCKED, TIMEOUT  # noqa: E402
from receivers import receiving  # noqa: E402


def main() -> None:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", help="a PostgreSQL URL with {name} for the database's name")
    parser.add_argument("--step", type=int, default=1, help="only every so many-th point")
    parser.add_argument("--pairs", type=int, default=150, help="kills of the recovery from a kill")
    given = parser.parse_args()
    print(
        "| fault | points | rounds | ended by it | lost | came twice | wrong |\n|---|---|---|---|---|---|---|"
    )
    with TemporaryDirectory(dir="/dev/shm") as folder, receiving() as receivers, driving() as driver:
        ledgers: Ledgers = Servers(given.server) if given.server else Files(Path(folder))
        harness = Harness(Path(folder), receivers, ledgers, driver)
        for fault in (KILL, FULL, LOCKED, TIMEOUT, CANCEL):
            _show(fault, harness.sweep(fault, step=given.step))
        _show("kill, and kill of the recovery", harness.pairs(given.pairs))
        for which in (naive.TWO_COMMITS, naive.RECORD_FIRST):
            _show(f"kill, of a naive version: {which}", harness.sweep(KILL, step=given.step, naive=which))
        if given.server:
            ledgers.dropped(given.server.format(name="crash_original"))


def _show(name: str, tally: Tally) -> None:
    lost = len({one.partition(":")[0] for one in tally.lost})
    row = (name, tally.points, tally.runs, tally.faults, f"{len(tally.lost)} in {lost} rounds" if lost else 0)
    print("|", " | ".join(map(str, (*row, tally.duplicated, len(tally.wrong)))), "|", flush=True)
    if "naive" not in name:
        for words in [*tally.lost, *tally.wrong]:
            print(f"  {words}", file=sys.stderr)


if __name__ == "__main__":
    main()
