"""The site as an ASGI application: applies the safety rules to a request, then calls the page at its address.

    SafetyHeaders ─▶ Limits ─▶ Host ─▶ same site ─▶ router ─▶ visitor ─▶ page handler

A view's refusal gives 404, an action's 409; error pages include a remedy. Under `/api/` errors are JSON (RFC 9457).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route, Router

from monitor.actions.refused import ActionRefused
from monitor.config.errors import BadValueError, ConfigErrors, TopicRefused
from monitor.views.refused import ViewRefused
from monitor.web.registry import every_page
from monitor.web.request.encoded_slash import path_for_routing, sent_path, with_slashes
from monitor.web.request.page import Admission
from monitor.web.request.page_request import PageRequest, see
from monitor.web.request.recognise_visitor import visitor_of
from monitor.web.request.refused import PageRefused, sentence
from monitor.web.safety.headers import SafetyHeaders
from monitor.web.safety.hosts import allowed_hosts
from monitor.web.safety.limits import BodyTooLarge, Limits, bounded
from monitor.web.safety.same_site import is_same_site
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from monitor.web.request.context import SiteContext
    from monitor.web.request.page import Page

log = logging.getLogger(__name__)

API = "/api/"
NOT_FOUND = PageRefused(404, "There is no such page.", "The address may be mistyped.")
BUTTON = "It is the address of a button: open the page with that button and press it there."


class Site:
    """The application of one configuration; a reload of the configuration replaces its context."""

    def __init__(self, context: SiteContext) -> None:
        self._pages = every_page()
        self._nav = [(page.nav, page.path) for page in self._pages if page.nav is not None]
        proven = (page.path.partition("{")[0] for page in self._pages if page.cross_site)
        self._cross_site = (API, *proven)  # the API acts for a token alone, never for a cookie
        self._router = Router(
            [_PageRoute(self, page) for page in self._pages],
            default=self.refuse_unknown,
        )
        self._app = SafetyHeaders(Limits(self._checked))
        self.take(context)

    def take(self, context: SiteContext) -> None:
        """Answer requests that begin from now on with this context."""
        self.context = context
        self._hosts = allowed_hosts(context.pages, port=context.port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = Request(scope)
        answer: Response | None = None
        if http.headers.get("host", "").lower() not in self._hosts:
            answer = PlainTextResponse(
                "storywatch does not answer under this name.\n"
                "Whoever installed it can allow the name: by url of [pages] in the configuration.\n",
                status_code=421,
            )
        elif not is_same_site(http.method, http.headers) and not http.url.path.startswith(self._cross_site):
            refused = PageRefused(
                403, "The request came from another site.", "Open the page here and press the button again."
            )
            answer = self.error(self.request(http), refused)
        if answer is None:
            await self._router(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def refuse_unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for an unknown address."""
        ask = await self._asked(scope, receive)
        await self.error(ask, NOT_FOUND)(scope, receive, send)

    async def refuse_method(self, scope: Scope, receive: Receive, send: Send, *, allowed: str) -> None:
        """Answer a request with a method that its address does not accept."""
        ask = await self._asked(scope, receive)
        remedy = BUTTON if allowed == "POST" and not ask.http.url.path.startswith(API) else f"Use {allowed}."
        answer = self.error(ask, PageRefused(405, f"This address does not accept {ask.http.method}.", remedy))
        answer.headers["Allow"] = allowed
        await answer(scope, receive, send)

    async def _asked(self, scope: Scope, receive: Receive) -> PageRequest:
        """Return a request that no handler gets, with its visitor if that can be known."""
        ask = self.request(Request(scope, receive))
        with suppress(PageRefused, DatabaseUnavailable, DatabaseRefused):
            ask.visitor = await visitor_of(ask, bearer=False)
        return ask

    def request(self, http: Request) -> PageRequest:
        """Return a request as handlers see it, without a visitor yet."""
        return PageRequest(
            http=http, context=self.context, visitor=None, now=self.context.clock(), nav=self._nav
        )

    def error(self, ask: PageRequest, refused: PageRefused) -> Response:
        """Return an error page, or problem details (RFC 9457) for programs."""
        title = HTTPStatus(refused.status).phrase
        if ask.http.url.path.startswith(API):
            detail = f"{refused.cause} {refused.remedy}".strip()
            problem = {"type": "about:blank", "title": title, "status": refused.status, "detail": detail}
            named = {"WWW-Authenticate": "Bearer"} if refused.status == HTTPStatus.UNAUTHORIZED else None
            media = "application/problem+json"
            return JSONResponse(problem, status_code=refused.status, media_type=media, headers=named)
        return ask.page(
            "error", status=refused.status, title=title, cause=refused.cause, remedy=refused.remedy
        )


class _PageRoute(Route):
    """The route of one page; a wrong method is answered like other errors, not with plain text."""

    def __init__(self, site: Site, page: Page) -> None:
        super().__init__(page.path, _Endpoint(site, page), methods=[page.method])
        self._site = site
        self._method = page.method

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found, child = super().matches({**scope, "path": path_for_routing(scope)})
        if "path_params" in child:
            parts = child["path_params"].items()
            child["path_params"] = {name: with_slashes(part) for name, part in parts}
        return found, child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in (self.methods or ()):
            await self.app(scope, receive, send)
        else:
            await self._site.refuse_method(scope, receive, send, allowed=self._method)


class _Endpoint:
    """An ASGI application for one page, so that Starlette takes the methods from the route."""

    def __init__(self, site: Site, page: Page) -> None:
        self._site = site
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._page
        ask = self._site.request(Request(scope, bounded(receive, most=page.max_body)))
        try:
            answer = await self._answer(ask)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - one page's error must not end the others; it is logged and answered
            answer = self._site.error(ask, refusal_for(error))
        finally:
            await ask.close()
        await answer(scope, receive, send)
        await ask.run(ask.context.memory.note, len(getattr(answer, "body", b"")))

    async def _answer(self, ask: PageRequest) -> Response:
        page = self._page
        _refuse_large(ask.http, page.max_body)
        ask.visitor = await visitor_of(ask, bearer=page.bearer)
        if page.admits is not Admission.ANYONE:
            if ask.visitor is None:
                return self._unknown(ask)
            if page.admits is Admission.OWNER and not ask.visitor.is_owner:
                raise PageRefused(403, "You may read everything here, but not change it.", "Ask the owner.")
        return await page.handler(ask)

    def _unknown(self, ask: PageRequest) -> Response:
        """Redirect a person to the form, and tell a program that it needs a token."""
        path = sent_path(ask.http.scope)
        if path.startswith(API):
            raise PageRefused(401, "This needs a token.", "Send it as “Authorization: Bearer TOKEN”.")
        if ask.http.method not in {"GET", "HEAD"}:
            raise PageRefused(403, "You are not signed in.", "Sign in and try again.")
        query = f"?{ask.http.url.query}" if ask.http.url.query else ""
        return see(
            "/sign-in" if path == "/" and not query else f"/sign-in?next={quote(path + query, safe='')}"
        )


def _refuse_large(http: Request, most: int) -> None:
    length = http.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most:
        raise BodyTooLarge


def refusal_for(error: Exception) -> PageRefused:
    """Return the answer to an error of a handler; unexpected errors are logged."""
    match error:
        case PageRefused():
            return error
        case HTTPException():
            return PageRefused(error.status_code, f"{error.detail}.")
        case BodyTooLarge():
            return PageRefused(413, "What you sent is too large.", "Send less of it.")
        case _:
            return _refusal_below(error)


def _refusal_below(error: Exception) -> PageRefused:
    """Return the answer to an error of a view, an action or the database."""
    match error:
        case ViewRefused():
            return PageRefused(
                404, sentence(error), "The address may be mistyped, or the thing is no longer stored."
            )
        case ActionRefused() | TopicRefused() | BadValueError() | ConfigErrors():
            return PageRefused(409, sentence(error), "Nothing was changed.")
        case DatabaseUnavailable() | DatabaseRefused():
            return PageRefused(503, f"The database cannot be used now: {error}.", "Try again in a moment.")
        case OSError():
            return PageRefused(409, f"A file cannot be used: {error}.", "Ask whoever installed storywatch.")
        case _:
            log.error("pages outcome=fault", exc_info=error)
            return PageRefused(
                500,
                "storywatch failed to make this page.",
                "The error is in its log; please report it. Everything else continues.",
            )
