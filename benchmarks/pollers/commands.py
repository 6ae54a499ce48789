"""The cost of whole commands: `once`, and `run` until its first request, idle, and in a steady hour."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pollers.contest import PROGRAM, Farm, as_installed, configuration, farm_of
from pollers.meter import cpu_seconds, pss_megabytes, share_of_cpu

from monitor.polling.feed_state.schedule import Bounds

LOOK_SECONDS, BUSY = 4.0, 0.05  # a daemon that uses less of a core for this long has started
IDLE_SECONDS = 30.0
EARLIER = "2026-01-01 00:00:00.000000"
LATER = timedelta(hours=12)  # the daemon takes a later poll for the mistake of a clock, and polls at once
LONGEST_START = 120.0
HOUR, LATE = timedelta(hours=1), timedelta(seconds=5)
SETTLING_SECONDS, STEADY_SECONDS = (
    30.0,
    60.0,
)  # lets the daemon catch up before it is measured


def show_commands(feeds: int, *, concurrency: int, port: int) -> None:
    """Print the time of `once` with nothing due, and the CPU and memory of an idle `run`."""
    print(f"\n{feeds} feeds, nothing due")
    with tempfile.TemporaryDirectory() as name, farm_of(feeds, port=port) as farm:
        config = str(configuration(Path(name), farm.urls(), concurrency=concurrency))
        for _ in range(3):  # the first fetch, one that compiles the modules, and the one that is shown
            started = time.perf_counter()
            command = [PROGRAM, "once", "--config", config]
            subprocess.run(command, check=True, capture_output=True, env=as_installed(Path(name)))
        print(f"{'once, nothing due':28} {time.perf_counter() - started:6.2f} s", flush=True)
        with _running(config) as process:
            _show_idle(process)


def show_start(feeds: int, *, concurrency: int, port: int) -> None:
    """Print the time until the first request of `run`, on a new and on an existing database, then its cost at work."""
    print(f"\n{feeds} feeds, the start of `run`")
    with tempfile.TemporaryDirectory() as name, farm_of(feeds, port=port) as farm:
        folder = Path(name)
        config = str(configuration(folder, farm.urls(), concurrency=concurrency))
        for title in ("run, on a new ledger", "run, on one that stands"):
            farm.ask("stats?reset=1")
            started = time.monotonic()
            with _running(config) as process:
                wall, cpu = _first_request(farm) - started, cpu_seconds(process.pid)
                print(f"{title:28} {wall:6.2f} s until the first request, {cpu:.2f} s of CPU", flush=True)
        with closing(sqlite3.connect(folder / "storywatch.db")) as ledger, ledger:
            # A feed that was never polled would still be due.
            later = _stored(datetime.now(UTC).replace(tzinfo=None) + LATER)
            planned = (later, EARLIER, Bounds().text)
            ledger.execute("UPDATE feeds SET next_poll = ?, last_poll = ?, bounds = ?", planned)
        with _running(config) as process:
            _show_idle(process)
        farm.ask("round?changed=0.1")
        _spread_over_an_hour(folder / "storywatch.db")
        with _running(config) as process:
            _show_steady(process, farm, folder / "storywatch.db")


def show_steady_hour(config: Path, farm: Farm) -> None:
    """Print the cost of `run` on a fetched database, whose feeds are due one after another within an hour."""
    database = config.with_name("storywatch.db")
    farm.ask("round?changed=0.1")
    _spread_over_an_hour(database)
    with _running(str(config)) as process:
        _show_steady(process, farm, database)


def _spread_over_an_hour(path: Path) -> None:
    """Mark every feed as polled and spread the due times over the next hour."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ids = [row[0] for row in ledger.execute("SELECT id FROM feeds ORDER BY id")]
        rows = [
            (_stored(now + HOUR * at / len(ids)), f'"{at}-0"', _stored(now - HOUR), feed_id, Bounds().text)
            for at, feed_id in enumerate(ids)
        ]
        ledger.executemany(
            "UPDATE feeds SET next_poll = ?1, etag = ?2, last_poll = ?3, last_success = ?3, first_success = ?3,"
            " bounds = ?5 WHERE id = ?4",
            rows,
        )


def _stored(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")


def _show_steady(process: subprocess.Popen[bytes], farm: Farm, path: Path) -> None:
    """Print the cost of a daemon in an hour of polls, a tenth of which return documents of new items."""
    time.sleep(SETTLING_SECONDS)
    before = farm.requests()
    share = share_of_cpu(process.pid, STEADY_SECONDS)
    polls = (farm.requests() - before) / STEADY_SECONDS
    late = _stored(datetime.now(UTC).replace(tzinfo=None) - LATE)
    with closing(sqlite3.connect(path)) as ledger:
        [overdue] = ledger.execute("SELECT count(*) FROM feeds WHERE next_poll < ?", (late,)).fetchone()
        [waiting] = ledger.execute("SELECT count(*) FROM to_match").fetchone()
    print(
        f"{'run, each feed once an hour':28} {share:6.1%} of a core at {polls:.1f} polls/s,"
        f" {overdue} feeds late by over {LATE.seconds} s, {waiting} items wait for matching, {pss_megabytes(process.pid):.0f} MB",
        flush=True,
    )


@contextmanager
def _running(config: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([PROGRAM, "run", "--config", config], stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _first_request(farm: Farm) -> float:
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline:
        moment = farm.first_at()
        if moment is not None:
            return moment
        time.sleep(0.1)
    raise SystemExit("run asked nothing")


def _show_idle(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST_START
    while share_of_cpu(process.pid, LOOK_SECONDS) > BUSY and time.monotonic() < deadline:
        pass  # it is still starting
    share = share_of_cpu(process.pid, IDLE_SECONDS)
    print(f"{'run, nothing due':28} {share:6.1%} of a core, {pss_megabytes(process.pid):.0f} MB", flush=True)
