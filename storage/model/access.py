"""Sessions, tokens and roles of visitors of the pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def hash_of(token: str) -> str:
    """Return the hash of a token, which the database keeps; tokens are random, so a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Role(StrEnum):
    """The rights of a visitor: an owner may do everything, a reader may see everything and change nothing."""

    OWNER = "owner"
    READER = "reader"


class SignInSource(StrEnum):
    """The means by which a session was opened."""

    TOKEN = "token"  # noqa: S105 - the name of a key of the configuration
    READER_TOKEN = "reader_token"  # noqa: S105
    LINK = "link"
    NAMED_TOKEN = "named_token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. `proof` is the hash of the token it signed in with."""

    id: int
    name: str
    role: Role
    source: SignInSource
    proof: str
    created_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A named token of a program or a colleague; the token itself is shown once and kept as a hash."""

    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
