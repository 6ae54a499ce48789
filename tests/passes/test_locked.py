"""A ledger that another is writing to: writers wait their turn, readers do not, and waiting has an end (S3)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fakes import NOW, FakeSender, subscribe
from outgoing import only, post, run

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
