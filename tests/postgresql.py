"""A temporary PostgreSQL server for tests, which can be restarted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import psycopg

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
STATEMENT_SECONDS = 120  # far longer than a database takes to create or drop on a slow machine

# Columns of tables and indexes, with constraints, functions, settings of the database, and the revision.
_SCHEMA = """
SELECT
  (SELECT md5(string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
   FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)),
  (SELECT md5(string_agg(concat_ws(' ', conname, convalidated), ',' ORDER BY conname)) FROM pg_constraint),
  (SELECT count(*) FROM pg_proc),
  (SELECT count(*) FROM pg_trigger),
  (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'),
  (SELECT count(*) FROM pg_db_role_setting),
  (SELECT string_agg(version_num, ' ') FROM alembic_version)
"""
_END_OTHERS = f"""
SELECT pg_terminate_backend(pid, {STATEMENT_SECONDS * 1000}) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE one record; used boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- tables are emptied in any order
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO used;
    IF used THEN EXECUTE format('DELETE FROM %s', one.name); END IF;
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


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
    with _connected(server.format(name="postgres")) as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.QueryCanceled:
            connection.execute(statement)


@dataclass(frozen=True, slots=True)
class LedgerPool:
    """Lends empty ledgers of one server; a returned one is emptied and lent again, since emptying is the quickest.

    `server` is a URL with `{name}`; `template` is a database at the newest schema without rows.
    """

    server: str
    template: LiteralString
    free: list[LiteralString] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a ledger until the block ends; return its URL."""
        name = self.free.pop() if self.free else self._created()
        yield self.server.format(name=name)
        if _emptied(self.server.format(name=name), like=self.server.format(name=self.template)):
            self.free.append(name)
        else:
            administer(self.server, f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self) -> LiteralString:
        name: Any = f"t{uuid4().hex}"
        administer(self.server, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return name  # type: ignore[no-any-return]


def _emptied(url: str, *, like: str) -> bool:
    """Remove every row and restart every sequence; return False if the schema is not that of `like` any more."""
    with _connected(like) as connection:
        expected = connection.execute(_SCHEMA).fetchone()
    with _connected(url) as connection:
        connection.execute(_END_OTHERS)
        if connection.execute(_SCHEMA).fetchone() != expected:
            return False
        connection.execute(_EMPTY)
    return True


def _connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    limit = f"-c statement_timeout={STATEMENT_SECONDS}s"
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True, options=limit)


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
