"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.entries import MAX_FRAGMENT, MAX_ID, MAX_TITLE, iso_moment, language_tag
from monitor.polling.parsing.form import MAX_ITEMS, Form
from monitor.polling.parsing.parsed_feed import FeedFacts, ParsedFeed
from monitor.polling.parsing.repair import clean_text
from monitor.polling.parsing.sanitise import Sanitiser, absolute_link, link_base, title_of_text
from monitor.text.words import clean_line
from storage.model import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_OBJECT = re.compile(r"[\s\ufeff]*\{")
_VERSION = re.compile(r"\s*(?:https?:)?//(?:www\.)?jsonfeed\.org/version/", re.IGNORECASE)


def looks_like_json(text: str) -> bool:
    """Whether a body begins like a JSON object."""
    return _OBJECT.match(text) is not None


def parse_json(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    """Return the feed that a JSON text holds, with its first `MAX_ITEMS` items, or why it holds none."""
    try:
        feed = json.loads(text.lstrip("\ufeff \t\r\n"), strict=False)
    except (ValueError, RecursionError):
        return ParseFailure(
            kind=FailureKind.NOT_A_FEED, words="the body begins as JSON but is not valid JSON"
        )
    items = feed.get("items")
    if _VERSION.match(str(feed.get("version", ""))) is None or not isinstance(items, list):
        return ParseFailure(kind=FailureKind.NOT_A_FEED, words="the body is JSON but not a JSON Feed")
    facts = _facts(feed, url)
    entries = [item for item in items if isinstance(item, dict)]
    sanitiser = Sanitiser(link_base(url, facts.site_url))
    return ParsedFeed(
        facts=facts,
        items=tuple(_publication(item, facts, sanitiser, now) for item in entries[:MAX_ITEMS]),
        truncated=max(0, len(entries) - MAX_ITEMS),
    )


def _facts(feed: Mapping[str, Any], url: str) -> FeedFacts:
    hubs = [hub for hub in _list(feed, "hubs") if isinstance(hub, dict)]
    hub_urls = (absolute_link(_text(hub, "url"), url) for hub in hubs)
    return FeedFacts(
        title=title_of_text(_text(feed, "title"))[:MAX_TITLE],
        site_url=absolute_link(_text(feed, "home_page_url"), url),
        language=language_tag(_text(feed, "language")),
        self_url=absolute_link(_text(feed, "feed_url"), url),
        hub_urls=tuple(hub for hub in hub_urls if hub),
    )


def _publication(
    item: Mapping[str, Any], facts: FeedFacts, sanitiser: Sanitiser, now: datetime
) -> Publication:
    summary = sanitiser.text(_text(item, "summary")[:MAX_FRAGMENT])
    markup = _text(item, "content_html")[:MAX_FRAGMENT]
    content = (
        sanitiser.fragment(markup) if markup else sanitiser.text(_text(item, "content_text")[:MAX_FRAGMENT])
    )
    return Publication(
        publisher_id=clean_line(_identifier(item))[:MAX_ID] or None,
        title=title_of_text(_text(item, "title"))[:MAX_TITLE],
        summary=summary or content,
        content=content if summary and content != summary else "",
        url=sanitiser.link(_text(item, "url")) or sanitiser.link(_text(item, "external_url")),
        author=_author(item),
        language=language_tag(_text(item, "language")) or facts.language,
        published_at=iso_moment(_text(item, "date_published"), now=now)
        or iso_moment(_text(item, "date_modified"), now=now),
    )


def _identifier(item: Mapping[str, Any]) -> str:
    """Return the id; JSON Feed 1.0 allowed numbers."""
    value = item.get("id")
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _author(item: Mapping[str, Any]) -> str | None:
    people = [*_list(item, "authors"), item.get("author")]
    names = [clean_line(_text(person, "name")) for person in people if isinstance(person, dict)]
    return ", ".join(name for name in names if name)[:MAX_TITLE] or None


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return clean_text(value) if isinstance(value, str) else ""


def _list(entry: Mapping[str, Any], key: str) -> list[Any]:
    value = entry.get(key)
    return value if isinstance(value, list) else []


JSON_FEED = Form(name="JSON Feed", recognises=looks_like_json, read=parse_json)
