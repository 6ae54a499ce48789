"""Databases with some known outlets."""

from __future__ import annotations

import pytest
from fakes import subscribe
from newsroom import FEEDS
from pushing import PushedFeed, a_pushed_feed

from storage.database import Database


@pytest.fixture
def both(database: Database) -> Database:
    """A ledger with thirty outlets, once on each database."""
    subscribe(database, *FEEDS)
    return database


@pytest.fixture
def ledger_(sqlite_database: Database) -> Database:
    """A ledger with thirty outlets."""
    subscribe(sqlite_database, *FEEDS)
    return sqlite_database


@pytest.fixture
def pushed(sqlite_database: Database) -> PushedFeed:
    """A feed with a hub, that was polled once."""
    return a_pushed_feed(sqlite_database)


@pytest.fixture
def active(pushed: PushedFeed) -> PushedFeed:
    """The same with a verified subscription."""
    pushed.ask()
    assert pushed.confirm() == "c"
    return pushed
