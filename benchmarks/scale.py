"""Many workers measured: feeds a second, CPU, database load and row churn on one PostgreSQL, and SQLite beside it.

    python benchmarks/scale.py                        # 1,000 feeds, 1, 2, 4 and 8 workers: about five minutes
    python benchmarks/scale.py --feeds 4000 --workers 1,8

Everything runs on this machine: the farm, the server and the workers share its cores, so the table says where they stop
growing and what the cores were busy with. A round is timed from the moment all feeds are due until the last is stored.
The day is simulated: every feed is made due once an hour, a tenth has news, and the tables are looked at after 24 rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from pollers.contest import ROOT, Farm, configuration, farm_of
from pollers.meter import cpu_seconds

sys.path.insert(0, str(ROOT / "tests"))
from postgresql import Server, server_of, server_programs  # what the tests start theirs with

PORT = 8640
HOURS = 24
PATIENCE = 280.0  # seconds a round may last
PROGRAM = [sys.executable, "-c", "from monitor.cli import main; main()"]
TABLES = (
    "feeds",
    "items",
    "identities",
    "readings",
    "claims",
    "to_match",
    "procrastinate_jobs",
    "procrastinate_events",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where the counters stand: seconds, CPU seconds by part, and the server's own counts."""

    at: float
    workers: float
    server: float
    farm: float
    commits: int
    wal_bytes: int
    jobs: int


class Ledger:
    """The ledger on the server as the benchmark looks at it and makes its feeds due."""

    def __init__(self, server: Server) -> None:
        self.url = server.url.format(name="postgres")
        self._connection = psycopg.connect(
            self.url.replace("postgresql+psycopg", "postgresql"), autocommit=True
        )
        self.postmaster = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def one(self, query: str) -> int:
        """Return the number a query gives."""
        row = self._connection.execute(query).fetchone()  # type: ignore[arg-type]  # our own words
        return int(row[0] or 0) if row else 0

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a query gives."""
        return self._connection.execute(query).fetchall()  # type: ignore[arg-type]  # our own words

    def waiting(self) -> int:
        """Return how many feeds are due."""
        return self.one("SELECT count(*) FROM feeds WHERE next_poll <= now() OR last_poll IS NULL")

    def make_due(self) -> None:
        """Let every feed be due."""
        self._connection.execute("UPDATE feeds SET next_poll = now()")


@contextmanager
def workers(folder: Path, count: int, url: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run so many workers, and let them end in peace."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*PROGRAM, "worker", "--config", str(folder / "storywatch.toml"), "--database", url]
    with (folder / "workers.log").open("ab") as log:
        running = [
            subprocess.Popen([*command, "--name", f"w{number}"], env=env, stdout=log, stderr=log)
            for number in range(count)
        ]
        try:
            yield running
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(30)


def until(reached: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit("a round took too long; is the machine busy?")
        time.sleep(0.05)


def moment(ledger: Ledger, farm_pid: int, running: list[subprocess.Popen[bytes]]) -> Moment:
    """Read every counter."""
    return Moment(
        at=time.monotonic(),
        workers=sum(cpu_seconds(process.pid) for process in running),
        server=cpu_seconds(ledger.postmaster),
        farm=cpu_seconds(farm_pid),
        commits=ledger.one("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
        wal_bytes=ledger.one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
        jobs=ledger.one("SELECT last_value FROM storywatch_queue.procrastinate_jobs_id_seq"),
    )


def show(title: str, feeds: int, before: Moment, after: Moment) -> float:
    """Print a row, and return the feeds a second."""
    wall, per = after.at - before.at, 1000 / feeds
    ours, server, farm = (
        after.workers - before.workers,
        after.server - before.server,
        after.farm - before.farm,
    )
    rate = feeds / wall
    busy = (ours + server + farm) / wall / (os.cpu_count() or 1)
    print(
        f"{title:24} {rate:6.0f}/s  workers {ours * per:5.2f} s  server {server * per:5.2f} s  farm {farm * per:4.2f} s"
        f"  {(after.commits - before.commits) * per:6.0f} commits  {(after.wal_bytes - before.wal_bytes) * per / 1e6:5.1f} MB"
        f" of log  {(after.jobs - before.jobs) / wall:5.1f} jobs/s  cores {busy:4.0%} busy",
        flush=True,
    )
    return rate


def growth(folder: Path, farm: Farm, feeds: int, counts: list[int]) -> None:
    """Print how the rate grows with workers, and where it stops."""
    print(f"{feeds} feeds on this machine of {os.cpu_count()} cores; CPU, commits and log per 1,000 feeds")
    rates: dict[int, float] = {}
    for count in counts:
        with server_of(_programs()) as server:
            ledger = Ledger(server)
            with workers(folder, count, ledger.url) as running:
                rates[count] = rounds(ledger, farm, feeds, running)
    best = max(rates, key=lambda count: rates[count])
    print(f"it grows to {rates[best]:.0f} feeds/s with {best} workers; what the cores did stands beside it\n")


def rounds(ledger: Ledger, farm: Farm, feeds: int, running: list[subprocess.Popen[bytes]]) -> float:
    """Print a row for each kind of round, and return the best rate."""
    until(lambda: _stands(ledger, feeds))
    until(lambda: ledger.waiting() == 0 and ledger.one("SELECT count(*) FROM to_match") == 0)
    rates = []
    for title, changed in (("nothing new", 0), ("a tenth has news", 0.1)):
        farm.ask(f"round?changed={changed}")
        time.sleep(2)  # the pause between two requests to one host (1 s) must not be measured
        farm.ask("stats?reset=1")
        before = moment(ledger, farm.pid, running)
        ledger.make_due()
        until(lambda: ledger.waiting() == 0)
        after = moment(ledger, farm.pid, running)
        # From the first request: a job is put in every two seconds, which is no matter of how fast it is done.
        began = float(json.loads(farm.ask("stats"))["first_at"])
        rates.append(show(f"{len(running)} workers, {title}", feeds, replace(before, at=began), after))
    return max(rates)


def day(folder: Path, farm: Farm, feeds: int) -> None:
    """Print what a simulated day does to the tables."""
    with server_of(_programs()) as server:
        ledger = Ledger(server)
        with workers(folder, 2, ledger.url):
            until(lambda: _stands(ledger, feeds))
            until(lambda: ledger.waiting() == 0)
            ledger.rows("SELECT pg_stat_reset()")
            sizes = _sizes(ledger)
            for _ in range(HOURS):
                farm.ask("round?changed=0.1")
                ledger.make_due()
                until(lambda: ledger.waiting() == 0)
            time.sleep(3)  # the server gathers its counts
        print(f"a day: {HOURS} polls of {feeds} feeds, a tenth with news each time")
        print(
            f"{'table':22} {'inserted':>9} {'updated':>9} {'of it HOT':>9} {'deleted':>9} {'dead now':>9} {'MB':>12}"
        )
        for name, *counts, size in ledger.rows(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, n_dead_tup, pg_total_relation_size(relid)"
            " FROM pg_stat_user_tables ORDER BY relname"
        ):
            if name in TABLES:
                was = sizes[str(name)] / 1e6
                numbers = " ".join(f"{number:>9}" for number in counts)
                print(f"{name:22} {numbers} {was:5.1f} → {int(str(size)) / 1e6:4.1f}")
        print()


def _sizes(ledger: Ledger) -> dict[str, int]:
    rows = ledger.rows("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
    return {str(name): int(str(size)) for name, size in rows}


def _stands(ledger: Ledger, feeds: int) -> bool:
    """Whether the workers have laid the tables and every feed."""
    laid = ledger.one("SELECT count(*) FROM pg_tables WHERE tablename IN ('feeds', 'procrastinate_jobs')")
    return laid == 2 and ledger.one("SELECT count(*) FROM feeds") == feeds  # noqa: PLR2004


def one_machine(folder: Path, farm: Farm) -> None:
    """Print what `once` costs on SQLite and on PostgreSQL, with nothing new."""
    farm.ask("set?latency=0")
    with server_of(_programs()) as server:
        for name, url in (
            ("SQLite", f"sqlite:///{folder / 'one.db'}"),
            ("PostgreSQL", server.url.format(name="postgres")),
        ):
            once = [*PROGRAM, "once", "--config", str(folder / "storywatch.toml"), "--database", url]
            for title, more in (("first fetch", []), ("nothing new", ["--now", "2031-01-01T00:00:00Z"])):
                before, started = os.times(), time.perf_counter()
                subprocess.run([*once, *more], check=True, capture_output=True, cwd=ROOT)
                after = os.times()
                cpu = (
                    after.children_user
                    + after.children_system
                    - before.children_user
                    - before.children_system
                )
                print(
                    f"once on {name:11} {title:12} {time.perf_counter() - started:6.1f} s, CPU {cpu:5.1f} s"
                )


def _programs() -> Path:
    programs = server_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL server programs here (Debian: apt-get install postgresql)")
    return programs


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--workers", default="1,2,4,8")
    parser.add_argument("--part", choices=["growth", "day", "machine", "all"], default="all")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # servers and workers end with it
    with tempfile.TemporaryDirectory() as name, farm_of(given.feeds, port=PORT) as farm:
        folder = Path(name)
        configuration(folder, farm.urls(), concurrency=200)
        if given.part in {"growth", "all"}:
            growth(folder, farm, given.feeds, [int(count) for count in given.workers.split(",")])
        if given.part in {"day", "all"}:
            day(folder, farm, given.feeds)
        if given.part in {"machine", "all"}:
            one_machine(folder, farm)


if __name__ == "__main__":
    main()
