"""The declaration of a page: its address, its handler, and who may request it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from monitor.web.safety.limits import FORM_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

    Handler = Callable[[PageRequest], Awaitable[Response]]


class Admission(Enum):
    """The visitors who may request a page."""

    ANYONE = auto()  # without signing in
    VISITOR = auto()  # owners and readers
    OWNER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One route. `path` is Starlette's, such as `/stories/{story}`; a GET page answers HEAD, too.

    `nav` is the page's name in the navigation, for those that are in it. `max_body` is in bytes. `cross_site` accepts
    POST requests from elsewhere, for addresses that carry their own proof. `bearer` accepts a token in the
    `Authorization` header instead of a session.
    """

    path: str
    handler: Handler
    method: str = "GET"
    admits: Admission = Admission.VISITOR
    nav: str | None = None
    max_body: int = FORM_BYTES
    cross_site: bool = False
    bearer: bool = False


def get(
    path: str, handler: Handler, *, admits: Admission = Admission.VISITOR, nav: str | None = None
) -> Page:
    """Return a page for GET requests."""
    return Page(path=path, handler=handler, admits=admits, nav=nav)


def post(
    path: str, handler: Handler, *, admits: Admission = Admission.OWNER, max_body: int = FORM_BYTES
) -> Page:
    """Return a page for POST requests, which change data."""
    return Page(path=path, handler=handler, method="POST", admits=admits, max_body=max_body)
