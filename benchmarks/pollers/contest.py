"""The farm and the contestants, each a process of its own."""

from __future__ import annotations

import json
import os
import resource
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pollers.certificate import certify
from pollers.meter import PeakMemory, cpu_seconds

ROOT = Path(__file__).parent.parent.parent
ITEMS = 40  # of a feed, 2 kB each
HOST = "127.1.0.0"
MOST_HOSTS = 10_000  # a listening socket each
BETWEEN_ROUNDS = 1.5  # seconds; the pause between two requests to one host (1 s) must not be measured
STARTED = datetime.now(UTC).replace(microsecond=0)
STEP = timedelta(days=2)  # between the times of two rounds: every feed is due again
PROGRAM = Path(sys.executable).parent / "storywatch"
READER_FOLDER = Path.home() / ".cache" / "storywatch-benchmark" / "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of one contestant: seconds, CPU seconds, and the peak of its memory."""

    feeds: int
    failed: int
    wall: float
    cpu: float
    matching: float
    megabytes: float

    @property
    def per_second(self) -> float:
        """Feeds per second."""
        return self.feeds / self.wall

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds per 1,000 feeds."""
        return self.cpu / self.feeds * 1000


class Farm:
    """A running feedfarm."""

    def __init__(self, port: int, trusted: Path | None, *, pid: int) -> None:
        self.pid = pid
        self._base = f"{'https' if trusted else 'http'}://{HOST}:{port}"
        self._tls = ssl.create_default_context(cafile=str(trusted)) if trusted else None
        self.trusted = trusted

    def ask(self, path: str) -> str:
        """Return the answer of a control path."""
        with urllib.request.urlopen(f"{self._base}/-/{path}", context=self._tls) as answer:
            return str(answer.read().decode())

    def first_at(self) -> float | None:
        """Return the time of the first request since the last reset, on the monotonic clock."""
        moment = json.loads(self.ask("stats"))["first_at"]
        return None if moment is None else float(moment)

    def requests(self) -> int:
        """Return the number of requests since the last reset."""
        return int(json.loads(self.ask("stats"))["requests"])

    def urls(self) -> list[str]:
        """Return every feed's URL."""
        return self.ask("urls").split()


@contextmanager
def farm_of(feeds: int, *, port: int, items: int = ITEMS, tls: Path | None = None) -> Iterator[Farm]:
    """Run a farm with a host for each feed, so that the pause between two requests to a host is not measured.

    With `tls`, a folder for the certificate, it serves HTTPS.
    """
    hosts = min(feeds, MOST_HOSTS)
    command = [
        sys.executable, str(ROOT / "benchmarks" / "feedfarm"), "--feeds", str(feeds), "--hosts", str(hosts),
        "--host", HOST, "--port", str(port), "--items", str(items), "--kbytes", str(2 * items),
    ]  # fmt: skip
    trusted = certify(tls, first=HOST, hosts=hosts) if tls else None
    command += ["--tls", str(tls)] if tls else []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            if process.stderr is None or "feeds from" not in process.stderr.readline():
                raise SystemExit("the farm did not start; is its port taken?")
            yield Farm(port, trusted, pid=process.pid)
        finally:
            process.terminate()


class Contestant:
    """A process that runs a round on request."""

    def __init__(self, process: subprocess.Popen[str], database: Path) -> None:
        self._process = process
        self._rounds = 0
        self.database = database

    def round(self) -> Round:
        """Run and measure a round."""
        time.sleep(BETWEEN_ROUNDS)
        self._rounds += 1
        process, now = self._process, STARTED + self._rounds * STEP
        assert process.stdin is not None
        assert process.stdout is not None
        before = cpu_seconds(process.pid)
        with PeakMemory(process.pid) as memory:
            process.stdin.write(f"{now.isoformat()}\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
        cpu = cpu_seconds(process.pid) - before
        return Round(cpu=cpu, megabytes=memory.megabytes, **answer)

    def bytes_on_disk(self) -> int:
        """Return the size of its database with its side files."""
        return sum(path.stat().st_size for path in self.database.parent.glob(f"{self.database.name}*"))


@contextmanager
def _process(command: list[str], database: Path, trusted: Path | None) -> Iterator[Contestant]:
    trust = {"SSL_CERT_FILE": str(trusted), "REQUESTS_CA_BUNDLE": str(trusted)} if trusted else {}
    env = {**os.environ, "PYTHONPATH": str(ROOT), **trust}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env) as process:
        try:
            yield Contestant(process, database)
        finally:
            process.terminate()


@contextmanager
def ours(folder: Path, farm: Farm, *, concurrency: int) -> Iterator[Contestant]:
    """Run storywatch on an existing database, as at every start but the first."""
    with rounds_of(configuration(folder, farm.urls(), concurrency=concurrency), farm) as contestant:
        yield contestant


@contextmanager
def rounds_of(config: Path, farm: Farm) -> Iterator[Contestant]:
    """Run rounds of a configuration, with its pages if it has any."""
    subprocess.run([PROGRAM, "status", "--config", config], check=False, capture_output=True)
    command = [sys.executable, str(ROOT / "benchmarks" / "pollers" / "ours.py"), str(config)]
    with _process(command, config.with_name("storywatch.db"), farm.trusted) as contestant:
        yield contestant


def configuration(folder: Path, urls: list[str], *, concurrency: int) -> Path:
    """Write a configuration that allows the farm's addresses and port and is otherwise the default; return its path."""
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
    folder.mkdir(exist_ok=True)
    config = folder / "storywatch.toml"
    config.write_text(
        f'[polling]\nconcurrency = {concurrency}\nallow_networks = ["127.0.0.0/8"]\nallow_ports = []\n{feeds}',
        encoding="utf-8",
    )
    return config


@contextmanager
def theirs(folder: Path, farm: Farm) -> Iterator[Contestant]:
    """Run reader in a process of its own."""
    listed = folder / "urls.txt"
    listed.write_text("\n".join(farm.urls()), encoding="utf-8")
    command = [*their_command(folder), str(listed)]
    with _process(command, folder / "reader.db", farm.trusted) as contestant:
        yield contestant


def their_command(folder: Path) -> list[str]:
    """Return the command that runs reader on its database, from a virtual environment that is created on first use."""
    python = READER_FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(READER_FOLDER)], check=True)
        # reader's own copy of feedparser imports sgmllib, which reader does not declare.
        subprocess.run([str(python), "-m", "pip", "install", "-q", "reader==3.26", "sgmllib3k"], check=True)
    return [str(python), str(ROOT / "benchmarks" / "pollers" / "theirs.py"), str(folder / "reader.db")]


def as_installed(folder: Path) -> dict[str, str]:
    """Return the environment of an installed program, whose modules are compiled: Python keeps them in `folder`."""
    without = {name: written for name, written in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**without, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


class WholeProcesses(Contestant):
    """Runs each round as a process of its own, from its start to its end."""

    def __init__(self, command: list[str], database: Path, *, feeds: int, takes_time: bool) -> None:
        self._command = command
        self._environment = as_installed(database.parent)
        self._feeds = feeds
        self._takes_time = takes_time  # whether the command is told the time of the round
        self._rounds = 0
        self.database = database

    def round(self) -> Round:
        """Run and measure a process."""
        time.sleep(BETWEEN_ROUNDS)
        self._rounds += 1
        now = (STARTED + self._rounds * STEP).isoformat()
        before, started = _cpu_of_ended(), time.perf_counter()
        with (
            subprocess.Popen(
                [*self._command, *(["--now", now] if self._takes_time else [])],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process,
            PeakMemory(process.pid) as memory,
        ):
            failed = process.wait() != 0
            wall = time.perf_counter() - started
        cpu = _cpu_of_ended() - before
        return Round(
            feeds=self._feeds, failed=failed, wall=wall, cpu=cpu, matching=0, megabytes=memory.megabytes
        )


def _cpu_of_ended() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def our_processes(folder: Path, farm: Farm, *, concurrency: int) -> WholeProcesses:
    """Return rounds of `storywatch once` on an existing database."""
    urls, environment = farm.urls(), as_installed(folder)
    warm_up = configuration(folder / "warm-up", urls[:1], concurrency=1)
    config = configuration(folder, urls, concurrency=concurrency)
    for command, path in (("once", warm_up), ("status", config)):
        subprocess.run(
            [PROGRAM, command, "--config", path], check=False, capture_output=True, env=environment
        )
    once = [str(PROGRAM), "once", "--config", str(config)]
    return WholeProcesses(once, config.with_name("storywatch.db"), feeds=len(urls), takes_time=True)


def their_processes(folder: Path, farm: Farm) -> WholeProcesses:
    """Return rounds of reader on an existing database."""
    urls, environment = farm.urls(), as_installed(folder)
    warm_up = their_command(folder / "warm-up")
    command = their_command(folder)
    for subscribe, some in ((warm_up, urls[:1]), (command, urls)):
        listed = folder / "urls.txt"
        listed.write_text("\n".join(some), encoding="utf-8")
        subprocess.run([*subscribe, str(listed)], check=True, stdin=subprocess.DEVNULL, env=environment)
    subprocess.run(warm_up, check=True, env=environment)
    return WholeProcesses(command, folder / "reader.db", feeds=len(urls), takes_time=False)
