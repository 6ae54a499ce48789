"""News sitemaps: a `urlset` whose entries carry Google's `news` extension.

https://www.sitemaps.org/protocol.html and
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap

An entry has a link, a title, a date, a publication and a language, and no text. Many sitemaps are not well-formed
XML (bare ampersands, cut tails), so that entries are found by plain string search, in time linear in the document.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.entries import MAX_TITLE, iso_moment, language_tag
from monitor.polling.parsing.form import MAX_ITEMS, Form, root_element
from monitor.polling.parsing.parsed_feed import FeedFacts, ParsedFeed
from monitor.polling.parsing.repair import clean_document
from monitor.polling.parsing.same_site import is_same_site
from monitor.polling.parsing.sanitise import absolute_link, title_of_unlabelled
from storage.model import FeedKind, Publication

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


MAX_ENTRY = 20_000  # characters of an entry; real ones have under 2,000
_ROOT = re.compile(r"<(?:[\w.-]{1,32}:)?(?:urlset|sitemapindex)(?=[\s/>])[^<>]*")
_NEWS_PREFIX = re.compile(r"xmlns:([\w.-]{1,32})\s*=\s*[\"']https?://www\.google\.com/schemas/sitemap-news/")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_BEHIND_NAME = frozenset(" \t\r\n/>")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry with its `link` as written and the publication's name."""

    link: str
    title: str
    date: str
    language: str
    publication: str


def parse_sitemap(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    """Return the feed in a news sitemap, or the reason why it contains none."""
    document = clean_document(text)
    blocks = elements(document, f"{prefix_of_root(document)}url")
    entries = list(_entries(document, blocks))
    if blocks and not entries:
        words = (
            "the sitemap has no news entries (news:news); find the site's news sitemap with `feeds discover`"
        )
        return ParseFailure(kind=FailureKind.NO_NEWS, words=words)
    items = [item for item in (_publication(entry, url, now) for entry in entries) if item is not None]
    if entries and not items:
        words = "the sitemap lists no page of its own site, and only those may be in it (sitemaps.org)"
        return ParseFailure(kind=FailureKind.NO_NEWS, words=words)
    newest = _newest(items)
    return ParsedFeed(
        facts=_facts(entries, url),
        items=tuple(newest),
        truncated=len(items) - len(newest),
        well_formed=len(newest) == len(blocks),
    )


def prefix_of_root(document: str) -> str:
    """Return the namespace prefix of a sitemap's root element with its colon, mostly an empty string."""
    root = _ROOT.search(document)
    name = root.group().split(maxsplit=1)[0] if root else ""
    return name[1:].rpartition(":")[0] + ":" if ":" in name else ""


def elements(document: str, name: str) -> list[str]:
    """Return the contents of the elements of this name that end, in document order."""
    pieces = document.split(f"</{name}>")
    found = ((piece, _opening(piece, name)) for piece in pieces[:-1])
    return [piece[begin : begin + MAX_ENTRY] for piece, begin in found if begin >= 0]


def value_of(element: str, name: str) -> str:
    """Return the text of the first element of this name within another; empty if there is none."""
    begin = _opening(element, name)
    end = element.find(f"</{name}", begin) if begin >= 0 else -1
    return _text(element[begin:end]) if end >= 0 else ""


def _opening(text: str, name: str) -> int:
    """Return where the content of the first element of this name begins; -1 if there is none."""
    opening = f"<{name}"
    at = text.find(opening)
    while at >= 0 and text[at + len(opening) : at + len(opening) + 1] not in _BEHIND_NAME:
        at = text.find(opening, at + 1)
    end = text.find(">", at) if at >= 0 else -1
    return end + 1 if end >= 0 and text[end - 1] != "/" else -1


def _text(markup: str) -> str:
    """Return character data without its references, and CDATA sections as they are."""
    parts = _CDATA.split(markup)
    return "".join(part if number % 2 else html.unescape(part) for number, part in enumerate(parts)).strip()


def _entries(document: str, blocks: Sequence[str]) -> Iterator[_Entry]:
    """Yield the entries that have a title and a link; other entries are not news."""
    bound = _NEWS_PREFIX.search(document)
    prefix = f"{bound[1]}:" if bound else "news:"
    of_root = prefix_of_root(document)
    for block in blocks:
        begin = _opening(block, f"{prefix}news")
        if begin < 0:
            continue
        news = block[begin:]
        title, link = value_of(news, f"{prefix}title"), value_of(block, f"{of_root}loc")
        if title and link:
            yield _Entry(
                link=link,
                title=title,
                date=value_of(news, f"{prefix}publication_date"),
                language=value_of(news, f"{prefix}language"),
                publication=value_of(news, f"{prefix}name"),
            )


def _publication(entry: _Entry, url: str, now: datetime) -> Publication | None:
    """Return an entry as an item; None for a page of another site, which a sitemap may not list."""
    link = absolute_link(entry.link, url)
    title = title_of_unlabelled(entry.title[: 4 * MAX_TITLE])[:MAX_TITLE]
    if link is None or not title or not is_same_site(link, url):
        return None
    return Publication(
        title=title,
        url=link,
        language=language_tag(entry.language),
        published_at=iso_moment(entry.date, now=now),
    )


def _newest(items: Sequence[Publication]) -> list[Publication]:
    """Return the items in their order; only the latest ones if there are more than a sitemap may have."""
    if len(items) <= MAX_ITEMS:
        return list(items)
    by_date = sorted(range(len(items)), key=lambda at: items[at].published_at or _LONG_AGO, reverse=True)
    return [items[at] for at in sorted(by_date[:MAX_ITEMS])]


def _facts(entries: Sequence[_Entry], url: str) -> FeedFacts:
    first = entries[0] if entries else None
    return FeedFacts(
        title=title_of_unlabelled(first.publication[: 4 * MAX_TITLE])[:MAX_TITLE] if first else "",
        site_url=absolute_link("/", url),
        language=language_tag(first.language) if first else None,
        kind=FeedKind.SITEMAP,
    )


NEWS_SITEMAP = Form(
    name="news sitemap", recognises=lambda text: root_element(text) == "urlset", read=parse_sitemap
)
