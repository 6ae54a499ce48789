"""A database on a PostgreSQL server of its own, its workers, and functions that wait for both."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pollers.contest import ROOT
from postgresql import Server, server_programs

PATIENCE = 280.0  # seconds a round may last
PROGRAM = [sys.executable, "-c", "from monitor.cli import main; main()"]


class Ledger:
    """The benchmark's connection to the database: reads counts and makes feeds due."""

    def __init__(self, server: Server) -> None:
        self.url = server.url.format(name="postgres")
        self._connection = psycopg.connect(
            self.url.replace("postgresql+psycopg", "postgresql"), autocommit=True
        )
        self.postmaster = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def one(self, query: str) -> int:
        """Return the number that a query gives."""
        row = self._connection.execute(query).fetchone()  # type: ignore[arg-type]  # constant SQL
        return int(row[0] or 0) if row else 0

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        return self._connection.execute(query).fetchall()  # type: ignore[arg-type]  # constant SQL

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement)  # type: ignore[arg-type]  # constant SQL

    def waiting(self) -> int:
        """Return the number of due feeds."""
        return self.one("SELECT count(*) FROM feeds WHERE next_poll <= now() OR last_poll IS NULL")

    def make_due(self) -> None:
        """Make every feed due."""
        self.run("UPDATE feeds SET next_poll = now()")


@contextmanager
def workers(folder: Path, count: int, url: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers and stop them gracefully at the end."""
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
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit("a round took too long; is the machine busy?")
        time.sleep(0.05)


def is_up_to_date(ledger: Ledger, feeds: int) -> bool:
    """Whether the workers have created the tables and every feed."""
    laid = ledger.one("SELECT count(*) FROM pg_tables WHERE tablename IN ('feeds', 'procrastinate_jobs')")
    return laid == 2 and ledger.one("SELECT count(*) FROM feeds") == feeds  # noqa: PLR2004


def programs() -> Path:
    """Return the folder of the server's programs."""
    programs = server_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL server programs here (Debian: apt-get install postgresql)")
    return programs
