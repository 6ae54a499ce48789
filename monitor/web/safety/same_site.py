"""Refuses requests for changes that another site's page sends with a visitor's cookie (CSRF)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})  # `none`: the person typed the address or opened a bookmark


def is_same_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is accepted: its method is safe, or the browser says that a page of this site sent it."""
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OURS
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
