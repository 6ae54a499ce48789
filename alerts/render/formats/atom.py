"""Stories as Atom (RFC 4287): entries for the `feed` channel, and a digest as a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.html import fragment
from alerts.render.parts import phrases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.render.parts.digest_layout import Section
    from alerts.render.parts.story_view import StoryView


def story_entry(view: StoryView, *, subject: str) -> bytes:
    """Return the `<entry>` of one story, without `id` and `updated`, which the channel adds."""
    content = fragment("entry.html", views=[view], notice="")
    return fragment(
        "entry.atom",
        title=subject,
        url=view.url,
        topics=[view.topic],
        content=content,
        stamp=None,
        published=None,
    ).encode()


def stories_entry(parts: Sequence[Section], *, subject: str, notice: str) -> bytes:
    """Return the `<entry>` of several stories, without `id` and `updated`."""
    views = [view for section in parts for view in (*section.full, *section.rest)]
    content = fragment("entry.html", views=views, notice=notice)
    topics = [section.topic for section in parts]
    return fragment(
        "entry.atom", title=subject, url=None, topics=topics, content=content, stamp=None, published=None
    ).encode()


def text_entry(lines: Sequence[str], *, subject: str) -> bytes:
    """Return the `<entry>` of an event, one paragraph per line, without `id` and `updated`."""
    content = fragment("lines.html", lines=lines)
    return fragment(
        "entry.atom", title=subject, url=None, topics=[], content=content, stamp=None, published=None
    ).encode()


def stories_feed(parts: Sequence[Section], *, title: str, ident: str, until: datetime) -> bytes:
    """Return an Atom feed with an entry for each story."""
    entries = [_dated(view, until=until) for section in parts for view in (*section.full, *section.rest)]
    return fragment(
        "feed.atom", title=title, ident=ident, updated=phrases.instant(until), entries=entries, links=()
    ).encode()


def _dated(view: StoryView, *, until: datetime) -> str:
    content = fragment("entry.html", views=[view], notice="")
    stamp = (f"urn:storywatch:story:{view.story}", phrases.instant(until))
    return fragment(
        "entry.atom",
        title=view.headline,
        url=view.url,
        topics=[view.topic],
        content=content,
        stamp=stamp,
        published=None,
    )
