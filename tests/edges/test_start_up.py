"""Short commands import only what they need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from shell import configure, environment

import storage.model
from storage.database import Database
from storage.ledger import Ledger

HEAVY = {"sqlalchemy", "pydantic", "httpx", "feedparser", "numpy", "rich", "jinja2", "alembic", "asyncio"}
IMPORTED = """
import sys
from monitor.cli import main
try:
    main()
except SystemExit:
    print("imported:", *sys.modules, file=sys.stderr)
"""


def imported_by(*arguments: str, folder: Path) -> set[str]:
    """Return the modules that a command imports."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.rpartition("imported:")[2].split())


def test_help_imports_no_command(tmp_path: Path) -> None:
    """The modules that commands need are not imported either."""
    modules = imported_by("--help", folder=tmp_path)
    assert not modules & HEAVY
    assert "monitor.cli.feeds.list" not in modules


def test_commands_on_the_configuration_open_no_database(tmp_path: Path) -> None:
    """`topics list` needs no database."""
    configure(tmp_path, "https://example.org/feed")
    assert imported_by("topics", "list", folder=tmp_path) & HEAVY == {"pydantic"}


def test_a_list_imports_no_other_stores_and_no_other_database(tmp_path: Path) -> None:
    """On SQLite no PostgreSQL dialect, rendering or fetching is imported."""
    configure(tmp_path, "https://example.org/feed")
    imported_by("feeds", "list", folder=tmp_path)  # creates the tables
    modules = imported_by("feeds", "list", folder=tmp_path)
    assert modules & HEAVY == {"pydantic", "sqlalchemy", "asyncio"}
    assert "storage.stores.feeds" in modules
    assert not modules & {
        "sqlalchemy.dialects.postgresql",
        "storage.stores.history",
        "storage.stores.pruning",
    }


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        (
            "monitor.polling.parsing.read_body",
            {"Stemmer", "asyncio", "click", "numpy", "sqlalchemy", "stopwordsiso"},
        ),
        ("monitor.polling.http.transport", {"click", "pygments", "rich"}),
    ],
)
def test_readers_and_fetchers_import_little(module: str, needless: set[str]) -> None:
    """These processes run for long, and each import is memory that stays in use."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & needless


@pytest.mark.parametrize("store", Ledger.__annotations__)
def test_every_store_is_an_attribute_of_a_ledger(sqlite_database: Database, store: str) -> None:
    """It has the name of its module, and is the same object throughout a transaction."""
    with sqlite_database.read() as ledger:
        assert type(getattr(ledger, store)).__module__ == f"storage.stores.{store}"
        assert getattr(ledger, store) is getattr(ledger, store)


def test_an_unknown_attribute_of_a_ledger_is_an_error(sqlite_database: Database) -> None:
    """It raises AttributeError, as for any object."""
    with sqlite_database.read() as ledger, pytest.raises(AttributeError, match="no 'nonsense'"):
        _ = ledger.nonsense  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = storage.model.Nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", storage.model.__all__)
def test_every_value_is_importable_from_the_model(name: str) -> None:
    """It does not matter which module of `storage.model` defines it."""
    assert getattr(storage.model, name) is not None
