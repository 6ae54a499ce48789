"""Writes subscription lists as OPML 2.0 (http://opml.org/spec2.opml), which all feed readers accept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.config.settings import FeedConfig
    from storage.model import FeedKind

A_FEED = "rss"  # the type that readers know for feeds of any form


def write_opml(feeds: Iterable[FeedConfig], sitemaps: Mapping[str, FeedKind]) -> str:
    """Return the list of these feeds; tags become categories, headers and credentials are left out.

    `sitemaps` gives the kind of those that are known to be sitemaps, by URL.
    """
    outlines = "".join(f"    {_outline(feed, sitemaps.get(feed.url) or A_FEED)}\n" for feed in feeds)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        "  <head><title>storywatch</title></head>\n"
        f"  <body>\n{outlines}  </body>\n"
        "</opml>\n"
    )


def _outline(feed: FeedConfig, kind: str) -> str:
    # OPML requires `text`; an untitled feed gets no `title`, so that readers use the feed's own title.
    text = quoteattr(feed.title or feed.url)
    title = f" title={text}" if feed.title else ""
    category = f" category={quoteattr(','.join(feed.tags))}" if feed.tags else ""
    return f'<outline type="{kind}" text={text}{title} xmlUrl={quoteattr(feed.url)}{category}/>'
