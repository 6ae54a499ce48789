"""Databases with some known outlets."""

from __future__ import annotations

import pytest
from fakes import subscribe
from newsroom import FEEDS

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
