"""The cost of `once` on SQLite and on PostgreSQL, on one machine."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from pollers.contest import ROOT, Farm
from postgresql import server_of
from scaling.ledger import PROGRAM, programs


def one_machine(folder: Path, farm: Farm) -> None:
    """Print the cost of `once` on SQLite and on PostgreSQL."""
    farm.ask("set?latency=0")
    with server_of(programs()) as server:
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
