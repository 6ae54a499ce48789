"""The forms of feed that storywatch reads.

A new form is a module beside this one that makes a `Form`, and a line in `FORMS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.fast.reader import FAST_XML
from monitor.polling.parsing.form import Form
from monitor.polling.parsing.jsonfeed import JSON_FEED
from monitor.polling.parsing.sitemap import NEWS_SITEMAP
from monitor.polling.parsing.sitemap_index import SITEMAP_INDEX
from monitor.polling.sources.aggregators import unwrapped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.parsing.parsed_feed import ParsedFeed


def _with_feedparser(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    # feedparser takes 60 ms and 10 MB, which a process that never meets a doubtful document can save.
    from monitor.polling.parsing.feed_parser import parse_xml  # noqa: PLC0415

    return parse_xml(text, url=url, now=now)


ANY_XML = Form(name="any XML, with feedparser", recognises=lambda _: True, read=_with_feedparser)

# The first form that recognises a document and is sure of it reads it; the last one accepts all.
FORMS: tuple[Form, ...] = (JSON_FEED, NEWS_SITEMAP, SITEMAP_INDEX, FAST_XML, ANY_XML)


def parse(body: bytes, *, url: str, headers: Mapping[str, str], now: datetime) -> ParsedFeed | ParseFailure:
    """Return the feed that a body holds, or why it holds none. `headers` are the response's, names in lower case.

    Never raises because of the body's content.
    """
    if not body.strip(b" \t\r\n\x00"):
        return ParseFailure(kind=FailureKind.EMPTY, words="the body is empty; there is nothing to read")
    return parse_text(decode(body, headers.get("content-type", "")), url=url, now=now)


def parse_text(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    """Return the feed that a decoded body holds, or why it holds none."""
    readings = (form.read(text, url=url, now=now) for form in FORMS if form.recognises(text))
    found = next(reading for reading in readings if reading is not None)
    if isinstance(found, ParseFailure):
        return found
    return replace(found, items=tuple(map(unwrapped, found.items)))
