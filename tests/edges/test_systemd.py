"""The daemon reports readiness and progress to its service manager (S9)."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import configure, environment, rss, serving

from monitor.service.driving import pass_task
from monitor.service.driving.pass_task import Pass
from monitor.service.process.systemd import ServiceManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(30)
        yield listening


def test_a_daemon_notifies_systemd(manager: socket.socket, tmp_path: Path) -> None:
    """It sends READY once, WATCHDOG with every tick, and STOPPING at the end."""
    with serving(feed=rss("Nothing of note")) as site:
        configure(tmp_path, f"{site.url}/feed")
        running = subprocess.Popen(
            [sys.executable, "-c", "from monitor.cli import main; main()", "run"],
            cwd=tmp_path,
            env=environment(NOTIFY_SOCKET=str(tmp_path / "notify")),
            stderr=subprocess.DEVNULL,
        )
        try:
            assert manager.recv(100) == b"READY=1\nWATCHDOG=1"
            assert manager.recv(100) == b"WATCHDOG=1"
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=120) == 0
        finally:
            running.kill()
            running.wait()
    said = []
    manager.setblocking(False)
    while True:
        try:
            said.append(manager.recv(100))
        except BlockingIOError:
            break
    assert said[-1] == b"STOPPING=1"


def test_a_missing_service_manager_is_no_error(tmp_path: Path) -> None:
    """The daemon works without a manager, or with one that is gone."""
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}, {"NOTIFY_SOCKET": "@gone"}):
        supervisor = ServiceManager(environ)
        supervisor.alive()
        supervisor.stopping()


def test_a_hanging_pass_stops_the_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service manager may then restart the process."""
    monkeypatch.setattr(pass_task, "HANGS_SECONDS", -1.0)

    async def watched() -> list[bool]:
        ended = asyncio.Event()

        async def work() -> None:
            await ended.wait()

        working = Pass("settle", work, refused=lambda _: None)
        before = working.hangs
        working.wake()
        await asyncio.sleep(0)
        during = working.hangs
        ended.set()
        await working.finish()
        return [before, during, working.hangs]

    assert asyncio.run(watched()) == [False, True, False]
