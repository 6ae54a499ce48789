"""The lock on a database file: one process holds it, and any number may ask whether it is held."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.engine.errors import AlreadyRunning
from storage.engine.file_lock import file_hold, is_file_held, refuse_held


def test_asking_refuses_no_process_that_starts(tmp_path: Path) -> None:
    """A daemon or `once` that starts while `status` and others ask takes the lock all the same."""
    database, stop = tmp_path / "storywatch.db", threading.Event()
    database.touch()
    with file_hold(database):
        pass

    def ask() -> None:
        while not stop.is_set():
            is_file_held(database)

    with ThreadPoolExecutor(4) as asking:
        for _ in range(4):
            asking.submit(ask)
        try:
            for _ in range(100):
                with file_hold(database):
                    pass
        finally:
            stop.set()


def test_asking_changes_nothing(tmp_path: Path) -> None:
    """The lock's file keeps the number of the last process that held it, and is not made by asking."""
    database = tmp_path / "storywatch.db"
    database.touch()
    lock = tmp_path / "storywatch.db.lock"
    refuse_held(f"sqlite:///{database}")
    assert (is_file_held(database), lock.exists()) == (False, False)
    lock.write_text("12345")
    refuse_held(f"sqlite:///{database}")
    assert (is_file_held(database), lock.read_text()) == (False, "12345")


def test_a_held_file_is_refused_to_others(tmp_path: Path) -> None:
    """The refusal names the process that holds it."""
    database = tmp_path / "storywatch.db"
    database.touch()
    with file_hold(database):
        assert is_file_held(database)
        with pytest.raises(AlreadyRunning, match="held by another storywatch"), file_hold(database):
            pass
        with pytest.raises(AlreadyRunning, match="held by another storywatch"):
            refuse_held(f"sqlite:///{database}")
