"""A database locked by another writer: writers wait in turn, readers do not, and waiting is bounded (S3)."""

from __future__ import annotations

import gc
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fakes import NOW, FakeFetcher, FakeSender, a_polling, store, subscribe
from outgoing import only, post, run
from rounds import poll

from storage.database import Database
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.engine.writer_queue import WriterQueue
from storage.model import DeliveryState

DAMAGED = r"is damaged: .*storywatch db restore FILE"


@contextmanager
def written_to(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock, as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.fixture
def impatient(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A ledger whose writers give up after a twentieth of a second."""
    monkeypatch.setattr("storage.engine.engines.BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "ledger.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(Database.open(f"sqlite:///{path}")) as database:
        yield database


def test_objects_are_not_collected_within_a_write(sqlite_database: Database) -> None:
    """The collector, which may take longer than a write, waits until the lock is free, even after an error."""
    with pytest.raises(ZeroDivisionError), sqlite_database.write():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()


def test_garbage_is_collected_again_after_the_last_of_several_writers() -> None:
    """Of writers on two databases, the first to end does not let the collector run in the other's transaction."""
    first, second = WriterQueue().turn(), WriterQueue().turn()
    first.__enter__()
    with second:
        first.__exit__(None, None, None)
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_writer_waits_for_another(sqlite_database: Database, tmp_path: Path) -> None:
    """A transaction begins with the write lock, so it never fails half-way."""
    with written_to(tmp_path / "ledger.db") as other:
        writing = threading.Thread(target=subscribe, args=(sqlite_database, "https://example.org/feed"))
        writing.start()
        with sqlite_database.read() as ledger:  # readers see the committed rows
            assert ledger.feeds.subscribed() == []
        assert writing.is_alive()
        other.execute("ROLLBACK")
        writing.join(timeout=20)
    with sqlite_database.read() as ledger:
        assert len(ledger.feeds.subscribed()) == 1


def test_waiting_for_the_lock_ends_with_an_error(impatient: Database, tmp_path: Path) -> None:
    """The error is readable, and nothing is half done."""
    with (
        written_to(tmp_path / "ledger.db"),
        pytest.raises(
            DatabaseUnavailable, match=r"ledger\.db cannot be used now: database is locked; check whether"
        ),
        impatient.write(),
    ):
        pass


def test_nothing_is_sent_while_the_database_is_locked(impatient: Database, tmp_path: Path) -> None:
    """Deliveries that cannot be claimed are sent afterwards."""
    post(impatient)
    sender = FakeSender()
    with written_to(tmp_path / "ledger.db"), pytest.raises(DatabaseUnavailable):
        run(impatient, sender)
    assert sender.sent == []
    assert run(impatient, sender, now=NOW).sent == 1
    assert only(impatient).state is DeliveryState.SENT


def test_damage_found_at_run_time_is_named_with_a_fix(sqlite_database: Database, tmp_path: Path) -> None:
    """A page of the file is damaged while storywatch runs (S4)."""
    subscribe(sqlite_database, *(f"https://example.org/{number}" for number in range(500)))
    sqlite_database.close()
    path = tmp_path / "ledger.db"
    body = bytearray(path.read_bytes())
    body[4096 * 2 :] = b"\xff" * (len(body) - 4096 * 2)
    path.write_bytes(bytes(body))
    with (
        pytest.raises(DatabaseRefused, match=DAMAGED),
        sqlite_database.read() as ledger,
    ):
        ledger.feeds.subscribed()


def test_a_damaged_compressed_text_is_named_with_a_fix(sqlite_database: Database) -> None:
    """Reading the item and indexing its words find the damage (S4)."""
    subscribe(sqlite_database, "https://example.org/feed")
    [item] = store(sqlite_database, "One")
    spoil = "UPDATE items SET content = x'789cffffffff'"
    with sqlite_database.write() as ledger:
        ledger.match_queue.remove([item])
        ledger.items._connection.exec_driver_sql(spoil)
    with pytest.raises(DatabaseRefused, match=DAMAGED), sqlite_database.read() as ledger:
        ledger.items.get(item)
    with pytest.raises(DatabaseRefused, match=DAMAGED), sqlite_database.write() as ledger:
        ledger.match_queue.index_words()


def test_waiting_for_the_lock_ends_when_the_process_ends(sqlite_database: Database, tmp_path: Path) -> None:
    """Both the writer waiting for SQLite's lock and the one queued behind it give up at once."""
    ended: list[BaseException] = []

    def write() -> None:
        try:
            with sqlite_database.write():
                pass
        except DatabaseUnavailable as error:
            ended.append(error)

    waiting = [threading.Thread(target=write) for _ in range(2)]
    with written_to(tmp_path / "ledger.db"):
        for thread in waiting:
            thread.start()
        sqlite_database.stop_waiting()
        for thread in waiting:
            thread.join(timeout=20)  # ten seconds less than SQLite would wait
    assert len(ended) == 2


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_deleted_or_replaced_is_not_written_to(
    sqlite_database: Database, sqlite_template: Path, tmp_path: Path, *, replaced: bool
) -> None:
    """Such a write would be lost; while the lock is held, no empty file is created in the place of a deleted one."""
    path = tmp_path / "ledger.db"
    with sqlite_database.hold():
        path.rename(tmp_path / "aside.db")
        if replaced:
            path.write_bytes(sqlite_template.read_bytes())
        else:
            with pytest.raises(DatabaseRefused, match="was deleted while storywatch was running"):
                Database.open(f"sqlite:///{path}")
            assert not path.exists()
        with pytest.raises(DatabaseRefused, match=r"was (deleted|replaced)"), sqlite_database.write():
            pass


def test_a_folder_that_became_a_file_has_lost_the_database(sqlite_template: Path, tmp_path: Path) -> None:
    """A database file whose folder was moved away counts as deleted."""
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with closing(Database.open(f"sqlite:///{folder / 'ledger.db'}")) as database:
        folder.rename(tmp_path / "aside")
        folder.write_text("", encoding="utf-8")
        with pytest.raises(DatabaseRefused, match="was deleted"):
            database.check_file()


def test_a_missing_table_is_a_permanent_error(sqlite_database: Database) -> None:
    """A retry would not create the table."""
    with sqlite_database.write() as ledger:
        ledger.feeds._connection.exec_driver_sql("DROP TABLE readings")
    with (
        pytest.raises(DatabaseRefused, match="does not have the tables of this storywatch: no such table"),
        sqlite_database.read() as ledger,
    ):
        ledger.items.document_hashes(1)


def test_no_feed_is_polled_while_nothing_can_be_written(impatient: Database, tmp_path: Path) -> None:
    """The answer of a feed could not be stored."""
    subscribe(impatient, "https://example.org/feed")
    fetcher = FakeFetcher({})
    impatient.close()
    with closing(Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as database:
        with written_to(tmp_path / "ledger.db"), pytest.raises(DatabaseUnavailable):
            poll(a_polling(database, fetcher))
        assert fetcher.requests == []


def test_writers_of_one_process_queue(impatient: Database) -> None:
    """Waiting for another thread does not use up the time limit for other processes."""
    done: list[str] = []

    def write() -> None:
        with impatient.write():
            done.append("second")

    second = threading.Thread(target=write)
    with impatient.write():
        second.start()
        second.join(timeout=0.2)  # four times as long as SQLite would wait
        done.append("first")
    second.join(timeout=20)
    assert done == ["first", "second"]


def test_an_unavailable_database_is_a_temporary_error(impatient: Database, tmp_path: Path) -> None:
    """A file locked by another program and a stopped server are retried (C4)."""
    impatient.close()
    with (
        closing(Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as database,
        written_to(tmp_path / "ledger.db"),
        pytest.raises(DatabaseUnavailable, match="database is locked"),
    ):
        subscribe(database, "https://example.org/feed")
    pytest.importorskip("psycopg")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(DatabaseUnavailable, match="check that the server runs"):
            Database.open(f"postgresql+psycopg://storywatch@127.0.0.1:{port}/storywatch")
