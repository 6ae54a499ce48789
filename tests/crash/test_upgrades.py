"""Every former schema is upgraded with its rows, after a copy, whole or not at all (S6)."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from old_ledgers import REVISIONS, is_sound, ledger_at

from storage.database import Database
from storage.engine.copies import is_database
from storage.engine.errors import AlreadyRunning
from storage.engine.migrate import HEAD

PROGRAM = Path(__file__).with_name("old_ledgers.py")


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_schema_is_upgraded_with_its_rows_after_a_copy(revision: str, tmp_path: Path) -> None:
    """All rows are kept, and a copy with the former schema is beside the database."""
    path = ledger_at(revision, tmp_path / "ledger.db")
    assert is_sound(path)
    copy = tmp_path / f"ledger.db.schema-{revision}"
    assert is_database(copy) if revision != HEAD else not copy.exists()


def test_nothing_is_upgraded_under_a_running_daemon(tmp_path: Path) -> None:
    """An older daemon goes on undisturbed, and the new program says what to stop (S5, S6)."""
    path = ledger_at(REVISIONS[0], tmp_path / "ledger.db")
    lock = tmp_path / "ledger.db.lock"
    with lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunning):
            Database.open(f"sqlite:///{path}")
    Database.open(f"sqlite:///{path}").close()


def killed_upgrades(revision: str, step: int) -> int:
    done = subprocess.run(
        [sys.executable, PROGRAM, revision, str(step)],
        env={**os.environ, "PYTHONPATH": str(PROGRAM.parent.parent.parent)},
        capture_output=True,
        check=True,
        text=True,
    )
    came_to = json.loads(done.stdout)
    assert came_to["broken"] == []
    return int(came_to["kills"])


def test_an_upgrade_killed_on_its_way_starts_again() -> None:
    """It is killed at a sample of its statements, from the first schema."""
    assert killed_upgrades(REVISIONS[0], 11) > 3


@pytest.mark.slow
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_killed_anywhere_starts_again(revision: str) -> None:
    """It is killed at every statement and commit, from every schema."""
    assert killed_upgrades(revision, 1) > 3
