"""Fixtures for all tests: a database on SQLite, and the same on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from postgresql import LedgerPool, administer, server_of, server_programs

from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the environment forbids writing bytecode beside the sources, each command that a test starts would compile the
# whole program again, half a second each, and each worker all tests, five seconds each.
if sys.dont_write_bytecode:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    sys.dont_write_bytecode = False

TEMPLATE = "storywatch_template"
IS_CI = os.environ.get("STORYWATCH_REQUIRE_PARTS") == "1"  # set by `.ci/run`, where every part is installed
# Nothing is timed, so a slow machine fails no test.
EXAMPLES = 100 if IS_CI else 40  # of each property: a plain run of tests/core stays within 20 CPU seconds
settings.register_profile(
    "storywatch", deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("storywatch")
ALLOWED_SKIPS: dict[str, str] = {
    "no network namespace can be made here": "a container may lack the right to; kills, halts and crashes are tested without",
    "no file system can be mounted here": "a container may lack the right to; the crash harness fills its disk by itself",
    "no machine can be booted here": "a container may lack the right to; the files of the package are tested without",
}  # words of a skip that `.ci/run` lets pass → why it may
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect skips, because a skipped test is a missing test where every part is installed."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(f"{report.nodeid}: {report.longrepr}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of `.ci/run` that skipped something not listed."""
    unlisted = [skip for skip in _skipped if not any(words in skip for words in ALLOWED_SKIPS)]
    if IS_CI and unlisted and exitstatus == pytest.ExitCode.OK:
        print("\nskipped for lack of a part:", *unlisted, sep="\n  ")  # noqa: T201
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Iterator[None]:
    """Start three workers for two cores: for a third of its time a test waits for a process or a server."""
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + cores // 2


@pytest.fixture(scope="session")
def server_folder() -> Path:
    """The folder with the programs of a PostgreSQL server."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server programs here (Debian: apt-get install postgresql)")
    return programs


@pytest.fixture(scope="session")
def postgresql_server(server_folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, without its database name."""
    with server_of(server_folder) as server:
        yield server.url


@pytest.fixture(scope="session")
def postgresql_ledgers(postgresql_server: str) -> LedgerPool:
    """Ledgers on PostgreSQL, copied from one at the newest schema."""
    administer(postgresql_server, f"CREATE DATABASE {TEMPLATE}")
    Database.open(postgresql_server.format(name=TEMPLATE)).close()
    return LedgerPool(postgresql_server, TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file at the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    name = f"t{uuid4().hex}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.format(name=name)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_ledger_url(postgresql_ledgers: LedgerPool) -> Iterator[str]:
    """The URL of an empty ledger on PostgreSQL, at the newest schema."""
    with postgresql_ledgers.lent() as url:
        yield url


@pytest.fixture
def postgresql_database(postgresql_ledger_url: str) -> Iterator[Database]:
    """An open, empty ledger on PostgreSQL."""
    opened = Database.open(postgresql_ledger_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database without tables, once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An open, empty ledger, once on each kind of database."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """An open, empty ledger on SQLite."""
    path = shutil.copy(sqlite_template, tmp_path / "ledger.db")
    opened = Database.open(f"sqlite:///{path}")
    yield opened
    opened.close()
