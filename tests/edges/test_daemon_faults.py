"""A daemon on a full disk polls no feeds, and one at a locked database ends in time."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from shell import COMMAND, Site, configure, environment, fill, line_of, rss, serving

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"
DRAIN_SECONDS = 20.0  # as promised to a service manager
TICKS = 5


@contextmanager
def daemon(folder: Path, **given: str) -> Iterator[subprocess.Popen[str]]:
    """Run a daemon until the block ends."""
    process = subprocess.Popen(
        [*COMMAND, "run"],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", **given),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def fed_often(folder: Path) -> Iterator[Site]:
    """Serve a feed that is polled every second."""
    with serving(feed=rss(STANDING)) as site:
        config = configure(folder, f"{site.url}/feed")
        often = 'interval = "1s"\nmax_interval = "1s"'
        config.write_text(config.read_text().replace('interval = "1h"', often, 1))
        yield site


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager that receives each tick."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(120)
        yield listening


def after_ticks(manager: socket.socket) -> None:
    """Wait for the next ticks."""
    manager.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            manager.recv(100)
    manager.settimeout(120)
    for _ in range(TICKS):
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.slow
def test_a_full_disk_stops_polling_for_a_while(small_disk: Path, manager: socket.socket) -> None:
    """Answers could not be stored, so no feed is polled for at least a minute (S2)."""
    with fed_often(small_disk) as site, daemon(small_disk, NOTIFY_SOCKET=manager.getsockname()) as process:
        line_of(process, "next poll")
        site.pages["/feed"] = (200, rss(EVENT, STANDING, "x" * 200_000))
        fill(small_disk)
        line_of(process, "pass=poll outcome=waits")
        asked = len(site.requests)
        after_ticks(manager)
        assert len(site.requests) == asked
        process.terminate()
        assert process.wait(timeout=60) == 0


@pytest.mark.slow
def test_sigterm_at_a_locked_database_ends_with_the_drain(tmp_path: Path, manager: socket.socket) -> None:
    """Writers that wait for the lock give up, so no service manager has to kill the process (S8)."""
    with fed_often(tmp_path), daemon(tmp_path, NOTIFY_SOCKET=manager.getsockname()) as process:
        line_of(process, "next poll")
        with closing(sqlite3.connect(tmp_path / "storywatch.db", timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            after_ticks(manager)  # its polls are due every second, and each begins with a write
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=DRAIN_SECONDS + 10) == 0
