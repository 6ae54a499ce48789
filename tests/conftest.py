"""What every test may ask for: a ledger on a real SQLite, and the same on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
IS_CI = os.environ.get("STORYWATCH_REQUIRE_PARTS") == "1"  # set by `.ci/run`: there every part is installed
ALLOWED_SKIPS: dict[str, str] = {}  # words of a skip that `.ci/run` lets pass → why it may
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Gather skips: where every part is installed, a skipped test is a test that went missing."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(f"{report.nodeid}: {report.longrepr}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of `.ci/run` that skipped something not listed."""
    unlisted = [skip for skip in _skipped if not any(words in skip for words in ALLOWED_SKIPS)]
    if IS_CI and unlisted and exitstatus == pytest.ExitCode.OK:
        print("\nskipped for lack of a part:", *unlisted, sep="\n  ")  # noqa: T201
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _server_programs() -> Path | None:
    """Return the folder with initdb and postgres, from Debian's layout or the PATH."""
    for folder in sorted(DEBIAN_SERVERS.glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _as_server_user(folder: Path) -> list[str]:
    """PostgreSQL refuses root: give the folder to another user and return the prefix that becomes it."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user="postgres", group="postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, without its database name."""
    programs = _server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server programs here (Debian: apt-get install postgresql)")
    # A socket's path may have 107 bytes: pytest's own folders are too deep.
    folder = Path("/tmp") / f"storywatch-pg-{uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    become = _as_server_user(folder)
    try:
        subprocess.run(
            [
                *become,
                programs / "initdb",
                "-D",
                folder / "data",
                "-U",
                "storywatch",
                "-A",
                "trust",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        control = [*become, programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
        try:
            yield f"postgresql+psycopg://storywatch@/{{name}}?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    name = f"t{uuid4().hex}"
    administration = postgresql_server.format(name="postgres").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield postgresql_server.format(name=name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty ledger, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def database(ledger_url: str) -> Iterator[Database]:
    """An open, empty ledger, once on each database."""
    opened = Database.open(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An open, empty ledger on SQLite."""
    opened = Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()
