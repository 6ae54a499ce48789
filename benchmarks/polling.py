"""Polling measured: storywatch against lemon24's reader on one farm, in the same run, and storywatch alone on more feeds.

    python benchmarks/polling.py                      # 1,000 feeds against reader, then 10,000 alone
    python benchmarks/polling.py --alone 100000       # takes an hour
    python benchmarks/polling.py --rounds 3

Both are one process that lives through all rounds; each round is timed from its start until the last feed is in the
database (`poll`), CPU is that of the process and its children. Storywatch's matching is counted in its CPU, and is
printed; reader has none. The two take turns, round by round, on a farm each. `once` is the whole command, start and
end included. `concurrency` is storywatch's own; reader has 20 workers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pollers.contest import Contestant, Farm, Round, configuration, farm_of, ours, theirs
from pollers.meter import pss_megabytes, share_of_cpu

ITEMS = 40
PORT = 8600
IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of round: the share of feeds with news, the farm's latency in ms."""

    name: str
    changed: float
    latency: int


FIRST = Kind(name="first fetch, 0 ms", changed=0, latency=0)
FIRST_SLOW = Kind(name="first fetch, 200 ms", changed=0, latency=200)
KINDS = (
    Kind(name="all 304, 0 ms", changed=0, latency=0),
    Kind(name="all 304, 200 ms", changed=0, latency=200),
    Kind(name="tenth changed, 0 ms", changed=0.1, latency=0),
    Kind(name="tenth changed, 200 ms", changed=0.1, latency=200),
)


@dataclass(frozen=True, slots=True)
class Side:
    """A contestant with its farm."""

    farm: Farm
    contestant: Contestant

    def round(self, kind: Kind) -> Round:
        """Make a round of this kind."""
        self.farm.ask(f"set?latency={kind.latency}")
        self.farm.ask(f"round?changed={kind.changed}")
        return self.contestant.round()


@contextmanager
def sides(folder: Path, feeds: int, concurrency: int, *, against: bool) -> Iterator[list[Side]]:
    """Start storywatch, and reader beside it if it is to be measured `against`."""
    with ExitStack() as stack:
        farm = stack.enter_context(farm_of(feeds, port=PORT))
        mine = stack.enter_context(ours(folder, farm.urls(), concurrency=concurrency))
        found = [Side(farm, mine)]
        if against:
            other = stack.enter_context(farm_of(feeds, port=PORT + 1))
            found.append(Side(other, stack.enter_context(theirs(folder, other.urls()))))
        yield found


def typical(rounds: list[Round]) -> Round:
    """Return the round of median wall time, with the median CPU."""
    middle = sorted(rounds, key=lambda one: one.wall)[len(rounds) // 2]
    cpu = median(one.cpu for one in rounds)
    return Round(
        feeds=middle.feeds,
        failed=max(one.failed for one in rounds),
        wall=middle.wall,
        cpu=cpu,
        matching=middle.matching,
        megabytes=max(one.megabytes for one in rounds),
    )


def measured(found: list[Side], kind: Kind, times: int) -> list[Round]:
    """Let the sides take turns; return a typical round of each."""
    made = [[side.round(kind) for side in found] for _ in range(times)]
    return [typical([turn[number] for turn in made]) for number in range(len(found))]


def show(name: str, rounds: list[Round]) -> None:
    """Print a row."""
    mine, *others = rounds
    cells = [f"{name:22}", _cells(mine)]
    for other in others:
        times = mine.per_second / other.per_second
        share = mine.cpu_per_thousand / other.cpu_per_thousand
        cells += [_cells(other), f"{times:5.1f} x   {share:5.2f} of its CPU"]
    failed = f"  {mine.failed} FAILED" if mine.failed else ""
    print("   ".join(cells) + failed, flush=True)


def _cells(one: Round) -> str:
    return f"{one.per_second:6.0f}/s {one.cpu_per_thousand:6.2f} s {one.megabytes:4.0f} MB"


def contest(feeds: int, concurrency: int, times: int, *, against: bool) -> None:
    """Print a table for so many feeds."""
    print(
        f"\n{feeds} feeds of {ITEMS} items, concurrency {concurrency}: feeds/s, CPU per 1,000 feeds, peak memory (PSS)"
    )
    for first in (FIRST_SLOW, FIRST) if against else (FIRST,):
        with (
            tempfile.TemporaryDirectory() as folder,
            sides(Path(folder), feeds, concurrency, against=against) as found,
        ):
            rounds = measured(found, first, 1)
            show(first.name, rounds)
            if first is not FIRST:
                continue
            print(f"{'':22}   of this matching: {rounds[0].matching:.1f} s")
            sizes = [side.contestant.bytes_on_disk() / feeds / ITEMS for side in found]
            print(f"{'bytes per item':22}   {'   '.join(f'{size:6.0f}' for size in sizes)}")
            for kind in KINDS:
                show(kind.name, measured(found, kind, times))


def commands(feeds: int, concurrency: int) -> None:
    """Print what the commands themselves take: `once` from start to end, `run` until its first request, and idle."""
    with tempfile.TemporaryDirectory() as name, farm_of(feeds, port=PORT) as farm:
        folder = Path(name)
        config = str(configuration(folder, farm.urls(), concurrency=concurrency))
        program = [_program()]
        for title in ("once, first fetch", "once, nothing due"):
            started = time.perf_counter()
            subprocess.run([*program, "once", "--config", config], check=True, capture_output=True)
            print(f"{title:22}   {time.perf_counter() - started:6.2f} s for the whole command", flush=True)
        with subprocess.Popen([*program, "run", "--config", config], stderr=subprocess.PIPE) as process:
            time.sleep(5)
            share = share_of_cpu(process.pid, IDLE_SECONDS)
            print(f"{'run, idle':22}   {share:6.1%} of a core, {pss_megabytes(process.pid):.0f} MB")
            process.terminate()


def _program() -> str:
    return str(Path(sys.executable).parent / "storywatch")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000, help="against reader; 0 leaves this out")
    parser.add_argument("--alone", type=int, default=10_000, help="storywatch alone; 0 leaves this out")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of each kind, of which the median is shown"
    )
    parser.add_argument("--concurrency", type=int, default=1000)
    given = parser.parse_args()
    if given.feeds:
        contest(given.feeds, given.concurrency, given.rounds, against=True)
        commands(given.feeds, given.concurrency)
    if given.alone:
        contest(given.alone, given.concurrency, 1, against=False)


if __name__ == "__main__":
    main()
