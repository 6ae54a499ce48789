"""Writes subscription lists as OPML 2.0 (http://opml.org/spec2.opml), which all feed readers accept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.config.settings import FeedConfig


def write_opml(feeds: Iterable[FeedConfig]) -> str:
    """Return the list of these feeds; tags become categories, headers and credentials are left out."""
    outlines = "".join(f"    {_outline(feed)}\n" for feed in feeds)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        "  <head><title>storywatch</title></head>\n"
        f"  <body>\n{outlines}  </body>\n"
        "</opml>\n"
    )


def _outline(feed: FeedConfig) -> str:
    # OPML requires `text`; an untitled feed gets no `title`, so that readers use the feed's own title.
    text = quoteattr(feed.title or feed.url)
    title = f" title={text}" if feed.title else ""
    category = f" category={quoteattr(','.join(feed.tags))}" if feed.tags else ""
    return f'<outline type="rss" text={text}{title} xmlUrl={quoteattr(feed.url)}{category}/>'
