"""Ledgers as former versions left them, and what becomes of one whose upgrade is killed at a statement.

As a program it upgrades the ledger of a revision again and again, killed one statement later each time, and prints how
often it was killed and which kills left anything but the former ledger or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event

from storage.database import Database
from storage.engine.migrate import HEAD, SCRIPTS

FEED = "https://example.org/feed"
REVISIONS = sorted(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("*.py"))


def ledger_at(revision: str, path: Path) -> Path:
    """Write a ledger as it was at a revision, with a feed, an item and a message in it."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()
    return path


OLD_ROWS = (
    (
        "INSERT INTO feeds (id, url, title, current_url, host, state, interval_seconds, next_poll) "
        f"VALUES (1, '{FEED}', 'T', '{FEED}', 'h', 'ok', 3600, '2026-03-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO items (id, feed_id, content_hash, title, summary, content, first_seen) "
        "VALUES (1, 1, 'h', 'An old title', '', '', '2026-03-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO messages (id, channel, kind, subject, body, created_at) "
        "VALUES ('m1', 'hook', 'story.new', 'S', x'00ff', '2026-03-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO deliveries (id, message_id, channel, recipient, state, next_at, created_at) VALUES "
        "('d1', 'm1', 'hook', 'hook', 'pending', '2026-03-01 00:00:00.000000', '2026-03-01 00:00:00.000000')"
    ),
)


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


def is_sound(path: Path) -> bool:
    """Upgrade without a fault, and return whether the database is complete and sound."""
    database = Database.open(f"sqlite:///{path}")
    with database.read() as ledger:
        kept = (ledger.items.count(), [one.delivery.id for one in ledger.outbox.postings()])
    sound = database.revision == HEAD and Database.faults(f"sqlite:///{path}") == [] and kept == (1, ["d1"])
    database.close()
    return sound


def main(revision: str, step: int) -> None:
    """Kill at every `step`th statement."""
    kills, broken = 0, []
    with TemporaryDirectory() as folder:
        original = ledger_at(revision, Path(folder) / "original.db")
        while True:
            path = Path(folder) / f"{kills}" / "ledger.db"
            path.parent.mkdir()
            shutil.copy(original, path)
            at = 1 + kills * step
            if not upgrade_killed_at(path, at):
                break
            kills += 1
            if not is_sound(path):
                broken.append(at)
    sys.stdout.write(json.dumps({"kills": kills, "broken": broken}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
