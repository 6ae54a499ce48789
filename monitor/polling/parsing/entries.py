"""Converts feedparser's dictionaries to publications and feed facts, without importing feedparser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.polling.parsing.hints import hints_of
from monitor.polling.parsing.parsed_feed import FeedFacts
from monitor.polling.parsing.repair import without_cdata_marks
from monitor.polling.parsing.sanitise import (
    Sanitiser,
    absolute_link,
    title_of_markup,
    title_of_text,
    title_of_unlabelled,
)
from monitor.polling.sources.aggregators import names_source_without_url
from monitor.text.words import clean_line
from storage.model import Publication

if TYPE_CHECKING:
    from collections.abc import Callable
    from time import struct_time

    Entry = dict[str, Any]

MAX_TITLE = 1_000  # characters
MAX_SOURCE = 100  # characters of the name of whom a feed has an item from
MAX_ID = 4_096  # characters of a publisher's id
MAX_FRAGMENT = 120_000  # characters of a summary or content; deep nesting costs quadratic time
_HTML = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
_WEB = re.compile(r"\s*https?://", re.IGNORECASE)
_FRACTION = re.compile(r"[.,]\d+")
CAPTION = "storywatch_caption"  # keys under which `feed_parser` stores texts that are not the item's own
OTHER_TEXTS = ("storywatch_dc", "storywatch_itunes")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # an older date means that the date is missing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # this date too means that the date is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContext:
    """The context of a document's items: the base of links, the time of the poll, a sanitiser for each base.

    `restored` puts back the texts that were withheld from the parser. `is_labelled` says that the document labels its
    texts as plain or markup, as Atom does and RSS does not.
    """

    url: str
    is_labelled: bool
    now: datetime
    language: str | None
    restored: Callable[[str], str]
    sanitisers: dict[str, Sanitiser] = field(default_factory=dict)

    def whole(self, value: Any) -> str:
        """Return the text of a parsed value, without blanks around it."""
        return self.restored(value).strip() if isinstance(value, str) else ""

    def sanitiser(self, base: str | None) -> Sanitiser:
        """Return the sanitiser for a fragment whose `xml:base` is `base`."""
        absolute = absolute_link(base, self.url) or self.url if base else self.url
        if absolute not in self.sanitisers:
            self.sanitisers[absolute] = Sanitiser(absolute)
        return self.sanitisers[absolute]


def facts_of(channel: Entry, *, url: str, document: str, is_labelled: bool) -> FeedFacts:
    """Return what a document says about its feed."""
    links = [link for link in _value(channel, "links") or () if isinstance(link, dict)]
    return FeedFacts(
        title=_title(channel, is_labelled=is_labelled),
        site_url=absolute_link(_text(channel, "link"), url),
        language=language_tag(_text(channel, "language")),
        self_url=next(iter(_related(links, "self", url)), None),
        hub_urls=tuple(_related(links, "hub", url)),
        hints=hints_of(channel, document),
    )


def publication_of(entry: Entry, reading: EntryContext) -> Publication:
    """Return one item, cleaned."""
    summary, content = _texts(entry, reading)
    detail = _detail(entry)
    return Publication(
        publisher_id=clean_line(_text(entry, "id"))[:MAX_ID] or None,
        title=_title(entry, is_labelled=reading.is_labelled),
        summary=summary,
        content=content,
        url=_link(entry, reading.url),
        author=clean_line(_text(entry, "author"))[:MAX_TITLE] or None,
        language=language_tag(str(detail.get("language") or "")) or reading.language,
        published_at=published_at(entry, now=reading.now),
        source=_source_name(entry, reading.url),
        source_url=_source_url(entry, reading.url),
    )


def _source_name(entry: Entry, base: str) -> str | None:
    """Return the name of whom the feed has an item from: RSS and Atom `source`, Bing's `News:Source`."""
    source = _value(entry, "source")
    name = _text(source, "title") if isinstance(source, dict) else ""
    if names_source_without_url(_text(entry, "link")):
        name = name or _text(entry, "news_source")
    elif _source_url(entry, base) is None:
        return None
    return title_of_unlabelled(name[:MAX_TITLE])[:MAX_SOURCE] or None


def _source_url(entry: Entry, base: str) -> str | None:
    source = _value(entry, "source")
    if not isinstance(source, dict):
        return None
    return absolute_link(_text(source, "href") or _text(source, "link"), base)


def published_at(entry: Entry, *, now: datetime) -> datetime | None:
    """Return an item's date, at most `now`; None if it has no plausible one."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        claimed = believable(_moment(_value(entry, key)), now=now)
        if claimed is not None:
            return claimed
    return None


def believable(claimed: datetime | None, *, now: datetime) -> datetime | None:
    """Return a claimed time, at most `now`; None for a time that means that the date is missing."""
    if claimed is None or claimed < _EARLIEST or claimed == _EPOCH:
        return None
    return min(claimed, now)


def iso_moment(text: str, *, now: datetime) -> datetime | None:
    """Read a date of RFC 3339 or W3C's profile of ISO 8601 as a claim; a time without an offset is taken for UTC."""
    bare = _FRACTION.sub("", text.strip()).replace("Z", "+00:00").replace("z", "+00:00").replace(" +", "+")
    try:
        moment = datetime.fromisoformat(bare)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return believable(aware.astimezone(UTC), now=now)
    except (ValueError, OverflowError):
        return None


def _moment(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _value(entry: Entry, key: str) -> Any:
    """Look up a key literally: feedparser's own `get` returns `published` for a missing `updated`."""
    return dict.get(entry, key)


def _text(entry: Entry, key: str) -> str:
    value = _value(entry, key)
    return without_cdata_marks(value) if isinstance(value, str) else ""


def _detail(entry: Entry) -> Entry:
    for key in ("title_detail", "summary_detail"):
        detail = _value(entry, key)
        if isinstance(detail, dict):
            return detail
    return {}


def _title(entry: Entry, *, is_labelled: bool) -> str:
    text = _text(entry, "title")[: 4 * MAX_TITLE]
    detail = _value(entry, "title_detail")
    if isinstance(detail, dict) and detail.get("type") in _HTML:
        return title_of_markup(text)[:MAX_TITLE]
    return (title_of_text(text) if is_labelled else title_of_unlabelled(text))[:MAX_TITLE]


def _texts(entry: Entry, reading: EntryContext) -> tuple[str, str]:
    """Return summary and content. A single text is the summary, whatever the feed calls it.

    A picture's caption is used only if there is no other text.
    """
    summary = _value(entry, "summary_detail") or {"value": _text(entry, "summary")}
    longest = _longest(entry, reading)
    long = _fragment(longest, reading) if longest else ""
    # feedparser copies a content without summary to the summary; it need not be sanitised twice.
    is_copy = longest is not None and _essence(longest) == _essence(summary)
    short = long if is_copy else _fragment(summary, reading)
    if not short and not long:
        return _fragment({"value": _text(entry, CAPTION)}, reading), ""
    if not short or short == long:
        return long, ""
    return short, long


def _essence(part: Entry) -> tuple[object, ...]:
    """Return what the sanitised text of a part depends on."""
    kind = part.get("type", "text/html")
    return part.get("value"), kind if kind not in _HTML else "text/html", part.get("base") or ""


def _longest(entry: Entry, reading: EntryContext) -> Entry | None:
    """Return the longest readable text besides the summary."""
    contents = [part for part in _value(entry, "content") or () if isinstance(part, dict)]
    contents += [{"value": text} for text in (_text(entry, key) for key in OTHER_TEXTS) if text]
    readable = [
        part
        for part in contents
        if str(part.get("type", "text/html")).startswith(("text/", "application/xhtml"))
    ]
    if len(readable) == 1:
        return readable[0]
    return max(readable, key=lambda part: len(reading.whole(part.get("value"))), default=None)


def _fragment(part: Entry, reading: EntryContext) -> str:
    text = reading.whole(part.get("value"))
    if not text:
        return ""
    base = part.get("base")
    sanitiser = reading.sanitiser(base if isinstance(base, str) else None)
    kind = part.get("type", "text/html")
    text = text[:MAX_FRAGMENT]
    if kind in _HTML:
        return sanitiser.fragment(text)
    return sanitiser.text(text) if reading.is_labelled else sanitiser.unlabelled(text)


def _link(entry: Entry, base: str) -> str | None:
    """Return the link of an item: its alternate, else an id that is a URL, else its enclosure.

    feedparser's own choice may be an enclosure or an id that is not a URL.
    """
    links = [link for link in _value(entry, "links") or () if isinstance(link, dict)]
    by_rel: dict[str, list[str]] = {}
    for link in links:
        href = without_cdata_marks(str(link.get("href", "")))
        by_rel.setdefault(str(link.get("rel", "")).strip().lower(), []).append(href)
    alternates = by_rel.get("alternate", [])
    chosen = _text(entry, "link")
    named = [href for hrefs in by_rel.values() for href in hrefs]
    is_id = chosen not in named and _WEB.match(chosen) is not None
    candidates = [
        _text(entry, "feedburner_origlink"),
        chosen if chosen in alternates else "",
        *alternates,
        chosen if is_id else "",
        *by_rel.get("enclosure", []),
    ]
    return next((link for link in (absolute_link(href, base) for href in candidates) if link), None)


def _related(links: list[dict[str, Any]], rel: str, url: str) -> list[str]:
    found = (absolute_link(str(link.get("href", "")), url) for link in links if link.get("rel") == rel)
    return [link for link in found if link]


def language_tag(tag: str) -> str | None:
    """Return a language as a tag such as `en-GB`; None if it is not a tag."""
    bare = tag.strip().replace("_", "-")
    return bare if _LANGUAGE.fullmatch(bare) else None
