"""Creates and replaces the key of the links in messages, and creates the name of the topics' feeds."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from alerts.links.key import FEEDS, NAME, link_key

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

NAME_BYTES = 8  # two databases of one owner must not share a name
KEY_BYTES = 32  # the output size of SHA-256 (RFC 2104, 3)


def begin_links(database: Database, *, now: datetime) -> None:
    """Create the key that signs links unless it exists."""
    with database.read() as ledger:
        if link_key(ledger) is not None:
            return
    with database.write() as ledger:
        ledger.keys.keep(NAME, secrets.token_hex(KEY_BYTES), now=now)


def name_feeds(database: Database, *, now: datetime) -> str:
    """Return the permanent name that distinguishes this database's feeds from all others."""
    with database.write() as ledger:
        return ledger.keys.keep(FEEDS, secrets.token_hex(NAME_BYTES), now=now)


def end_links(database: Database, *, now: datetime) -> None:
    """Replace the key: links sent before stop working, and later messages have new ones."""
    with database.write() as ledger:
        ledger.keys.replace(NAME, secrets.token_hex(KEY_BYTES), now=now)
