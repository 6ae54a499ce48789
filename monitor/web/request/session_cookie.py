"""The name of the session cookie, which differs between two instances of storywatch on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.web.safety.hosts import is_https

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from monitor.web.request.context import SiteContext


def cookie_name(http: HTTPConnection, context: SiteContext) -> str:
    """Return the cookie's name; its prefix under https makes browsers reject it from other hosts and plain http."""
    if is_https(context.pages, http.headers.get("host", "")):
        return "__Host-storywatch"
    return f"storywatch-{context.port}"  # browsers share cookies between the ports of a host
