"""Conditional answers: 304 if the client's copy is current (RFC 9110, 13.1.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from monitor.web.request.page_request import PageRequest

CACHE = "private, no-cache"  # cached by the client, and not by proxies


def conditional(ask: PageRequest, body: bytes, media: str, **headers: str) -> Response:
    """Return the answer with its `ETag`, or 304 if the request has this `ETag`."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    common = {"ETag": tag, "Cache-Control": CACHE, **headers}
    known = {one.strip().removeprefix("W/") for one in ask.http.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=common)
    return Response(body, media_type=media, headers=common)
