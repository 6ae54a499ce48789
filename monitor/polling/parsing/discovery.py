"""Finds the feeds that a web page links to (`<link rel="alternate">` and similar), as normalised URLs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from monitor.polling.http.address import Target, parse_target
from monitor.polling.parsing.decode import codec_of
from monitor.text.words import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborNode

MAX_PAGE = 1_000_000  # bytes; the links to feeds are in a page's head
_TYPES = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/feed+json": "JSON Feed",
    "application/rdf+xml": "RSS",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/rss": "RSS",
    "application/atom": "Atom",
    "application/x-rss+xml": "RSS",
    "application/x-atom+xml": "Atom",
    "text/rss": "RSS",
    "text/atom": "Atom",
}
_FEED_LIKE = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:feed|rss|atom)(?:\.xml|\.json)?|/(?:index|feeds?)\.xml)/?$", re.IGNORECASE
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A feed that a page links to: its normalised URL, the link's title, and its kind as shown to people."""

    url: str
    title: str
    kind: str


def discover(page: bytes, *, url: str, headers: Mapping[str, str]) -> list[Discovered]:
    """Return the feeds that the page at `url` links to, without repetitions, in the page's order.

    These are links with `rel="alternate"` or `rel="feed"` and a feed's type
    (https://www.rssboard.org/rss-autodiscovery); if there are none, ordinary links whose address looks like a feed's.
    """
    tree = LexborHTMLParser(decode_page(page[:MAX_PAGE], headers.get("content-type", "")))
    base = _base(tree, url)
    found = list(_named(tree, base)) or list(_feed_like(tree, base))
    return list({one.url: one for one in reversed(found)}.values())[::-1]


def decode_page(page: bytes, content_type: str) -> str:
    """Decode by the header's charset, else by the page's charset, else as UTF-8."""
    declared = _CHARSET.search(content_type)
    declared = declared or _CHARSET.search(page[:2048].decode("latin-1"))
    for charset in (declared[1] if declared else "utf-8", "utf-8"):
        try:
            return page.decode(codec_of(charset) or charset, "strict")
        except (LookupError, UnicodeError):
            continue
    return page.decode("windows-1252", "replace")


def _base(tree: LexborHTMLParser, url: str) -> str:
    for node in tree.css("base[href]"):
        return _joined(url, node.attributes.get("href") or "") or url
    return url


def _named(tree: LexborHTMLParser, base: str) -> Iterator[Discovered]:
    for node in tree.css("link[href][rel], a[href][rel]"):
        relations = set((node.attributes.get("rel") or "").lower().split())
        kind = _TYPES.get((node.attributes.get("type") or "").split(";")[0].strip().lower())
        is_feed = "feed" in relations or ("alternate" in relations and kind is not None)
        if is_feed and "stylesheet" not in relations:
            yield from _discovered(node, base, kind or "feed", node.attributes.get("title") or "")


def _feed_like(tree: LexborHTMLParser, base: str) -> Iterator[Discovered]:
    for node in tree.css("a[href]"):
        path = (node.attributes.get("href") or "").split("#")[0].split("?")[0].strip()
        if _FEED_LIKE.search(path):
            yield from _discovered(node, base, "link", node.text())


def _discovered(node: LexborNode, base: str, kind: str, title: str) -> Iterator[Discovered]:
    target = parse_target(_joined(base, node.attributes.get("href") or ""))
    if isinstance(target, Target):
        yield Discovered(url=target.url, title=clean_line(title).strip(), kind=kind)


def _joined(base: str, href: str) -> str:
    bare = (
        "".join(href.split("\n")).replace("\t", "").replace("\r", "").strip()
    )  # as browsers do (URL Standard)
    if not bare:
        return ""
    if bare.lower().startswith("feed:"):
        return bare
    try:
        return urljoin(base, bare)
    except ValueError:
        return ""
