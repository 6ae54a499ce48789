"""The sender of a request: the address behind a trusted proxy, and the user signed in there."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.settings import PagesSettings

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host")
MAX_USER = 100  # characters of a user's name


def client_address(peer: str, headers: Mapping[str, str], pages: PagesSettings) -> str:
    """Return the address that a request came from; for a trusted proxy, the last address that it names."""
    if not is_trusted(peer, pages):
        return peer
    named = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return named if _address(named) is not None else peer


def proxy_user(peer: str, headers: Mapping[str, str], pages: PagesSettings) -> str | None:
    """Return the user whom a trusted proxy has signed in."""
    if pages.trusted_header is None or not is_trusted(peer, pages):
        return None
    user = headers.get(pages.trusted_header.lower(), "").strip()
    return user[:MAX_USER] if user and user.isprintable() else None


def is_trusted(peer: str, pages: PagesSettings) -> bool:
    """Whether the other end of the connection is one of the configured proxies."""
    address = _address(peer)
    return address is not None and any(address in network for network in pages.trusted_proxies)


def is_loopback(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether the request comes from this machine and not through a proxy."""
    address = _address(peer)
    return address is not None and address.is_loopback and not any(name in headers for name in FORWARDED)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
