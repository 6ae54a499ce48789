"""Finds the hub and the topic of a feed: in the `Link` header first, then in the document (WebSub, section 4). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from monitor.polling.http.address import Target, parse_target
from storage.model.pushed import HubOffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.polling.parsing.parsed_feed import FeedFacts

MAX_LINKS = 8_000  # characters of `Link` headers that are read
MAX_URL = 2_000  # characters of a hub's address; longer ones are ignored
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def linked(header: str, rel: str, *, base: str) -> list[str]:
    """Return the absolute http(s) addresses with this relation in a `Link` header (RFC 8288), in order."""
    found = []
    for target, parameters in _LINK.findall(header[:MAX_LINKS]):
        named = _REL.search(parameters)
        relations = (named[1] or named[2] or "").lower().split() if named else []
        if rel in relations:
            found.append(_joined(base, target.strip()))
    return [url for url in found if _is_usable(url)]


def offer_of(*, url: str, headers: Mapping[str, str], facts: FeedFacts) -> HubOffer | None:
    """Return the first hub that a feed names, and its topic; None if it names none.

    `url` is the document's address, which is the topic of a feed that does not name its own.
    """
    header = headers.get("link", "")
    hubs, selves = linked(header, "hub", base=url), linked(header, "self", base=url)
    if not hubs:
        hubs, selves = _usable(facts.hub_urls), _usable((facts.self_url or "",)) or selves
    if not hubs:
        return None
    topic = next(iter(selves), url)
    return HubOffer(hub=hubs[0], topic=topic) if _is_usable(topic) else None


def is_topic(claimed: str, topic: str) -> bool:
    """Whether an address in a push is the topic; the scheme and a trailing slash are ignored."""
    return _bare(claimed) == _bare(topic)


def _bare(url: str) -> str:
    return re.sub(r"\Ahttps?://", "", url.strip(), flags=re.IGNORECASE).rstrip("/")


def _usable(urls: Iterable[str]) -> list[str]:
    return [url for url in urls if _is_usable(url)]


def _is_usable(url: str) -> bool:
    return 0 < len(url) <= MAX_URL and isinstance(parse_target(url), Target)


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:  # brackets without a valid IPv6 address
        return ""
