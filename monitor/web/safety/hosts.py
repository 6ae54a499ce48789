"""The host names that the pages answer to; others are refused, which prevents DNS rebinding."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from monitor.config.settings import PagesSettings

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


def allowed_hosts(pages: PagesSettings, *, port: int) -> frozenset[str]:
    """Return the `Host` headers that are answered: those of the public address, the listening one and localhost."""
    public = frozenset[str]() if pages.url is None else public_hosts(pages.url)
    return local_hosts(pages, port=port) | public


def local_hosts(pages: PagesSettings, *, port: int) -> frozenset[str]:
    """Return the `Host` headers by which programs of this machine call the pages."""
    names = set(LOOPBACK)
    if pages.listen is not None:
        address = ip_address(pages.listen[0])
        if not address.is_unspecified:
            names.add(f"[{address}]" if address.version == 6 else str(address))  # noqa: PLR2004 - IPv6
    named = frozenset(f"{name}:{port}" for name in names)
    return named | names if port == DEFAULT_PORTS["http"] else named


def public_hosts(url: str) -> frozenset[str]:
    """Return the `Host` headers of the public address; browsers omit the scheme's default port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    default = DEFAULT_PORTS[parts.scheme]
    return frozenset({host, f"{host}:{default}"} if parts.port in {None, default} else {parts.netloc})


def is_https(pages: PagesSettings, host: str) -> bool:
    """Whether browsers use https for this host, so that the cookie must not be sent over plain http."""
    url = pages.url
    return url is not None and url.startswith("https://") and host.lower() in public_hosts(url)


def site_address(pages: PagesSettings, *, port: int) -> str:
    """Return the address at which a person opens the pages, without a slash at its end."""
    if pages.url is not None or pages.listen is None:
        return pages.url or ""
    host = pages.listen[0]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
