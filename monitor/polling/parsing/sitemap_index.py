"""Sitemap indexes: a `sitemapindex` that lists the sitemaps of a site (https://www.sitemaps.org/protocol.html#index)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.entries import iso_moment
from monitor.polling.parsing.form import MAX_ITEMS, Form, root_element
from monitor.polling.parsing.parsed_feed import FeedFacts, ListedSitemap, ParsedFeed
from monitor.polling.parsing.repair import clean_document
from monitor.polling.parsing.same_site import is_same_site
from monitor.polling.parsing.sanitise import absolute_link
from monitor.polling.parsing.sitemap import elements, prefix_of_root, value_of
from storage.model import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DAY_IN_URL = re.compile(r"(?<!\d)(20\d\d)[-_/]?(0[1-9]|1[0-2])[-_/]?(0[1-9]|[12]\d|3[01])(?!\d)")
_NEWS = re.compile(r"news(?!letter)|nachrichten|noticias|notizie|actualit|nieuws", re.IGNORECASE)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def parse_index(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure:
    """Return the sitemaps that an index lists, or the reason why none can be read."""
    document = clean_document(text)
    prefix = prefix_of_root(document)
    blocks = elements(document, f"{prefix}sitemap")
    listed = list(_listed(blocks, prefix, url, now))
    if blocks and not listed:
        words = "the sitemap index lists no sitemap of its own site besides itself"
        return ParseFailure(kind=FailureKind.NO_NEWS, words=words)
    ranked = ranked_sitemaps(list({one.url: one for one in reversed(listed)}.values())[::-1])
    return ParsedFeed(
        facts=FeedFacts(site_url=absolute_link("/", url), kind=FeedKind.SITEMAP_INDEX),
        items=(),
        sitemaps=tuple(ranked[:MAX_ITEMS]),
        truncated=max(0, len(ranked) - MAX_ITEMS),
    )


def ranked_sitemaps(listed: Sequence[ListedSitemap]) -> list[ListedSitemap]:
    """Return the sitemaps with news in their name, else all; the last changed first, undated ones last."""
    news = [one for one in listed if _NEWS.search(_behind_host(one.url))]
    return sorted(news or listed, key=lambda one: one.changed_at or _LONG_AGO, reverse=True)


def _listed(blocks: Sequence[str], prefix: str, url: str, now: datetime) -> Iterator[ListedSitemap]:
    """Yield the sitemaps of the index's own site, except the index itself."""
    for block in blocks:
        link = (absolute_link(value_of(block, f"{prefix}loc"), url) or "").partition("#")[0]
        if link and link != url and is_same_site(link, url):
            changed_at = iso_moment(value_of(block, f"{prefix}lastmod"), now=now)
            yield ListedSitemap(url=link, changed_at=changed_at or _day_in(link, now))


def _behind_host(url: str) -> str:
    return url.partition("://")[2].partition("/")[2]


def _day_in(link: str, now: datetime) -> datetime | None:
    """Return the day in an address such as `news-2026-11-30.xml`, for an index that dates nothing."""
    found = _DAY_IN_URL.search(link)
    return iso_moment("-".join(found.groups()), now=now) if found else None


SITEMAP_INDEX = Form(
    name="sitemap index", recognises=lambda text: root_element(text) == "sitemapindex", read=parse_index
)
