"""Make and revoke named tokens for programs and colleagues."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from storage.model.access import Role, hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

PREFIX = "sw_"  # a prefix by which people and secret scanners recognise a token
RESERVED = {role.value for role in Role}
MAX_NAME = 100


class TokenRefused(ActionRefused):
    """A token cannot be made or revoked; the message says why."""


def make_access_token(database: Database, name: str, *, role: Role, now: datetime) -> str:
    """Return a new token with this name; only its hash is stored, so it cannot be shown again.

    Raises:
        TokenRefused: the name is taken or cannot be used.
    """
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise TokenRefused(
            f"{name!r} cannot be the name of a token; fix: write one line of up to {MAX_NAME} characters"
        )
    if name in RESERVED:
        raise TokenRefused(
            f"the name {name!r} is reserved for the configured token; fix: choose another name"
        )
    token = PREFIX + secrets.token_urlsafe(32)
    with database.write() as ledger:
        if not ledger.access_tokens.add(name, hash_of(token), role=role, now=now):
            raise TokenRefused(
                f"there is a token {name!r} already; fix: revoke it first, or choose another name"
            )
    return token


def revoke_access_token(database: Database, name: str) -> None:
    """Delete a token; sessions that were opened with it end.

    Raises:
        TokenRefused: there is no token of this name.
    """
    with database.write() as ledger:
        if not ledger.access_tokens.remove(name):
            raise TokenRefused(f"no token {name!r}", "`storywatch pages tokens` lists them")


def note_token_use(database: Database, name: str, *, now: datetime) -> None:
    """Note when a token was last used."""
    with database.write() as ledger:
        ledger.access_tokens.use(name, now=now)
