"""The key that signs links, as the database keeps it, and the name of its feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Ledger

NAME = "links"  # of the key; in hexadecimal
FEEDS = "feeds"  # of the name that the entries of topics' feeds share


def link_key(ledger: Ledger) -> bytes | None:
    """Return the present key; None before pages were served."""
    key = ledger.keys.get(NAME)
    return None if key is None else bytes.fromhex(key)


def feeds_name(ledger: Ledger) -> str | None:
    """Return the name of this database's feeds; None before the first was asked for."""
    return ledger.keys.get(FEEDS)
