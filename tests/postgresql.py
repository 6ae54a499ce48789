"""A temporary PostgreSQL server for tests, which can be restarted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
STATEMENT_SECONDS = 120  # far longer than a database takes to create or drop on a slow machine


def server_programs() -> Path | None:
    """Return the folder with initdb and postgres, from Debian's layout or the PATH."""
    for folder in sorted(DEBIAN_SERVERS.glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def administer(server: str, statement: LiteralString) -> None:
    """Execute a statement that creates or drops a database; `server` is a URL with `{name}` for a database's name.

    The server waits without limit until each of its processes has answered a signal. Where one does not, the statement
    is cancelled and executed once more: an interrupted CREATE leaves nothing, and an interrupted DROP can be repeated.
    """
    url = server.format(name="postgres").replace("postgresql+psycopg", "postgresql")
    limit = f"-c statement_timeout={STATEMENT_SECONDS}s"
    with psycopg.connect(url, autocommit=True, options=limit) as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.QueryCanceled:
            connection.execute(statement)


def _as_server_user(folder: Path) -> list[str]:
    """Give the folder to another user and return the prefix that becomes it, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user="postgres", group="postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `url` lacks the name of a database."""

    folder: Path
    become: list[str]
    programs: Path
    listens: tuple[str, int] | None = None  # the address and port, unless there is only the folder's socket

    @property
    def url(self) -> str:
        """The address, to be filled with a name."""
        if self.listens is not None:
            return f"postgresql+psycopg://storywatch@{self.listens[0]}:{self.listens[1]}/{{name}}"
        return f"postgresql+psycopg://storywatch@/{{name}}?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        address, port = self.listens or ("", 5432)
        options = (
            f"-c listen_addresses='{address}' -p {port} -c unix_socket_directories={self.folder} -c fsync=off"
        )
        self._control("-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` has the effect of a crash."""
        self._control("-m", mode, "stop")

    def _control(self, *arguments: str) -> None:
        log = self.folder / "log"
        control = [*self.become, self.programs / "pg_ctl", "-D", self.folder / "data", "-w", "-l", log]
        subprocess.run([*control, *arguments], check=True, capture_output=True, cwd=self.folder)


@contextmanager
def server_of(programs: Path, *, listens: tuple[str, int] | None = None) -> Iterator[Server]:
    """Initialise and run a server until the block ends."""
    # A socket's path may have 107 bytes: pytest's own folders are too deep.
    folder = Path("/tmp") / f"storywatch-pg-{uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    become = _as_server_user(folder)
    server = Server(folder, become, programs, listens)
    try:
        initialise = [*become, programs / "initdb", "-D", folder / "data", "-U", "storywatch"]
        subprocess.run([*initialise, "-A", "trust", "--no-sync"], check=True, capture_output=True, cwd=folder)
        if listens is not None:
            with (folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as allowed:
                allowed.write("host all all 198.18.0.0/15 trust\n")
        with _guarded(server):
            server.start()
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _guarded(server: Server) -> Iterator[None]:
    """Stop the server and remove its folder when the block ends, also where this process is killed in it.

    A process of its own waits for the end of its standard input, which the kernel closes with ours.
    """
    stop = [
        *server.become,
        server.programs / "pg_ctl",
        "-D",
        server.folder / "data",
        "-m",
        "immediate",
        "stop",
    ]
    script = 'cat >/dev/null; folder=$1; shift; cd /; "$@" >/dev/null 2>&1; rm -rf "$folder"'
    guard = subprocess.Popen(
        ["/bin/sh", "-c", script, "guard", server.folder, *stop],
        # Not marked as a part of a run of `.ci/run`, which would end it before it has stopped the server.
        env={name: value for name, value in os.environ.items() if name != "CI_RUN"},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert guard.stdin is not None
    try:
        yield
    finally:
        guard.stdin.close()
        guard.wait()
