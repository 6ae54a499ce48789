"""Parses RSS, RDF and Atom with feedparser; the only module that imports it.

feedparser gets bytes in memory only (it opens strings as files or URLs), cleaned and without declarations. Its own
sanitiser and link resolution are off: ours does both afterwards, and faster.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser
from feedparser.namespaces import _base, dc, itunes, mediarss

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.entries import CAPTION, OTHER_TEXTS
from monitor.polling.parsing.long_texts import shorten
from monitor.polling.parsing.split_items import cut
from monitor.polling.parsing.xml_feed import RawFeed, feed_of, prepared

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.polling.parsing.parsed_feed import ParsedFeed
    from monitor.polling.parsing.split_items import Cut

# Elements whose handlers in feedparser may raise: extensions and picture sizes, which are not used here.
_EXTENSIONS = re.compile(
    r"</?(?:(?!(?:content|dc|atom\d*|rdf|rss|xhtml|sy|feedburner):)[\w.-]{1,32}:[\w.-]{1,64}|width|height|textinput)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
# feedparser would store these as the item's own description, and the last one would win.
_KEPT_APART = (
    (mediarss.Namespace, "media_description", CAPTION),
    (dc.Namespace, "dc_description", OTHER_TEXTS[0]),
    (itunes.Namespace, "itunes_summary", OTHER_TEXTS[1]),
    (_base.Namespace, "abstract", OTHER_TEXTS[0]),
)
_ITEMS = ("item", "entry")
_DECISIONS = "storywatch_nested"  # an attribute of feedparser's parser
_AS_UTF8 = {"content-type": "application/xml; charset=utf-8"}


def parse_xml(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    """Return the feed that a decoded XML document holds, or why it holds none."""
    document = prepared(text)
    if isinstance(document, ParseFailure):
        return document
    shortened = shorten(document.text)
    raw = _tolerantly_parsed(shortened.document)
    if raw is None:
        words = "feedparser fails on this document; please report it with the feed's URL"
        return ParseFailure(kind=FailureKind.PARSER_FAILED, words=words)
    # HTML, OPML and similar are no error for feedparser, but leave the version empty (P16).
    if not raw["version"] and not raw["entries"]:
        return ParseFailure(kind=FailureKind.NOT_A_FEED, words="the document is XML but neither RSS nor Atom")
    values = RawFeed(
        channel=raw["feed"],
        entries=raw["entries"],
        is_atom=str(raw["version"]).startswith("atom"),
        restored=shortened.restored,
        well_formed=not raw["bozo"],
        document=shortened.document,
    )
    return feed_of(values, document, url=url, now=now)


def _tolerantly_parsed(document: str) -> Any | None:
    """Parse a document; if that raises, without extensions, and then without the items that make it raise."""
    try:
        return _parsed(document)
    except MemoryError:
        raise  # our own limit, not the fault of an item
    except Exception:  # noqa: BLE001 (feedparser raises KeyError, ValueError, UnicodeError and more on odd input)
        document = _EXTENSIONS.sub("", document)
    raw = _without_trouble(document)
    if raw is not None:
        return raw
    parts = cut(document)
    return _salvaged(parts, parts.items) or _without_trouble(parts.with_items([]))


def _salvaged(parts: Cut, items: list[str]) -> Any | None:
    """Halve the items until each half parses; an item that raises alone is left out."""
    if not items:
        return None
    raw = _without_trouble(parts.with_items(items))
    if raw is not None or len(items) == 1:
        return raw
    middle = len(items) // 2
    first, second = _salvaged(parts, items[:middle]), _salvaged(parts, items[middle:])
    if first is None or second is None:
        return first or second
    first["entries"] = [*first["entries"], *second["entries"]]
    return first


def _without_trouble(document: str) -> Any | None:
    try:
        return _parsed(document)
    except Exception:  # noqa: BLE001 (see above)
        return None


def _parsed(document: str) -> Any:
    return feedparser.parse(
        BytesIO(document.encode("utf-8", "replace")),
        response_headers=dict(_AS_UTF8),
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _keep_apart(handlers: Any, element: str, key: str) -> None:
    """Make feedparser store an element's text under its own key."""

    def start(parser: Any, attributes: dict[str, str]) -> None:
        parser.push_content(key, attributes, "text/html", 1)

    def end(parser: Any) -> None:
        parser.pop_content(key)

    setattr(handlers, f"_start_{element}", start)
    setattr(handlers, f"_end_{element}", end)


def _keep_nested_apart(element: str, key: str) -> None:
    """Make feedparser store this element under another key where it describes a part of an item: a picture, an author."""
    own_start, own_end = (getattr(_base.Namespace, f"_{what}_{element}") for what in ("start", "end"))

    def start(parser: Any, attributes: dict[str, str]) -> None:
        inside = parser.elementstack[-1][0] if parser.elementstack else ""
        is_nested = bool(parser.inentry) and not parser.insource and inside not in _ITEMS
        parser.__dict__.setdefault(_DECISIONS, []).append(is_nested)
        if is_nested:
            parser.push_content(key, attributes, "text/html", 1)
        else:
            own_start(parser, attributes)

    def end(parser: Any) -> None:
        decisions = parser.__dict__.get(_DECISIONS)
        if decisions and decisions.pop():
            parser.pop_content(key)
        else:
            own_end(parser)

    setattr(_base.Namespace, f"_start_{element}", start)
    setattr(_base.Namespace, f"_end_{element}", end)


for _kept in _KEPT_APART:
    _keep_apart(*_kept)
for _element in ("description", "summary"):
    _keep_nested_apart(_element, CAPTION)
