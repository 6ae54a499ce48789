"""Backups are taken while others write, restored whole, and their unsent deliveries are held (S4, S7)."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from fakes import NOW, FakeSender, contents, store, subscribe
from outgoing import deliveries, post, run

from monitor.actions.prune import make_shrinkable
from storage.backup.restore import restore
from storage.database import Database
from storage.engine import copies
from storage.engine.errors import AlreadyRunning, DatabaseRefused
from storage.model import DeliveryState

FEED = "https://example.org/feed"
PAGE = 8_192  # bytes


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def ledger(path: Path) -> dict[str, list[tuple[object, ...]]]:
    database = Database.open(url(path))
    try:
        return contents(database)
    finally:
        database.close()


def test_a_backup_under_load_is_consistent(sqlite_database: Database, tmp_path: Path) -> None:
    """While items are stored, a backup holds each transaction whole or not at all."""
    subscribe(sqlite_database, FEED)
    stop = threading.Event()
    written = threading.Event()

    def pour() -> None:
        number = 0
        while not stop.is_set():
            store(sqlite_database, f"{number} a", f"{number} b", f"{number} c", feed=FEED)
            number += 1
            written.set()

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        for number in range(5):
            written.clear()
            written.wait(10)
            sqlite_database.copy_to(tmp_path / f"{number}.db")
    finally:
        stop.set()
        pouring.join()
    counts = []
    for number in range(5):
        copy = Database.open(url(tmp_path / f"{number}.db"))
        assert Database.faults(url(tmp_path / f"{number}.db")) == []
        with copy.read() as read:
            counts.append(read.items.count())
        copy.close()
    assert all(count % 3 == 0 for count in counts)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_a_backup_replaces_only_an_older_backup(sqlite_database: Database, tmp_path: Path) -> None:
    """A mistyped name overwrites no other file."""
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary")
    with pytest.raises(DatabaseRefused, match="is not a storywatch database; choose another name"):
        sqlite_database.copy_to(diary)
    assert diary.read_text() == "dear diary"
    for _ in range(2):
        sqlite_database.copy_to(tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]


def test_unsent_deliveries_of_a_backup_are_held_after_a_restore(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """They may have been sent since, so they wait for replay or discard; sent ones stay sent."""
    post(sqlite_database, ident="1")
    run(sqlite_database, FakeSender())
    post(sqlite_database, ident="2")
    backup = tmp_path / "backup.db"
    sqlite_database.copy_to(backup)
    run(sqlite_database, FakeSender())
    live = tmp_path / "ledger.db"
    restored = restore(url(live), backup, now=NOW)
    assert (restored.held, restored.former) == (1, tmp_path / "ledger.db.before-restore")
    found = deliveries(sqlite_database)  # concurrent readers see the restored database at once
    assert found["d1-1"].state is DeliveryState.SENT
    assert found["d2-1"].state is DeliveryState.HELD
    assert str(found["d2-1"].last_error).startswith("restored: unsent in the backup")
    sender = FakeSender()
    run(sqlite_database, sender)
    assert sender.sent == []
    with sqlite_database.write() as writing:
        assert writing.deliveries.replay("d2-1", now=NOW)
    run(sqlite_database, sender)
    assert [delivery.id for _, delivery in sender.sent] == ["d2-1"]
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_restore_keeps_the_former_database(sqlite_database: Database, tmp_path: Path) -> None:
    """A mistaken restore can be undone by restoring the former database."""
    subscribe(sqlite_database, FEED)
    sqlite_database.copy_to(tmp_path / "old.db")
    store(sqlite_database, "newer", feed=FEED)
    before = contents(sqlite_database)
    restored = restore(url(tmp_path / "ledger.db"), tmp_path / "old.db", now=NOW)
    assert contents(sqlite_database) != before
    assert restored.former is not None
    restore(url(tmp_path / "ledger.db"), restored.former, now=NOW)
    assert contents(sqlite_database) == before


def test_a_damaged_database_is_replaced_and_kept(sqlite_template: Path, tmp_path: Path) -> None:
    """A restore works although the present database cannot be opened."""
    live = tmp_path / "ledger.db"
    live.write_bytes(b"this is no database at all" * 400)
    live.with_name("ledger.db-wal").write_bytes(b"neither is this")
    restored = restore(url(live), sqlite_template, now=NOW)
    assert restored.former is None
    assert (tmp_path / "ledger.db.broken").read_bytes().startswith(b"this is no")
    assert ledger(live) == ledger(sqlite_template)


@pytest.mark.parametrize("damage", [b"not a database", b""])
def test_a_bad_backup_changes_nothing(sqlite_database: Database, tmp_path: Path, damage: bytes) -> None:
    """A bad backup is refused by name before the database is touched."""
    bad = tmp_path / "bad.db"
    bad.write_bytes(damage)
    before = contents(sqlite_database)
    with pytest.raises(DatabaseRefused, match=r"bad\.db is not a storywatch database; nothing was changed"):
        restore(url(tmp_path / "ledger.db"), bad, now=NOW)
    assert contents(sqlite_database) == before


def test_a_backup_with_a_damaged_page_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    """Every page is checked, not only the first."""
    subscribe(sqlite_database, FEED)
    store(sqlite_database, *(f"title {number} {'x' * 200}" for number in range(300)), feed=FEED)
    backup = tmp_path / "backup.db"
    sqlite_database.copy_to(backup)
    body = bytearray(backup.read_bytes())
    page = body.index(b"title 150 ") // PAGE * PAGE  # in an item's text, so that the schema stays readable
    body[page : page + PAGE] = b"\xff" * PAGE
    backup.write_bytes(bytes(body))
    with pytest.raises(DatabaseRefused, match=r"damaged: .*; nothing was changed. Try an older backup"):
        restore(url(tmp_path / "ledger.db"), backup, now=NOW)


def test_nothing_is_restored_under_a_running_daemon(sqlite_database: Database, tmp_path: Path) -> None:
    """A running daemon would go on with state from the former database."""
    sqlite_database.copy_to(tmp_path / "backup.db")
    with sqlite_database.hold(), pytest.raises(AlreadyRunning):
        restore(url(tmp_path / "ledger.db"), tmp_path / "backup.db", now=NOW)


def test_a_newer_backup_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    """A restore is no downgrade (S4)."""
    backup = tmp_path / "backup.db"
    sqlite_database.copy_to(backup)
    connection = sqlite3.connect(backup, isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = contents(sqlite_database)
    with pytest.raises(DatabaseRefused, match="newer storywatch"):
        restore(url(tmp_path / "ledger.db"), backup, now=NOW)
    assert contents(sqlite_database) == before


@pytest.mark.parametrize(
    "program",
    [
        "CREATE TRIGGER steals AFTER INSERT ON items BEGIN DELETE FROM feeds; END",
        "CREATE VIEW odd AS SELECT * FROM feeds",
        "DROP TABLE readings",
    ],
)
def test_a_backup_with_another_schema_is_refused(
    sqlite_database: Database, tmp_path: Path, program: str
) -> None:
    """A trigger in it would run at storywatch's next write."""
    copy = tmp_path / "copy.db"
    sqlite_database.copy_to(copy)
    with sqlite3.connect(copy) as connection:
        connection.execute(program)
    connection.close()
    before = contents(sqlite_database)
    with pytest.raises(DatabaseRefused, match=r"copy\.db: (its|the table) .*nothing was changed"):
        restore(url(tmp_path / "ledger.db"), copy, now=NOW)
    assert contents(sqlite_database) == before


def test_a_backup_is_private_from_its_first_byte(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the owner can read the file, also while it is being written."""
    modes: list[int] = []
    monkeypatch.setattr(
        copies,
        "_reading",
        lambda path: modes.extend(_modes(tmp_path)) or READING(path),  # type: ignore[func-returns-value]
    )
    sqlite_database.copy_to(tmp_path / "copy.db")
    assert modes == [0o600]


READING = copies._reading


def _modes(folder: Path) -> list[int]:
    return [path.stat().st_mode & 0o777 for path in folder.glob(".copy.db.part")]


def test_a_file_that_cannot_shrink_in_steps_is_rewritten_only_while_nobody_works(tmp_path: Path) -> None:
    """Rewriting the file beside a daemon would block every writer for seconds."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE before (x)")
        connection.execute("DROP TABLE before")
    connection.close()
    database = Database.open(url(path))
    try:
        assert not database.shrinks_in_steps()
        database.give_back_space()
        with database.hold():
            assert not make_shrinkable(database)
        assert not database.shrinks_in_steps()
        assert make_shrinkable(database)
        assert database.shrinks_in_steps()
    finally:
        database.close()
