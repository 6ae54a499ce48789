"""Identifies the visitor who sends a request: by a trusted proxy's user, a session cookie, or a bearer token."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from monitor.views.access import Visitor, read_session, read_token_owner
from monitor.web.request.refused import PageRefused
from monitor.web.request.session_cookie import cookie_name
from monitor.web.safety.client import proxy_user
from storage.model.access import Role

if TYPE_CHECKING:
    from monitor.web.request.page_request import PageRequest

BEARER = "bearer "


async def visitor_of(ask: PageRequest, *, bearer: bool) -> Visitor | None:
    """Return the visitor, None if nobody is signed in; `bearer` says that the page takes tokens of programs.

    Raises:
        PageRefused: too many wrong tokens came from this address.
    """
    given = ask.http.headers.get("authorization", "")
    if bearer and given.lower().startswith(BEARER):
        return await _bearer(ask, given[len(BEARER) :].strip())
    peer = ask.http.client.host if ask.http.client else ""
    user = proxy_user(peer, ask.http.headers, ask.context.pages)
    if user is not None:
        return Visitor(name=user, role=Role.OWNER)
    cookie = ask.http.cookies.get(cookie_name(ask.http, ask.context))
    if not cookie:
        return None
    return await ask.read(lambda ledger: read_session(ledger, cookie, pages=ask.context.pages, now=ask.now))


async def _bearer(ask: PageRequest, token: str) -> Visitor | None:
    guesses, now = ask.context.guesses, monotonic()
    wait = guesses.wait(ask.client, now=now)
    if wait > 0:
        raise PageRefused(429, "Too many wrong tokens came from your address.", f"Try again in {wait:.0f} s.")
    owner = await ask.read(lambda ledger: read_token_owner(ledger, token, pages=ask.context.pages))
    if owner is None:
        guesses.wrong(ask.client, now=now)
        return None
    return Visitor(name=owner.name, role=owner.role)
