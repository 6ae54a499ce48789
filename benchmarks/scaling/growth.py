"""The rate for growing numbers of workers, and the use of the cores."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from pollers.contest import Farm
from pollers.meter import cpu_seconds
from postgresql import server_of
from scaling.ledger import Ledger, is_up_to_date, programs, until, workers

PAUSE = 2.0  # seconds; the pause between two requests to one host (1 s) must not be measured
WARM_UPS = 2  # rounds with news before measuring, in which the workers start their parser processes
WARM_UP_NEWS = 0.3  # share of feeds with news, so that every worker has bodies to parse
KINDS = {"nothing new": 0.0, "a tenth has news": 0.1}  # the share of feeds that publish before a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All counters at one time: seconds, CPU seconds of each worker and by part, and the server's own counts."""

    at: float
    workers: tuple[float, ...]
    server: float
    farm: float
    commits: int
    wal_bytes: int
    jobs: int


def moment(ledger: Ledger, farm_pid: int, running: list[subprocess.Popen[bytes]]) -> Moment:
    """Read every counter."""
    return Moment(
        at=time.monotonic(),
        workers=tuple(cpu_seconds(process.pid) for process in running),
        server=cpu_seconds(ledger.postmaster),
        farm=cpu_seconds(farm_pid),
        commits=ledger.one("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
        wal_bytes=ledger.one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
        jobs=ledger.one("SELECT last_value FROM storywatch_queue.procrastinate_jobs_id_seq"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The result of a round: feeds a second, the busy share of the cores, and the number of workers that had feeds."""

    rate: float
    busy: float
    had_feeds: int


def show(title: str, feeds: int, before: Moment, after: Moment) -> Round:
    """Print a row and return its values."""
    wall, per = after.at - before.at, 1000 / feeds
    each = [late - early for early, late in zip(before.workers, after.workers, strict=True)]
    server, farm = after.server - before.server, after.farm - before.farm
    busy = (sum(each) + server + farm) / wall / (os.cpu_count() or 1)
    had_feeds = sum(spent > max(each) / 5 for spent in each)
    print(
        f"{title:28} {feeds / wall:6.0f}/s  workers {sum(each) * per:5.2f} s  server {server * per:5.2f} s"
        f"  farm {farm * per:4.2f} s  {(after.commits - before.commits) * per:6.0f} commits"
        f"  {(after.wal_bytes - before.wal_bytes) * per / 1e6:5.1f} MB of log  {(after.jobs - before.jobs) / wall:5.1f} jobs/s"
        f"  cores {busy:4.0%} busy, {had_feeds} of {len(each)} workers had feeds",
        flush=True,
    )
    return Round(rate=feeds / wall, busy=busy, had_feeds=had_feeds)


def growth(folder: Path, farm: Farm, feeds: int, counts: list[int]) -> None:
    """Print the rate for each number of workers, and where it stops growing."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]  # the busy share of a row does not include other programs
    print(f"{feeds} feeds on {cores} cores, load {load:.1f} before; CPU, commits and log per 1,000 feeds")
    with server_of(programs()) as server:
        ledger = Ledger(server)
        with workers(folder, cores, ledger.url):
            until(lambda: is_up_to_date(ledger, feeds))
            until(lambda: is_quiet(ledger))
        ledger.run("VACUUM ANALYZE")  # otherwise the server may do it during a round
        rounds: dict[str, dict[int, Round]] = {title: {} for title in KINDS}
        for count in counts:
            with workers(folder, count, ledger.url) as running:
                until(lambda count=count: present(ledger) == count)  # type: ignore[misc]  # the loop's own
                for _ in range(WARM_UPS):
                    begin(ledger, farm, changed=WARM_UP_NEWS)
                    until(lambda: is_quiet(ledger))
                for title in KINDS:
                    rounds[title][count] = measured(ledger, farm, feeds, running, title)
    for title, by_count in rounds.items():
        print(f"{title}: {reason(by_count, cores)}", flush=True)


def measured(
    ledger: Ledger,
    farm: Farm,
    feeds: int,
    running: list[subprocess.Popen[bytes]],
    title: str,
) -> Round:
    """Run a round and print its row."""
    farm.ask("stats?reset=1")
    before = moment(ledger, farm.pid, running)
    begin(ledger, farm, changed=KINDS[title])
    until(lambda: ledger.waiting() == 0)
    after = moment(ledger, farm.pid, running)
    # Timed from the first request: jobs are added every two seconds, whatever the speed of the workers.
    began = float(json.loads(farm.ask("stats"))["first_at"])
    return show(f"{len(running)} workers, {title}", feeds, replace(before, at=began), after)


def begin(ledger: Ledger, farm: Farm, *, changed: float) -> None:
    """Publish items in a share of the feeds and make every feed due."""
    farm.ask(f"round?changed={changed}")
    time.sleep(PAUSE)
    ledger.make_due()


def is_quiet(ledger: Ledger) -> bool:
    """Whether every feed is polled and everything matched."""
    return ledger.waiting() == 0 and ledger.one("SELECT count(*) FROM to_match") == 0


def present(ledger: Ledger) -> int:
    """Return the number of live workers."""
    return ledger.one(
        "SELECT count(*) FROM claims WHERE name LIKE 'worker:%' AND token <> '' AND until > now()"
    )


def reason(rounds: dict[int, Round], cores: int) -> str:
    """Return where the rate stops growing, and the reason as far as the counters show it."""
    best = max(rounds, key=lambda count: rounds[count].rate)
    top = rounds[best]
    why = f"its {cores} cores were {top.busy:.0%} busy"
    idle = [count for count, one in rounds.items() if count > one.had_feeds]
    if idle:
        why += f"; with {min(idle)} workers and more, some found no batch left to take"
    return f"it grows to {top.rate:.0f} feeds/s with {best} workers: {why}\n"
