"""Whether two addresses are of one site. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from monitor.polling.sources.outlets import registrable


def is_same_site(one: str, other: str) -> bool:
    """Whether two URLs are on one host, or on hosts of one registrable domain."""
    first, second = urlsplit(one).hostname or "", urlsplit(other).hostname or ""
    return first == second or (registrable(first) or first) == (registrable(second) or second)
