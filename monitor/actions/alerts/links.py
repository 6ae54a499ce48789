"""The key of the links in messages, made once and changed to end all links; and the name of the feeds of topics."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from alerts.links.key import FEEDS, NAME, link_key

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

NAME_BYTES = 8  # two databases of one owner must not share a name
KEY_BYTES = 32  # as many as SHA-256 gives (RFC 2104, 3)


def begin_links(database: Database, *, now: datetime) -> None:
    """Make the key that signs links, unless there is one."""
    with database.read() as ledger:
        if link_key(ledger) is not None:
            return
    with database.write() as ledger:
        ledger.keys.keep(NAME, secrets.token_hex(KEY_BYTES), now=now)


def name_feeds(database: Database, *, now: datetime) -> str:
    """Return what tells the entries of this database's feeds from those of any other, for good."""
    with database.write() as ledger:
        return ledger.keys.keep(FEEDS, secrets.token_hex(NAME_BYTES), now=now)


def end_links(database: Database, *, now: datetime) -> None:
    """Change the key: no link that was sent until now works any longer, and messages from now on carry new ones."""
    with database.write() as ledger:
        ledger.keys.replace(NAME, secrets.token_hex(KEY_BYTES), now=now)
