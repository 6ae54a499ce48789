"""Polling benchmarks: storywatch against lemon24's reader on the same farm, and storywatch alone on more feeds.

    python benchmarks/polling.py                        # everything, in 15 minutes
    python benchmarks/polling.py contest --rounds 3
    python benchmarks/polling.py alone --feeds 100000 --items 4 --rounds 1   # 20 minutes
    python benchmarks/polling.py start --feeds 100000
    python benchmarks/polling.py patience

Each contestant is one process for all rounds. A round is timed from its start until the last feed is in the database;
CPU is that of the process and its children. The CPU of storywatch includes matching, which is also printed; reader has
no matching. The two alternate, each on a farm of its own. `concurrency` applies to storywatch; reader has 20 workers and
is installed into a virtual environment on first use.

`alone` ends with a sample of a steady hour: the due times of all feeds are spread over an hour, a tenth has news, and
`run` is measured for a minute of it, after half a minute.

`tls` compares storywatch with itself over HTTPS. `commands` compares whole processes, `once` with reader's
`update_feeds`, and measures a `run` with nothing due. `start` measures the time until the
first request of `run`, and its cost when idle and in a steady hour. `patience` measures how long slow feeds delay others.
`reading` measures the CPU of reading one body.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from pollers.commands import show_commands, show_start, show_steady_hour
from pollers.contest import (
    ITEMS,
    Contestant,
    Farm,
    Round,
    farm_of,
    our_processes,
    ours,
    their_processes,
    theirs,
)
from pollers.patience import show_patience
from pollers.reading import show_reading

PORT = 8600
ALONE_ITEMS = 10  # per feed, so that a first fetch of 10,000 feeds takes minutes


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
        """Run a round of this kind."""
        self.farm.ask(f"set?latency={kind.latency}")
        self.farm.ask(f"round?changed={kind.changed}")
        return self.contestant.round()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The setting: feeds, items per feed, HTTP or HTTPS, with reader or without, and what a round is.

    With `whole_processes` each round is a command, as cron runs it; else all rounds run in one process. `steady` adds a
    sample of an hour in which `run` polls each feed once.
    """

    feeds: int
    items: int = ITEMS
    concurrency: int
    rounds: int = 1
    reader: bool = False
    tls: bool = False
    whole_processes: bool = False
    steady: bool = False
    port: int = PORT

    @contextmanager
    def sides(self) -> Iterator[list[Side]]:
        """Start storywatch, and reader if it takes part, each with a farm."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            farm = stack.enter_context(self._farm(folder, self.port))
            found = [Side(farm, stack.enter_context(self._ours(folder, farm)))]
            if self.reader:
                other = stack.enter_context(self._farm(folder, self.port + 1))
                found.append(Side(other, stack.enter_context(self._theirs(folder, other))))
            yield found

    def _ours(self, folder: Path, farm: Farm) -> AbstractContextManager[Contestant]:
        if self.whole_processes:
            return nullcontext(our_processes(folder, farm, concurrency=self.concurrency))
        return ours(folder, farm, concurrency=self.concurrency)

    def _theirs(self, folder: Path, farm: Farm) -> AbstractContextManager[Contestant]:
        return nullcontext(their_processes(folder, farm)) if self.whole_processes else theirs(folder, farm)

    def _farm(self, folder: Path, port: int) -> AbstractContextManager[Farm]:
        return farm_of(self.feeds, port=port, items=self.items, tls=folder if self.tls else None)

    def show(self) -> None:
        """Print the table."""
        print(
            f"\n{self.feeds} feeds of {self.items} items over {'HTTPS' if self.tls else 'HTTP'}, concurrency"
            f" {self.concurrency}{', whole processes' if self.whole_processes else ''}: feeds/s, CPU per 1,000 feeds, peak memory (PSS)"
        )
        if self.reader:
            with self.sides() as found:
                show(FIRST_SLOW.name, measured(found, FIRST_SLOW, 1))
        with self.sides() as found:
            rounds = measured(found, FIRST, 1)
            show(FIRST.name, rounds)
            if not self.whole_processes:
                print(f"{'':22}   matching behind it: {rounds[0].matching:.1f} s")
            sizes = [side.contestant.bytes_on_disk() / self.feeds / self.items for side in found]
            print(f"{'bytes per item':22}   {'   '.join(f'{size:6.0f}' for size in sizes)}")
            for kind in KINDS:
                show(kind.name, measured(found, kind, self.rounds))
            if self.steady:
                show_steady_hour(found[0].contestant.database.with_name("storywatch.toml"), found[0].farm)


def typical(rounds: list[Round]) -> Round:
    """Return the round of median wall time, with the median CPU."""
    middle = sorted(rounds, key=lambda one: one.wall)[len(rounds) // 2]
    return Round(
        feeds=middle.feeds,
        failed=max(one.failed for one in rounds),
        wall=middle.wall,
        cpu=median(one.cpu for one in rounds),
        matching=middle.matching,
        megabytes=max(one.megabytes for one in rounds),
    )


def measured(found: list[Side], kind: Kind, times: int) -> list[Round]:
    """Alternate the sides; return a typical round of each."""
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


def run(part: str, given: argparse.Namespace) -> None:
    """Measure one part."""
    feeds, concurrency, port = given.feeds or 1000, given.concurrency, given.port
    contest = Contest(feeds=feeds, concurrency=concurrency, rounds=given.rounds, port=port)
    match part:
        case "contest":
            replace(contest, reader=True).show()
        case "tls":
            replace(contest, tls=True).show()
        case "alone":
            replace(contest, feeds=given.feeds or 10_000, items=given.items, steady=True).show()
        case "commands":
            replace(contest, reader=True, whole_processes=True).show()
            show_commands(feeds, concurrency=concurrency, port=port)
        case "start":
            show_start(given.feeds or 100_000, concurrency=concurrency, port=port)
        case "reading":
            show_reading(port)
        case "patience":
            show_patience(port=port)


PARTS = ("reading", "contest", "tls", "commands", "start", "patience", "alone")


def main() -> None:
    """Run the chosen parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to measure; all of it if nothing is named"
    )
    parser.add_argument("--feeds", type=int, help="1,000, in `alone` 10,000, in `start` 100,000")
    parser.add_argument("--items", type=int, default=ALONE_ITEMS, help="of a feed, in `alone`")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind, of which the median is shown")
    parser.add_argument("--concurrency", type=int, default=1000)
    parser.add_argument("--port", type=int, default=PORT, help="of the farm; the next one is taken as well")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # also ends every child process
    for part in given.parts or PARTS:
        run(part, given)


if __name__ == "__main__":
    main()
