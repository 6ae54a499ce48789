"""Several worker processes, many feeds with a log per host, and a server that can be restarted."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shell import COMMAND, environment

FARM = Path(__file__).parent.parent.parent / "benchmarks" / "feedfarm"
LEASE_SECONDS = 6
PATIENCE_SECONDS = 300  # limit of every wait; a quiet machine needs a tenth of it
EVERYTHING = "the OR of OR and OR to OR a OR in OR is OR that OR for OR it"
CONFIG = """
database = "{database}"
[polling]
host_delay = "{delay}"
interval = "{interval}"
min_interval = "1s"
max_interval = "{interval}"
timeout = "3s"
allow_networks = ["127.0.0.0/8", "198.18.0.0/15"]
allow_ports = []
[[feeds]]
opml = "feeds.opml"
[[topics]]
name = "{topic}"
query = "{query}"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
[[routes]]
topics = ["*"]
channels = ["hook"]
group_wait = "{group_wait}"
updates = "{updates}"
max_per_hour = 100000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """A farm of feeds, controlled by requests to special paths."""

    url: str
    process: subprocess.Popen[str]

    def ask(self, path: str) -> bytes:
        """Return what a control path answers."""
        with urllib.request.urlopen(f"{self.url}/-/{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def stats(self) -> dict[str, Any]:
        """Return the counts since the last reset."""
        found: dict[str, Any] = json.loads(self.ask("stats"))
        return found


@contextmanager
def farm_of(*, feeds: int, hosts: int, latency: int = 0, address: str = "127.0.0.1") -> Iterator[Farm]:
    """Run a farm on a free port of addresses counted up from this one."""
    with socket.create_server((address, 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(FARM), "--feeds", str(feeds), "--hosts", str(hosts), "--port", str(port)]
    command += ["--host", address, "--items", "3", "--kbytes", "2", "--latency", str(latency)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert "feeds from" in process.stderr.readline()
            yield Farm(url=f"http://{address}:{port}", process=process)
        finally:
            process.terminate()


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal (proc(5), SigCgt)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@dataclass(slots=True)
class Fleet:
    """Workers on one ledger, in one folder."""

    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self, count: int, *options: str, inside: Sequence[str] = ()) -> list[subprocess.Popen[bytes]]:
        """Start so many workers, by a command that begins so."""
        hired = []
        for _ in range(count):
            number = len(self.workers) + 1
            with (self.folder / f"worker{number}.log").open("wb") as log:
                worker = subprocess.Popen(
                    [
                        *inside,
                        *COMMAND,
                        "worker",
                        "-v",
                        "--lease",
                        f"{LEASE_SECONDS}s",
                        "--name",
                        f"w{number}",
                        *options,
                    ],
                    cwd=self.folder,
                    env=environment(),
                    stdout=log,
                    stderr=log,
                )
            self.workers.append(worker)
            hired.append(worker)
        return hired

    def said(self) -> str:
        """Return everything that the workers have printed so far."""
        logs = sorted(self.folder.glob("worker*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def log_tails(self) -> str:
        """Return the end of each worker's log."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-1500:]}"
            for log in sorted(self.folder.glob("worker*.log"))
        )

    def until(self, reached: Callable[[], bool], *, what: str) -> None:
        """Wait until a condition holds; fail after the time limit with the output of the workers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            ended = [worker.pid for worker in self.workers if worker.poll() not in {None, -signal.SIGKILL, 0}]
            assert not ended, f"a worker ended by itself; it said:\n{self.log_tails()}"
            assert time.monotonic() < deadline, f"not reached: {what}; the workers said:\n{self.log_tails()}"
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every worker; SIGHUP would end one that is still starting, so wait for its handler."""
        if number is signal.SIGHUP:
            self.until(
                lambda: all(catches(worker.pid, number) for worker in self.workers),
                what="every worker handles SIGHUP",
            )
        for worker in self.workers:
            worker.send_signal(number)

    def dismiss(self) -> None:
        """Kill every remaining worker, also a frozen one."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait(timeout=120)


@contextmanager
def fleet_in(folder: Path) -> Iterator[Fleet]:
    """Lead a fleet for a block."""
    fleet = Fleet(folder)
    try:
        yield fleet
    finally:
        fleet.dismiss()


def configure(
    folder: Path,
    *,
    database: str,
    opml: bytes,
    hook: str,
    delay: str = "0s",
    interval: str = "1h",
    topic: str = "everything",
    query: str = EVERYTHING,
    group_wait: str = "0s",
    updates: str = "every-item",
) -> None:
    """Write the configuration all workers share."""
    (folder / "feeds.opml").write_bytes(opml)
    config = CONFIG.format(
        database=database,
        hook=hook,
        delay=delay,
        interval=interval,
        topic=topic,
        query=query,
        group_wait=group_wait,
        updates=updates,
    )
    (folder / "storywatch.toml").write_text(config, encoding="utf-8")


def opml_of(*urls: str) -> bytes:
    """Return a list of feeds."""
    listed = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    return f'<opml version="2.0"><head/><body>{listed}</body></opml>'.encode()


def freeze(worker: subprocess.Popen[bytes]) -> None:
    """Stop a process as a suspended machine does."""
    os.kill(worker.pid, signal.SIGSTOP)


def thaw(worker: subprocess.Popen[bytes]) -> None:
    """Resume a frozen process."""
    os.kill(worker.pid, signal.SIGCONT)
