"""What every test may ask for: a ledger on a real SQLite, and the same on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = "storywatch_template"
DEBIAN_SERVERS = Path("/usr/lib/postgresql")
IS_CI = os.environ.get("STORYWATCH_REQUIRE_PARTS") == "1"  # set by `.ci/run`: there every part is installed
ALLOWED_SKIPS: dict[str, str] = {
    "no file system can be mounted here": "a container may lack the right to; the crash harness fills its disk by itself",
}  # words of a skip that `.ci/run` lets pass → why it may
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
        initialise = [*become, programs / "initdb", "-D", folder / "data", "-U", "storywatch"]
        subprocess.run([*initialise, "-A", "trust", "--no-sync"], check=True, capture_output=True, cwd=folder)
        control = [*become, programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
        try:
            yield f"postgresql+psycopg://storywatch@/{{name}}?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a database at the newest schema: to copy it is ten times quicker than to migrate another."""
    with _administrator(postgresql_server) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    Database.open(postgresql_server.format(name=TEMPLATE)).close()
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file at the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    Database.open(f"sqlite:///{path}").close()
    return path


def _administrator(server: str) -> psycopg.Connection[tuple[object, ...]]:
    url = server.format(name="postgres").replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(url, autocommit=True)


@contextmanager
def _postgresql_database(server: str, template: str) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    with _administrator(server) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.format(name=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    with _postgresql_database(postgresql_server, "template1") as url:
        yield url


@pytest.fixture
def postgresql_ledger_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """The URL of an empty ledger on PostgreSQL, at the newest schema."""
    with _postgresql_database(postgresql_server, postgresql_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each kind: no table stands in it yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An open, empty ledger, once on each kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    opened = Database.open(request.getfixturevalue("postgresql_ledger_url"))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """An open, empty ledger on SQLite."""
    path = shutil.copy(sqlite_template, tmp_path / "ledger.db")
    opened = Database.open(f"sqlite:///{path}")
    yield opened
    opened.close()
