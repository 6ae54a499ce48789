"""Feed documents for tests, and their parsed results."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.fast.reader import FAST_XML, read_well_formed
from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.forms import parse
from monitor.polling.parsing.parsed_feed import ParsedFeed
from storage.model import Publication

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feeds/all.xml"


def feed_of(body: str | bytes, **headers: str) -> ParsedFeed:
    """Return the feed that a body holds."""
    parsed = parsed_as(body, **headers)
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def failure_of(body: str | bytes, **headers: str) -> FailureKind:
    """Return the kind of failure that a body is."""
    parsed = parsed_as(body, **headers)
    assert isinstance(parsed, ParseFailure), parsed
    assert parsed.words
    return parsed.kind


def parsed_as(body: str | bytes, **headers: str) -> ParsedFeed | ParseFailure:
    """Parse a body that came from URL at NOW; the fast reader leaves it to feedparser or agrees with it."""
    raw = body.encode() if isinstance(body, str) else body
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    text = decode(raw, found.get("content-type", ""))
    if FAST_XML.recognises(text):
        assert read_well_formed(text, url=URL, now=NOW) in (None, parse_xml(text, url=URL, now=NOW))
    return parse(raw, url=URL, headers=found, now=NOW)


def rss(*items: str, channel: str = "") -> str:
    """Return an RSS 2.0 document."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Daily</title>{channel}{inner}</channel></rss>'


def atom(*entries: str, feed: str = "") -> str:
    """Return an Atom 1.0 document."""
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title>{feed}{inner}</feed>'


def item_of(item: str) -> Publication:
    """Return the one item of an RSS document."""
    (publication,) = feed_of(rss(item)).items
    return publication
