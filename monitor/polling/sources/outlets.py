"""The outlets that publish articles. An outlet's id is its registrable domain, an account on a platform, or a feed.

post.example      the registrable domain: sections and editions of a paper are one outlet
bob.github.io     a site under a suffix whose owner lets others use it
youtube.com/@bob  an account on a platform that hosts many publishers (`platforms.toml`)
127.0.0.1:8000    a host without a domain
feed:12           the feed of an item without a link
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from monitor.polling.http.address import Target, parse_target
from monitor.polling.sources.aggregators import is_mixed, is_opaque
from monitor.text.words import clean_line
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from publicsuffixlist import PublicSuffixList

    from storage.model import Publication

PLATFORMS = "platforms.toml"
KNOWN_HOSTS = 1 << 14  # hosts whose registrable domain is cached
KNOWN_ADDRESSES = 512  # an item's outlet is asked for twice while its feed is stored
MAX_ACCOUNT = 80  # characters
ENOUGH_ITEMS = 3  # items of a feed that must link to one outlet for the feed to belong to it
# Federated platforms have no list of servers; account addresses have the same form on all of them.
_FEDIVERSE = re.compile(r"/(@[\w.@-]{1,80})(?:/\d+)?/?")


@value
class Platform:
    """A site whose domain does not identify the publisher, and the part of its addresses that names the account."""

    domain: str
    path: re.Pattern[str] | None = None
    subdomains: bool = False
    author: bool = False


def outlet_of(publication: Publication, *, feed_id: int, home: str | None) -> str:
    """Return the id of an item's outlet; `home` is the feed's outlet, for items whose link does not identify one."""
    url = publication.url
    if url is None:
        return feed_outlet(feed_id)
    site, may_be_home = _site_of(url, publication.source_url, publication.author)
    return site or (home if may_be_home else None) or feed_outlet(feed_id)


@lru_cache(maxsize=KNOWN_ADDRESSES)
def _site_of(url: str, source_url: str | None, author: str | None) -> tuple[str | None, bool]:
    """Return the outlet that an item's addresses name, if any, and whether it may be the feed's own otherwise."""
    if is_opaque(url):
        return site_outlet(source_url), True
    return site_outlet(url, author=author), False


def feed_outlet(feed_id: int) -> str:
    """Return the id of an outlet of which only the feed is known."""
    return f"feed:{feed_id}"


@lru_cache(maxsize=KNOWN_ADDRESSES)
def site_outlet(url: str | None, *, author: str | None = None) -> str | None:
    """Return the id of the outlet of an address; None if it is invalid, or a platform's without an account."""
    target = parse_target(url) if url else None
    if not isinstance(target, Target):
        return None
    domain = registrable(target.host)
    if domain is None:
        return target.host if target.port in {80, 443} else target.host_key
    path = unquote(urlsplit(target.url).path)
    platform = _platforms().get(domain)
    if platform is None:
        account = _FEDIVERSE.fullmatch(path)
        return f"{domain}/{account[1].lower()}" if account else domain
    return _on_platform(platform, target.host, path, author)


def home_of(outlets: Iterable[str], *, site_url: str | None, url: str) -> str | None:
    """Return the outlet that a feed belongs to: that of its site, or of its address if most items link elsewhere.

    None for an aggregator's feed, which belongs to no outlet.
    """
    if is_mixed(url):
        return None
    counts, site = Counter(outlets), site_outlet(site_url)
    if site in counts:
        return site
    for outlet, most in counts.most_common(1):
        if most >= ENOUGH_ITEMS and 2 * most > counts.total():
            return outlet
    return site or site_outlet(url)


@lru_cache(maxsize=KNOWN_HOSTS)
def registrable(host: str) -> str | None:
    """Return the registrable domain of an ASCII host, private suffixes among the public ones; None for an IP address.

    A public suffix by itself, and a name without a dot, are their own.
    """
    try:
        ip_address(host)
    except ValueError:
        if "." not in host:
            return None
        return _suffixes().privatesuffix(host) or host
    return None


def _on_platform(platform: Platform, host: str, path: str, author: str | None) -> str | None:
    under = host.removeprefix("www.").removesuffix(platform.domain).strip(".")
    if platform.subdomains and under:
        return f"{under}.{platform.domain}"
    found = platform.path.match(path) if platform.path else None
    account = next((group for group in found.groups() if group), None) if found else None
    if account is None and platform.author and author:
        account = author
    return f"{platform.domain}/{clean_line(account).lower()[:MAX_ACCOUNT]}" if account else None


@lru_cache(maxsize=1)
def _platforms() -> Mapping[str, Platform]:
    table = tomllib.loads((files("monitor.polling.sources") / PLATFORMS).read_text(encoding="utf-8"))
    platforms = [
        Platform(
            domain=row["domain"],
            path=re.compile(row["path"]) if "path" in row else None,
            subdomains=row.get("subdomains", False),
            author=row.get("author", False),
        )
        for row in table["platform"]
    ]
    return {platform.domain: platform for platform in platforms}


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  # 60 ms that commands which read need not pay

    return PublicSuffixList()
