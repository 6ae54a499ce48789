"""Visitors of the pages, identified by a token, a cookie or a proxy's header, and the list of named tokens."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.views.iso import iso
from storage.model.access import Role, SignInSource, hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import PagesSettings
    from storage.database import Ledger
    from storage.model.access import AccessToken, Session

SIGN_IN_LINK = "sign-in-link"  # the key that holds the hash of the token in the last sign-in link


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """The owner of a valid token; `proof` is the token's hash."""

    name: str
    role: Role
    source: SignInSource
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person or program that may see the pages. `session` is the id of the browser's session, None without one.

    `name` is `owner`, `reader`, the name of a token, or the name of a user from the proxy.
    """

    name: str
    role: Role
    session: int | None = None

    @property
    def is_owner(self) -> bool:
        """Return whether the visitor may change things."""
        return self.role is Role.OWNER


def read_token_owner(ledger: Ledger, token: str, *, pages: PagesSettings) -> TokenOwner | None:
    """Return the owner of a token, which may be a configured one, that of the last sign-in link, or a named one."""
    proof = hash_of(token)
    for source, role, expected in (
        (SignInSource.TOKEN, Role.OWNER, _hash_or_none(pages.token)),
        (SignInSource.READER_TOKEN, Role.READER, _hash_or_none(pages.reader_token)),
        (SignInSource.LINK, Role.OWNER, ledger.keys.get(SIGN_IN_LINK)),
    ):
        if expected is not None and hmac.compare_digest(proof, expected):
            return TokenOwner(name=role.value, role=role, source=source, proof=proof)
    named = ledger.access_tokens.by_hash(proof)
    if named is None:
        return None
    return TokenOwner(name=named.name, role=named.role, source=SignInSource.NAMED_TOKEN, proof=proof)


def read_session(ledger: Ledger, cookie: str, *, pages: PagesSettings, now: datetime) -> Visitor | None:
    """Return the visitor of a session's cookie; None if the session has ended or its token was removed."""
    session = ledger.sessions.get(hash_of(cookie), now=now)
    if session is None or not _is_valid(ledger, session, pages):
        return None
    return Visitor(name=session.name, role=session.role, session=session.id)


def _is_valid(ledger: Ledger, session: Session, pages: PagesSettings) -> bool:
    """Return whether the token that opened a session is still valid; sessions outlive a sign-in link, used once."""
    match session.source:
        case SignInSource.TOKEN:
            return session.proof == _hash_or_none(pages.token)
        case SignInSource.READER_TOKEN:
            return session.proof == _hash_or_none(pages.reader_token)
        case SignInSource.NAMED_TOKEN:
            return ledger.access_tokens.by_hash(session.proof) is not None
        case SignInSource.LINK:
            return True


def _hash_or_none(token: str | None) -> str | None:
    return None if token is None else hash_of(token)


def read_access_tokens(ledger: Ledger) -> tuple[AccessToken, ...]:
    """Return the named tokens by their names."""
    return tuple(ledger.access_tokens.all())


def access_token_json(token: AccessToken) -> dict[str, Any]:
    """Return an entry of the output of `pages tokens --format json`."""
    return {
        "name": token.name,
        "role": token.role.value,
        "created_at": iso(token.created_at),
        "last_used_at": iso(token.last_used_at),
    }
