"""Sign a browser in and out, and make the sign-in link that `run` prints."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model.access import hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from storage.model.access import Role, SignInSource

SESSION = timedelta(days=30)
VISIT_PAUSE = timedelta(minutes=30)  # idle time after which the next page begins a new visit
VISIT_STEP = timedelta(minutes=1)  # precision of a visitor's last visit
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session: the cookie's value and its expiry."""

    cookie: str
    until: datetime


def open_session(
    database: Database, *, name: str, role: Role, source: SignInSource, proof: str, now: datetime
) -> SignedIn:
    """Open a session for the owner of a token whose hash is `proof`."""
    cookie, until = secrets.token_urlsafe(TOKEN_BYTES), now + SESSION
    with database.write() as ledger:
        ledger.sessions.open(
            hash_of(cookie), name=name, role=role, source=source, proof=proof, now=now, until=until
        )
    return SignedIn(cookie=cookie, until=until)


def close_session(database: Database, session: int) -> None:
    """End a session."""
    with database.write() as ledger:
        ledger.sessions.close(session)


def close_all_sessions(database: Database) -> int:
    """End every session; return how many there were."""
    with database.write() as ledger:
        return ledger.sessions.close_all()


def note_visit(database: Database, name: str, *, now: datetime) -> None:
    """Record a visit, so that the next one shows what is new since."""
    with database.read() as ledger:
        last = ledger.sessions.last_visit(name)
    if last is not None and now - VISIT_STEP < last <= now:
        return  # most pages need no write transaction
    with database.write() as ledger:
        ledger.sessions.visit(name, now=now, pause=VISIT_PAUSE)


def make_sign_in_token(database: Database, *, key: str, now: datetime) -> str:
    """Return a token for a sign-in link, and invalidate the previous link. The hash is stored under `key`."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with database.write() as ledger:
        ledger.keys.replace(key, hash_of(token), now=now)
    return token
