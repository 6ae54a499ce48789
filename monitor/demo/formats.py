"""An outlet's items as RSS 2.0, RSS 1.0, Atom 1.0, JSON Feed 1.1 or a news sitemap: pure, times relative to the demo's start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, assert_never
from xml.etree import ElementTree as ET

from monitor.demo.outlets import Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.demo.outlets import DemoItem, Outlet

TAG_YEAR = "2024"  # RFC 4151 wants a date on which the name belonged to the tagger; the ids must never change

# Prefixes are written out: ElementTree's own registry of namespaces is global to the Python process.
RSS2_NAMESPACES = {
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
}
RSS1_NAMESPACES = {
    "xmlns": "http://purl.org/rss/1.0/",
    "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}
SITEMAP_NAMESPACES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9",
}
ATOM_NAMESPACE = {"xmlns": "http://www.w3.org/2005/Atom"}


@dataclass(frozen=True, slots=True)
class _Edition:
    """The contents of a feed document."""

    outlet: Outlet
    items: Sequence[DemoItem]
    now: datetime
    base_url: str

    @property
    def feed_url(self) -> str:
        return self.base_url + self.outlet.path

    def link(self, item: DemoItem) -> str:
        return self.base_url + item.path

    def key(self, item: DemoItem) -> str:
        return f"tag:{self.outlet.host},{TAG_YEAR}:{item.id}"

    def date(self, item: DemoItem) -> datetime:
        return item.published_at(start=self.now)


def render(outlet: Outlet, items: Sequence[DemoItem], *, now: datetime, base_url: str) -> tuple[bytes, str]:
    """Return the outlet's feed of `items` and its content type.

    `now` is the demo's start in aware UTC, `base_url` the outlet's address without a trailing slash.
    """
    edition = _Edition(outlet, items, now, base_url)
    match outlet.format:
        case Format.RSS2:
            return _document(_rss2(edition), outlet.encoding), _typed("application/rss+xml", outlet)
        case Format.RSS1:
            return _document(_rss1(edition), outlet.encoding), _typed("application/rdf+xml", outlet)
        case Format.ATOM:
            return _document(_atom(edition), outlet.encoding), _typed("application/atom+xml", outlet)
        case Format.JSON:
            return _json_feed(edition), "application/feed+json"
        case Format.SITEMAP:
            return _document(_sitemap(edition), outlet.encoding), _typed("application/xml", outlet)
        case unknown:
            assert_never(unknown)


def _typed(media_type: str, outlet: Outlet) -> str:
    return f"{media_type}; charset={outlet.encoding}"


def _document(root: ET.Element, encoding: str) -> bytes:
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding=encoding, xml_declaration=True)
    return document


def _put(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, name, attributes)
    child.text = text
    return child


def _rss2(edition: _Edition) -> ET.Element:
    """RSS 2.0 (RSS Advisory Board, 2.0.11) with Dublin Core authors."""
    root = ET.Element("rss", {"version": "2.0", **RSS2_NAMESPACES})
    channel = _put(root, "channel")
    _put(channel, "title", edition.outlet.title)
    _put(channel, "link", edition.base_url + "/")
    _put(channel, "description", edition.outlet.about)
    _put(channel, "language", edition.outlet.language)
    _put(channel, "atom:link", rel="self", href=edition.feed_url, type="application/rss+xml")
    for item in edition.items:
        entry = _put(channel, "item")
        _put(entry, "title", item.title)
        _put(entry, "link", edition.link(item))
        _put(entry, "guid", edition.key(item), isPermaLink="false")
        _put(entry, "description", item.summary)
        if edition.outlet.dated:
            _put(entry, "pubDate", format_datetime(edition.date(item), usegmt=True))
        _put_dublin_core(entry, item, subject="category")
    return root


def _rss1(edition: _Edition) -> ET.Element:
    """RSS 1.0 (RSS-DEV, 2000): an RDF graph whose channel lists the addresses of its items."""
    root = ET.Element("rdf:RDF", RSS1_NAMESPACES)
    channel = _put(root, "channel", None, **{"rdf:about": edition.feed_url})
    _put(channel, "title", edition.outlet.title)
    _put(channel, "link", edition.base_url + "/")
    _put(channel, "description", edition.outlet.about)
    _put(channel, "dc:language", edition.outlet.language)
    sequence = _put(_put(channel, "items"), "rdf:Seq")
    for item in edition.items:
        _put(sequence, "rdf:li", None, **{"rdf:resource": edition.link(item)})
        entry = _put(root, "item", None, **{"rdf:about": edition.link(item)})
        _put(entry, "title", item.title)
        _put(entry, "link", edition.link(item))
        _put(entry, "description", item.summary)
        _put(entry, "dc:identifier", edition.key(item))
        _put(entry, "dc:date", rfc3339(edition.date(item)))
        _put_dublin_core(entry, item, subject="dc:subject")
    return root


def _sitemap(edition: _Edition) -> ET.Element:
    """News sitemap (sitemaps.org 0.9 with Google's news 0.9): links, titles and dates, no texts."""
    root = ET.Element("urlset", SITEMAP_NAMESPACES)
    for item in edition.items:
        entry = _put(root, "url")
        _put(entry, "loc", edition.link(item))
        news = _put(entry, "news:news")
        publication = _put(news, "news:publication")
        _put(publication, "news:name", edition.outlet.title)
        _put(publication, "news:language", edition.outlet.language)
        _put(news, "news:publication_date", rfc3339(edition.date(item)))
        _put(news, "news:title", item.title)
    return root


def _put_dublin_core(entry: ET.Element, item: DemoItem, *, subject: str) -> None:
    if item.author is not None:
        _put(entry, "dc:creator", item.author)
    for category in item.categories:
        _put(entry, subject, category)


def _atom(edition: _Edition) -> ET.Element:
    """Atom 1.0 (RFC 4287); an outlet with markup gives content, the others a plain summary."""
    outlet = edition.outlet
    root = ET.Element("feed", {**ATOM_NAMESPACE, "xml:lang": outlet.language})
    _put(root, "id", f"tag:{outlet.host},{TAG_YEAR}:feed")
    _put(root, "title", outlet.title)
    _put(root, "subtitle", outlet.about)
    _put(root, "updated", rfc3339(edition.now - _youngest(edition.items)))
    _put(root, "link", rel="self", href=edition.feed_url)
    _put(root, "link", rel="alternate", href=edition.base_url + "/")
    _put(_put(root, "author"), "name", outlet.title)
    for item in edition.items:
        entry = _put(root, "entry")
        _put(entry, "id", edition.key(item))
        _put(entry, "title", item.title)
        _put(entry, "link", rel="alternate", href=edition.link(item))
        _put(entry, "published", rfc3339(edition.date(item)))
        _put(entry, "updated", rfc3339(edition.date(item)))
        if item.author is not None:
            _put(_put(entry, "author"), "name", item.author)
        for category in item.categories:
            _put(entry, "category", term=category)
        name, text_type = ("content", "html") if outlet.markup else ("summary", "text")
        _put(entry, name, item.summary, type=text_type)
    return root


def _json_feed(edition: _Edition) -> bytes:
    """JSON Feed 1.1 (jsonfeed.org)."""
    outlet = edition.outlet
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": edition.base_url + "/",
        "feed_url": edition.feed_url,
        "description": outlet.about,
        "language": outlet.language,
        "items": [_json_item(edition, item) for item in edition.items],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(edition: _Edition, item: DemoItem) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": edition.key(item),
        "url": edition.link(item),
        "title": item.title,
        "content_html" if edition.outlet.markup else "content_text": item.summary,
        "date_published": rfc3339(edition.date(item)),
    }
    if item.author is not None:
        entry["authors"] = [{"name": item.author}]
    if item.categories:
        entry["tags"] = list(item.categories)
    return entry


def _youngest(items: Sequence[DemoItem]) -> timedelta:
    return min((item.age for item in items), default=timedelta(0))


def rfc3339(moment: datetime) -> str:
    """Return a time as Atom and JSON Feed write it (RFC 3339)."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
