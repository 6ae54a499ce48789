"""Who may see the pages, and what they may do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def hash_of(token: str) -> str:
    """Return what the database keeps of a token; tokens are random, so that a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Role(StrEnum):
    """What a visitor may do: an owner everything, a reader see everything and change nothing."""

    OWNER = "owner"
    READER = "reader"


class SignInSource(StrEnum):
    """What a session was opened with."""

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
