"""An API endpoint: its address, parameters and answer, and the handling of requests around its handler.

Lists are paginated: `limit` sets the length, `Link` has the next page (RFC 8288). Answers have an `ETag`, and a
request with the current one gets 304 (RFC 9110, 13.1.2).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.web.api.parameters import Parameter, body_of, words_of
from monitor.web.request.conditional import conditional
from monitor.web.request.page import Admission, Page
from monitor.web.request.recognise_visitor import BEARER
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from alerts.schemas.json_schema import Schema
    from monitor.web.request.page import Handler
    from monitor.web.request.page_request import PageRequest

PREFIX = "/api/v1"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A part of a list, and the query parameters of the next part; None at the end."""

    rows: Sequence[Mapping[str, Any]]
    following: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint of `/api/v1`. `handler` gets the request and its parameters by name, from the query or the body."""

    path: str
    summary: str
    answer: Schema
    handler: Callable[[PageRequest, Mapping[str, Any]], Awaitable[Any]]
    words: tuple[Parameter, ...] = ()
    method: str = "GET"
    admits: Admission = field(default=Admission.VISITOR)

    @property
    def page(self) -> Page:
        """The endpoint as a route of the site."""
        is_action = self.method == "POST"
        return Page(
            path=f"{PREFIX}{self.path}",
            handler=_acting(self) if is_action else _reading(self),
            method=self.method,
            admits=self.admits,
            bearer=True,
            cross_site=is_action,
        )


def reads(
    path: str,
    handler: Callable[[PageRequest, Mapping[str, Any]], Awaitable[Any]],
    summary: str,
    answer: Schema,
    *words: Parameter,
) -> Endpoint:
    """Return an endpoint that reads data, for owners and readers."""
    return Endpoint(path=path, summary=summary, answer=answer, handler=handler, words=words)


def acts(
    path: str,
    handler: Callable[[PageRequest, Mapping[str, Any]], Awaitable[Any]],
    summary: str,
    answer: Schema,
    *words: Parameter,
) -> Endpoint:
    """Return an endpoint that changes data, for owners with a token."""
    return Endpoint(
        path=path,
        summary=summary,
        answer=answer,
        handler=handler,
        words=words,
        method="POST",
        admits=Admission.OWNER,
    )


def _reading(endpoint: Endpoint) -> Handler:
    async def handle(ask: PageRequest) -> Response:
        found = await endpoint.handler(ask, words_of(ask.query, endpoint.words))
        if isinstance(found, Rows):
            return conditional(ask, encoded(list(found.rows)), JSON, **_next_page(ask, found))
        return conditional(ask, encoded(found), JSON)

    return handle


def _acting(endpoint: Endpoint) -> Handler:
    async def handle(ask: PageRequest) -> Response:
        # A form on another site can send the browser's cookie, but not a token.
        if not ask.http.headers.get("authorization", "").lower().startswith(BEARER):
            raise PageRefused(401, "This needs a token.", "Send it as “Authorization: Bearer TOKEN”.")
        if ask.query:
            raise PageRefused(
                400, "An action takes no parameter in its address.", "Send them in a JSON body."
            )
        done = await endpoint.handler(ask, await body_of(ask.http, endpoint.words))
        return Response(encoded(done), media_type=JSON)

    return handle


def encoded(value: Any) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _next_page(ask: PageRequest, found: Rows) -> dict[str, str]:
    if found.following is None:
        return {}
    query = urlencode({**ask.query, **found.following})
    return {"Link": f'<{ask.http.url.path}?{query}>; rel="next"'}
