"""Every former schema is upgraded with its rows, after a copy, whole or not at all (S6)."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from old_ledgers import KEPT, REVISIONS, faults_after_upgrade, ledger_at, step_to
from shell import configure, spoken
from sqlalchemy import create_engine, inspect, text

from storage.database import Database
from storage.engine.copies import is_database
from storage.engine.errors import AlreadyRunning
from storage.engine.migrate import HEAD

PROGRAM = Path(__file__).with_name("old_ledgers.py")


def test_a_database_of_every_schema_is_kept() -> None:
    """A new migration comes with a database of its schema; fix: python tests/crash/old_ledgers.py keep."""
    assert sorted(path.name.partition(".")[0] for path in KEPT.glob("*.db.xz")) == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_schema_is_upgraded_with_its_rows_after_a_copy(revision: str, tmp_path: Path) -> None:
    """Every row and value is kept, and a copy with the former schema is beside the database."""
    path = ledger_at(revision, tmp_path / "ledger.db")
    assert faults_after_upgrade(path, revision) == []
    copy = tmp_path / f"ledger.db.schema-{revision}"
    assert is_database(copy) if revision != HEAD else not copy.exists()


@pytest.mark.parametrize("revision", [REVISIONS[0], HEAD])
def test_what_a_person_sees_is_still_there(revision: str, tmp_path: Path) -> None:
    """After an upgrade the commands show the feeds, the story with its items, what waits, and why."""
    ledger_at(revision, tmp_path / "storywatch.db")
    configure(tmp_path, "https://harbour-courier.example/feed.xml")

    def shown(*words: str) -> Any:
        done = spoken(*words, "--format", "json", "--now", "2026-01-12T08:30:00+00:00", folder=tmp_path)
        assert done.code in {0, 1}, done.err
        return json.loads(done.out)

    [story] = shown("stories", "list", "--since", "3d")
    assert (story["id"], story["sources"]) == ("s1", 2)
    assert {"i2", "i3"} <= {item["id"] for item in shown("stories", "show", "s1")}
    states = {one["id"]: one["state"] for one in shown("alerts", "list")}
    assert states["dlv_1"] == "sent"
    assert "dlv_1" in json.dumps(shown("why", "i2"))
    assert [one["url"] for one in shown("feeds", "list")] == ["https://harbour-courier.example/feed.xml"]


@pytest.mark.slow
def test_a_server_is_upgraded_step_by_step_with_its_rows(postgresql_url: str) -> None:
    """On PostgreSQL each migration keeps the rows that the former schemas had."""
    engine = create_engine(postgresql_url)
    before: dict[str, int] = {}
    for revision in REVISIONS:
        with engine.begin() as connection:
            connection.execute(text("SET TIME ZONE 'UTC'"))
            step_to(connection, revision)
        with engine.connect() as connection:
            after = {
                name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
                for name in inspect(connection).get_table_names()
            }
        assert [name for name, count in before.items() if after.get(name, 0) < count] == []
        before = after
    engine.dispose()
    database = Database.open(postgresql_url)
    assert database.revision == HEAD
    database.close()
    assert Database.faults(postgresql_url) == []


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
        [sys.executable, PROGRAM, "kill", revision, str(step)],
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
