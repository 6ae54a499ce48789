"""The tests' own PostgreSQL servers end with the tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds for a server to be stopped, on a slow machine
PROGRAM = """
import time
from postgresql import server_of, server_programs
with server_of(server_programs()) as server:
    print(server.folder, flush=True)
    time.sleep(600)
"""


def test_a_killed_test_run_leaves_no_server_behind(server_folder: Path) -> None:
    """SIGKILL of the process that started a server stops the server and removes its folder."""
    assert (server_folder / "initdb").exists()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        assert (folder / "data" / "postmaster.pid").exists()
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + DEADLINE
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()
