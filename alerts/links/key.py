"""Reads from the database the key that signs links and the name used in the ids of topic feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Ledger

NAME = "links"  # database key of the signing key, stored in hexadecimal
FEEDS = "feeds"  # database key of the name that is part of every id in topic feeds


def link_key(ledger: Ledger) -> bytes | None:
    """Return the current key; None if pages have never been served."""
    key = ledger.keys.get(NAME)
    return None if key is None else bytes.fromhex(key)


def feeds_name(ledger: Ledger) -> str | None:
    """Return the name of this database's feeds; None if no feed has been requested yet."""
    return ledger.keys.get(FEEDS)
