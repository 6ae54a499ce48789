"""Databases as former versions left them, and what becomes of one whose upgrade is killed at a statement.

`kept` has a database of each schema, written by its migrations when it was the newest, with the rows of `kept/rows`. They
are never written again, so that a later change of a migration cannot hide what it does to databases that exist.

    python tests/crash/old_ledgers.py keep              keep a database of each schema that has none
    python tests/crash/old_ledgers.py kill 0003 11      upgrade one again and again, killed 11 statements later each time

The second prints how often it was killed and which kills left anything but the former database or the new one.
"""

from __future__ import annotations

import json
import lzma
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text

from storage.database import Database
from storage.engine.migrate import HEAD, SCRIPTS

KEPT = Path(__file__).with_name("kept")
REVISIONS = sorted(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("*.py"))
BODY = b'{"type": "story.new"}\x00\xff'  # a body that is not text
# What an upgrade changes: the lease of a worker that is gone, and what a migration fills in.
FILLED = {("matches", "article_id"), ("feeds", "kind"), ("items", "title_key")}

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]  # of each table, by primary key


def kept_path(revision: str) -> Path:
    """Return the path of the database that is kept of a schema."""
    return KEPT / f"{revision}.db.xz"


def ledger_at(revision: str, path: Path) -> Path:
    """Write the database that is kept of a schema."""
    path.write_bytes(lzma.decompress(kept_path(revision).read_bytes()))
    return path


def step_to(connection: Connection, revision: str) -> None:
    """Migrate from the schema before to this one, and add its rows."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    for statement in _statements(revision):
        connection.execute(text(statement), {"body": BODY} if ":body" in statement else {})


def _statements(revision: str) -> list[str]:
    path = KEPT / "rows" / f"{revision}.sql"
    if not path.exists():
        return []
    # A colon within a literal would be a parameter; only `:body` is one.
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("--")]
    escaped = "\n".join(lines).replace(":", "\\:").replace("\\:body", ":body")
    return [one.strip() for one in escaped.split(";\n") if one.strip(" ;\n")]


def rows_of(path: Path) -> Rows:
    """Return every row of a database file, but those of the search index and the number of the schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: _rows(connection, name)
            for name in names
            if not name.startswith(("item_words", "sqlite_", "alembic_"))
        }


def _rows(connection: sqlite3.Connection, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    keys = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["pk"]]
    found = connection.execute(f"SELECT * FROM {table}")
    return {tuple(row[key] for key in keys): dict(row) for row in found}


def lost(before: Rows, after: Rows) -> list[str]:
    """Return what an upgrade lost or changed: tables, rows, columns and values."""
    gone = []
    for table, rows in before.items():
        for key, row in rows.items():
            now = after.get(table, {}).get(key)
            if now is None:
                gone.append(f"{table} {key}")
                continue
            changed = [
                name for name, value in row.items() if now.get(name, value) != value or name not in now
            ]
            gone += [f"{table} {key} {name}" for name in changed if (table, name) not in FILLED]
    return gone


def upgrade_killed_at(path: Path, at: int) -> bool:
    """Upgrade in a child that kills itself before statement `at`; return whether it was killed."""
    pid = os.fork()
    if pid == 0:
        reached = 0

        def reach(*_: object) -> None:
            nonlocal reached
            reached += 1
            if reached == at:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", reach)
        event.listen(Engine, "commit", reach)
        Database.open(f"sqlite:///{path}").close()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def faults_after_upgrade(path: Path, revision: str) -> list[str]:
    """Upgrade a database of this schema, and return what is wrong with it then."""
    with TemporaryDirectory() as folder:
        before = rows_of(ledger_at(revision, Path(folder) / "before.db"))
    database = Database.open(f"sqlite:///{path}")
    found = [] if database.revision == HEAD else [f"schema {database.revision}"]
    database.close()
    return [*found, *lost(before, rows_of(path)), *Database.faults(f"sqlite:///{path}")]


def kill_upgrades(revision: str, every: int) -> None:
    """Kill at every `every`th statement."""
    kills, broken = 0, []
    with TemporaryDirectory() as folder:
        while True:
            path = Path(folder) / f"{kills}" / "ledger.db"
            path.parent.mkdir()
            ledger_at(revision, path)
            at = 1 + kills * every
            if not upgrade_killed_at(path, at):
                break
            kills += 1
            if faults_after_upgrade(path, revision):
                broken.append(at)
    sys.stdout.write(json.dumps({"kills": kills, "broken": broken}))


def keep() -> None:
    """Keep a database of each schema that has none."""
    for revision in REVISIONS:
        if kept_path(revision).exists():
            continue
        with TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.db"
            engine = create_engine(f"sqlite:///{path}")
            with engine.begin() as connection:
                for step in REVISIONS[: REVISIONS.index(revision) + 1]:
                    step_to(connection, step)
            engine.dispose()
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM")
            kept_path(revision).write_bytes(lzma.compress(path.read_bytes(), preset=9))


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        keep()
    else:
        kill_upgrades(sys.argv[2], int(sys.argv[3]))
