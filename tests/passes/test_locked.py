"""A database locked by another writer: writers wait in turn, readers do not, and waiting is bounded (S3)."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fakes import NOW, FakeFetcher, FakeSender, a_polling, subscribe
from outgoing import only, post, run
from rounds import poll

from storage.database import Database
from storage.engine.errors import DatabaseRefused, LedgerAway
from storage.model import DeliveryState


@contextmanager
def written_to(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the writer's place, as another process would."""
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


def test_a_writer_waits_for_another(sqlite_database: Database, tmp_path: Path) -> None:
    """It begins as a writer, so it never fails half-way, and goes on when the other has ended."""
    with written_to(tmp_path / "ledger.db") as other:
        writing = threading.Thread(target=subscribe, args=(sqlite_database, "https://example.org/feed"))
        writing.start()
        with sqlite_database.read() as ledger:  # readers see what stands
            assert ledger.feeds.subscribed() == []
        assert writing.is_alive()
        other.execute("ROLLBACK")
        writing.join(timeout=20)
    with sqlite_database.read() as ledger:
        assert len(ledger.feeds.subscribed()) == 1


def test_waiting_has_an_end_with_words(impatient: Database, tmp_path: Path) -> None:
    """Not a traceback, and nothing half done."""
    with (
        written_to(tmp_path / "ledger.db"),
        pytest.raises(LedgerAway, match=r"ledger\.db cannot be used now: database is locked"),
        impatient.write(),
    ):
        pass


def test_nothing_is_sent_while_it_is_locked_and_everything_after(impatient: Database, tmp_path: Path) -> None:
    """What cannot be claimed is not sent."""
    post(impatient)
    sender = FakeSender()
    with written_to(tmp_path / "ledger.db"), pytest.raises(LedgerAway):
        run(impatient, sender)
    assert sender.sent == []
    assert run(impatient, sender, now=NOW).sent == 1
    assert only(impatient).state is DeliveryState.SENT


def test_damage_found_in_the_middle_is_named_with_its_remedy(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """A page gone bad under a running storywatch (S4)."""
    subscribe(sqlite_database, *(f"https://example.org/{number}" for number in range(500)))
    sqlite_database.close()
    path = tmp_path / "ledger.db"
    body = bytearray(path.read_bytes())
    body[4096 * 2 :] = b"\xff" * (len(body) - 4096 * 2)
    path.write_bytes(bytes(body))
    with (
        pytest.raises(DatabaseRefused, match=r"is damaged: .*storywatch db restore FILE"),
        sqlite_database.read() as ledger,
    ):
        ledger.feeds.subscribed()


def test_waiting_for_the_lock_ends_when_the_process_ends(sqlite_database: Database, tmp_path: Path) -> None:
    """Both the writer at SQLite's lock and the one behind it give up, though neither has waited for long."""
    ended: list[BaseException] = []

    def write() -> None:
        try:
            with sqlite_database.write():
                pass
        except LedgerAway as error:
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
    """What it takes would reach no file that stays; a lock that is held keeps an empty one from being created."""
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
    """Its folder may have been moved away as well."""
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with closing(Database.open(f"sqlite:///{folder / 'ledger.db'}")) as database:
        folder.rename(tmp_path / "aside")
        folder.write_text("", encoding="utf-8")
        with pytest.raises(DatabaseRefused, match="was deleted"):
            database.check_file()


def test_a_table_that_is_missing_is_a_refusal_and_no_passing_fault(sqlite_database: Database) -> None:
    """To try again would not create it."""
    with sqlite_database.write() as ledger:
        ledger.feeds._connection.exec_driver_sql("DROP TABLE readings")
    with (
        pytest.raises(DatabaseRefused, match="does not have the tables of this storywatch: no such table"),
        sqlite_database.read() as ledger,
    ):
        ledger.items.stood(1)


def test_nobody_is_asked_while_nothing_can_be_written(impatient: Database, tmp_path: Path) -> None:
    """What a feed would send could not be stored."""
    subscribe(impatient, "https://example.org/feed")
    fetcher = FakeFetcher({})
    impatient.close()
    with closing(Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as database:
        with written_to(tmp_path / "ledger.db"), pytest.raises(LedgerAway):
            poll(a_polling(database, fetcher))
        assert fetcher.requests == []


def test_writers_of_one_process_stand_in_line(impatient: Database) -> None:
    """None spends its patience with other processes on them."""
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


def test_what_is_away_at_the_start_may_come_back(impatient: Database, tmp_path: Path) -> None:
    """A file that another program keeps locked, and a server that does not run yet, are no refusals (C4)."""
    impatient.close()
    with (
        closing(Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as database,
        written_to(tmp_path / "ledger.db"),
        pytest.raises(LedgerAway, match="database is locked"),
    ):
        subscribe(database, "https://example.org/feed")
    pytest.importorskip("psycopg")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(LedgerAway, match="check that the server runs"):
            Database.open(f"postgresql+psycopg://storywatch@127.0.0.1:{port}/storywatch")
