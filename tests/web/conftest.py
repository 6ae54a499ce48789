"""A storywatch with served pages, and signed-in browsers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from programs import program
from served import READER, Served, app_of, configured, serving, with_news

from storage.database import Database


@pytest.fixture(scope="session")
def news_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo's stories, to be copied."""
    folder = tmp_path_factory.mktemp("news")
    path = shutil.copy(sqlite_template, folder / "ledger.db")
    with closing(Database.open(f"sqlite:///{path}")) as database:
        with_news(app_of(configured(folder), database))
    return path


@pytest.fixture
def served(tmp_path: Path, news_template: Path) -> Iterator[Served]:
    """Pages with the demo's stories, on SQLite."""
    path = shutil.copy(news_template, tmp_path / "ledger.db")
    with (
        closing(Database.open(f"sqlite:///{path}")) as database,
        serving(app_of(configured(tmp_path), database)) as running,
    ):
        yield running


@pytest.fixture
def bare(tmp_path: Path, sqlite_database: Database) -> Iterator[Served]:
    """Pages of a storywatch to which nothing has happened yet."""
    with serving(app_of(configured(tmp_path), sqlite_database)) as running:
        yield running


@pytest.fixture
def served_anywhere(tmp_path: Path, database: Database) -> Iterator[Served]:
    """Pages with the demo's stories, once on each database."""
    with serving(with_news(app_of(configured(tmp_path), database))) as running:
        yield running


@pytest.fixture
def owner(served: Served) -> Iterator[httpx.Client]:
    """A browser in which the owner is signed in."""
    with closing(served.client()) as browser:
        yield browser


@pytest.fixture
def reader(served: Served) -> Iterator[httpx.Client]:
    """A browser in which a reader is signed in."""
    with closing(served.client(READER)) as browser:
        yield browser


@pytest.fixture
def api(served: Served) -> Iterator[httpx.Client]:
    """A program of the owner, which may change something."""
    with program(served) as client:
        yield client


@pytest.fixture(scope="session")
def site(news_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Pages with the demo's stories, which no test changes."""
    folder = tmp_path_factory.mktemp("api")
    path = shutil.copy(news_template, folder / "ledger.db")
    with (
        closing(Database.open(f"sqlite:///{path}")) as database,
        serving(app_of(configured(folder), database)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def asking(site: Served) -> Iterator[httpx.Client]:
    """A program that only reads."""
    with program(site, READER) as client:
        yield client
