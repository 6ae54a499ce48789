"""What the two readers of RSS and Atom share: the document before they parse it, the feed from their values after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.entries import EntryContext, facts_of, publication_of
from monitor.polling.parsing.form import MAX_ITEMS
from monitor.polling.parsing.parsed_feed import ParsedFeed
from monitor.polling.parsing.repair import clean_document
from monitor.polling.parsing.sanitise import link_base
from monitor.polling.parsing.split_items import first_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<([A-Za-z_][\w.:-]{0,60})", re.DOTALL)
_PAGE = frozenset(
    {
        "a", "b", "body", "br", "center", "div", "form", "h1", "h2", "head", "html", "iframe", "link", "meta",
        "noscript", "p", "script", "span", "style", "svg", "table", "title",
    }
)  # fmt: skip
_FEED_INSIDE = re.compile(r"<(feed(?=\s[^<>]*xmlns)|rss(?=\s[^<>]*version)|rdf:RDF(?=\s))", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDocument:
    """A document for an XML parser, with at most `MAX_ITEMS` items; `truncated` further ones were left out."""

    text: str
    truncated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A feed as feedparser's dictionaries.

    `restored` puts texts back that were withheld from the parser; `document` is the document that was parsed.
    """

    channel: dict[str, Any]
    entries: Sequence[dict[str, Any]]
    is_atom: bool
    restored: Callable[[str], str]
    well_formed: bool
    document: str


def prepared(text: str) -> PreparedDocument | ParseFailure:
    """Return a decoded body as a document that may hold a feed, or why it holds none."""
    document = _feed_within(clean_document(text))
    refusal = _no_feed(document)
    if refusal is not None:
        return refusal
    document, truncated = first_items(document, MAX_ITEMS)
    return PreparedDocument(text=document, truncated=truncated)


def feed_of(raw: RawFeed, document: PreparedDocument, *, url: str, now: datetime) -> ParsedFeed:
    """Return the feed that a parser's values describe."""
    facts = facts_of(raw.channel, url=url, document=raw.document, is_labelled=raw.is_atom)
    reading = EntryContext(
        url=link_base(url, facts.site_url),
        now=now,
        is_labelled=raw.is_atom,
        language=facts.language,
        restored=raw.restored,
    )
    entries = raw.entries[:MAX_ITEMS]
    publications = (publication_of(entry, reading) for entry in entries)
    items = tuple(
        item for item in publications if item.publisher_id or item.url or item.title or item.summary
    )
    return ParsedFeed(
        facts=facts,
        items=items,
        truncated=document.truncated + len(raw.entries) - len(entries),
        well_formed=raw.well_formed,
    )


def _first_tag(document: str) -> str | None:
    names = (tag.group(1) for tag in _TAG.finditer(document))
    return next((name.lower() for name in names if name), None)


def _feed_within(document: str) -> str:
    """Return the feed embedded in a page, as some blogs serve it; any other document unchanged."""
    if _first_tag(document) not in _PAGE:
        return document
    feed = _FEED_INSIDE.search(document)
    if feed is None:
        return document
    closing = f"</{feed.group(1)}>"
    end = document.rfind(closing)
    return document[feed.start() : end + len(closing) if end > 0 else len(document)]


def _no_feed(document: str) -> ParseFailure | None:
    """Return a failure for web pages and plain text, before the parser spends seconds on them; else None."""
    first = _first_tag(document)
    if first is None:
        return ParseFailure(kind=FailureKind.NOT_XML, words="the body is text without any XML or JSON in it")
    if first in _PAGE:
        words = "the server sent a web page, not a feed; use the feed's own address, or see whether the site wants a login"
        return ParseFailure(kind=FailureKind.NOT_A_FEED, words=words)
    return None
