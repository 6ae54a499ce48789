"""Reads an article's description and date from the head of its page. It runs in a worker process.

og:description (https://ogp.me), and `description` and `datePublished` of JSON-LD articles (https://schema.org/Article).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from monitor.polling.parsing.discovery import decode_page
from monitor.polling.parsing.entries import iso_moment
from monitor.polling.parsing.page_facts import HEAD_BYTES, PageHead
from monitor.polling.parsing.sanitise import Sanitiser, title_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MAX_DESCRIPTION = 2_000  # characters
MAX_DEPTH = 6  # of JSON-LD: a graph of an article in a page in a site
_ARTICLES = ("Article", "NewsArticle", "BlogPosting", "Report")
_DESCRIPTIONS = ('meta[property="og:description"]', 'meta[name="description"]')
_DATES = ('meta[property="article:published_time"]', 'meta[itemprop="datePublished"]')


def read_head(body: bytes, *, content_type: str, now: datetime) -> PageHead:
    """Return the content of a page's head; never raises because of the page's content."""
    tree = LexborHTMLParser(decode_page(_whole_tags(body[:HEAD_BYTES]), content_type))
    articles = list(_articles(tree))
    described = [_content(tree, selector) for selector in _DESCRIPTIONS]
    described.insert(1, max((_string(article, "description") for article in articles), key=len, default=""))
    dates = [_string(article, "datePublished") for article in articles]
    dates += [_content(tree, selector) for selector in _DATES]
    moments = (iso_moment(date, now=now) for date in dates if date)
    text = next((title_of_text(one) for one in described if one), "")
    return PageHead(
        description=Sanitiser("").text(text[:MAX_DESCRIPTION]),
        published_at=next((moment for moment in moments if moment), None),
    )


def _whole_tags(body: bytes) -> bytes:
    """Return the beginning up to its last tag, because a truncated character would look like a wrong encoding."""
    last = body.rfind(b"<")
    return body[:last] if last > 0 else body


def _content(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return (node.attributes.get("content") or "").strip() if node is not None else ""


def _articles(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """Yield the articles in the JSON-LD of a page; truncated or invalid scripts are skipped."""
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            yield from _articles_in(json.loads(script.text(), strict=False), 0)
        except (ValueError, RecursionError):
            continue


def _articles_in(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for one in value:
            yield from _articles_in(one, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        named = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(kind, str) and kind.endswith(_ARTICLES) for kind in named):
            yield value
        yield from _articles_in(value.get("@graph") or value.get("mainEntity"), depth + 1)


def _string(article: dict[str, Any], key: str) -> str:
    value = article.get(key)
    return value.strip() if isinstance(value, str) else ""
