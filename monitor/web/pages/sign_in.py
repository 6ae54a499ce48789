"""Signing in with a token, and out again."""

from __future__ import annotations

from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from monitor.actions.access.sign_in import SESSION, close_all_sessions, close_session, open_session
from monitor.actions.access.tokens import note_token_use
from monitor.views.access import read_token_owner
from monitor.web.request.page import Admission, get, post
from monitor.web.request.page_request import local_path, see
from monitor.web.request.session_cookie import cookie_name
from monitor.web.safety.hosts import is_https
from storage.model.access import SignInSource

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.views.access import TokenOwner
    from monitor.web.request.page_request import PageRequest


async def show(ask: PageRequest) -> Response:
    """Show the form; the token of a printed link is filled in, but only the button signs in."""
    if ask.visitor is not None and "token" not in ask.query:
        return see("/")
    return _form(ask, token=ask.query.get("token", ""), leads_to=ask.query.get("next", "/"))


async def sign_in(ask: PageRequest) -> Response:
    """Open a session for the owner of a token."""
    form, now = await ask.form(), monotonic()
    leads_to = form.get("next", "/")
    wait = ask.context.guesses.wait(ask.client, now=now)
    if wait > 0:
        problem = f"Too many wrong tokens from your address. Try again in {ceil(wait)} s."
        answer = _form(ask, leads_to=leads_to, problem=problem, status=429)
        answer.headers["Retry-After"] = str(ceil(wait))
        return answer
    token = form.get("token", "").strip()
    owner = await ask.read(lambda ledger: read_token_owner(ledger, token, pages=ask.context.pages))
    if owner is None:
        ask.context.guesses.wrong(ask.client, now=now)
        problem = "This token is not valid. Copy all of it, or run “storywatch pages link” for a new one."
        return _form(ask, leads_to=leads_to, problem=problem, status=403)
    ask.context.guesses.right(ask.client)
    return await _opened(ask, owner, leads_to)


async def _opened(ask: PageRequest, owner: TokenOwner, leads_to: str) -> Response:
    opened = await ask.act(
        open_session,
        name=owner.name,
        role=owner.role,
        source=owner.source,
        proof=owner.proof,
        now=ask.now,
    )
    if owner.source is SignInSource.NAMED_TOKEN:
        await ask.act(note_token_use, owner.name, now=ask.now)
    answer = see(local_path(leads_to))
    secure = is_https(ask.context.pages, ask.http.headers.get("host", ""))
    answer.set_cookie(
        cookie_name(ask.http, ask.context),
        opened.cookie,
        max_age=int(SESSION.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return answer


async def sign_out(ask: PageRequest) -> Response:
    """End this browser's session."""
    if ask.who.session is not None:
        await ask.act(close_session, ask.who.session)
    return _signed_out(ask)


async def sign_out_everywhere(ask: PageRequest) -> Response:
    """End the sessions of every browser."""
    await ask.act(close_all_sessions)
    return _signed_out(ask)


def _signed_out(ask: PageRequest) -> Response:
    answer = see("/sign-in")
    secure = is_https(ask.context.pages, ask.http.headers.get("host", ""))
    answer.delete_cookie(
        cookie_name(ask.http, ask.context), path="/", secure=secure, httponly=True, samesite="lax"
    )
    return answer


def _form(
    ask: PageRequest, *, leads_to: str, token: str = "", problem: str = "", status: int = 200
) -> Response:
    leads_to = local_path(leads_to)
    return ask.page("sign_in", status=status, token=token, leads_to=leads_to, problem=problem)


PAGES = (
    get("/sign-in", show, admits=Admission.ANYONE),
    post("/sign-in", sign_in, admits=Admission.ANYONE),
    post("/sign-out", sign_out, admits=Admission.VISITOR),
    post("/sign-out-everywhere", sign_out_everywhere),
)
