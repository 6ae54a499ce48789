"""The stories of a topic as a feed for any reader: Atom (RFC 4287) and JSON Feed 1.1, one entry per story.

An entry keeps its id while its story grows: a reader updates it. Its text changes only with the story, so that
an unchanged feed is the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alerts.links.writer import story_address
from alerts.render.formats import json_body
from alerts.render.formats.escape import one_line
from alerts.render.formats.html import fragment
from alerts.render.parts import phrases
from alerts.render.parts.story_view import story_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.render.parts.story_view import StoryView
    from storage.model import StoryNews

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # of a topic without a story
JSON_FEED = "https://jsonfeed.org/version/1.1"
ATOM_TYPE, JSON_TYPE = "application/atom+xml", "application/feed+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFeed:
    """A topic's newest stories. `ledger_id` distinguishes them from those of other databases.

    `pages` is the address of the pages, `address` the feed's own.
    """

    topic: str
    stories: Sequence[StoryNews]
    ledger_id: str
    pages: str
    address: str

    @property
    def title(self) -> str:
        """The name of the feed."""
        return f"storywatch: {one_line(self.topic)}"

    @property
    def updated(self) -> datetime:
        """When the newest story last changed."""
        return max((one.story.last_seen for one in self.stories), default=EPOCH)


def topic_atom(feed: TopicFeed) -> bytes:
    """Return a topic's stories as Atom."""
    return fragment(
        "feed.atom",
        title=feed.title,
        ident=f"urn:storywatch:{feed.ledger_id}:topic:{one_line(feed.topic)}",
        updated=phrases.instant(feed.updated),
        links=(("self", ATOM_TYPE, feed.address), ("alternate", "text/html", f"{feed.pages}/")),
        entries=[_atom_entry(feed, one) for one in feed.stories],
    ).encode()


def topic_json(feed: TopicFeed) -> bytes:
    """Return a topic's stories as JSON Feed 1.1."""
    return json_body.encode(
        {
            "version": JSON_FEED,
            "title": feed.title,
            "home_page_url": f"{feed.pages}/",
            "feed_url": feed.address,
            "items": [_json_item(feed, one) for one in feed.stories],
        }
    )


def _atom_entry(feed: TopicFeed, news: StoryNews) -> str:
    view = _view(feed, news)
    return fragment(
        "entry.atom",
        title=view.headline,
        url=view.page,
        topics=[view.topic],
        content=_content(view),
        stamp=(_ident(feed, view), phrases.instant(news.story.last_seen)),
        published=phrases.instant(news.story.first_seen),
    )


def _json_item(feed: TopicFeed, news: StoryNews) -> dict[str, Any]:
    view = _view(feed, news)
    outer = {} if view.url is None else {"external_url": view.url}
    return {
        "id": _ident(feed, view),
        "url": view.page,
        **outer,
        "title": view.headline,
        "content_html": _content(view),
        "date_published": phrases.instant(news.story.first_seen),
        "date_modified": phrases.instant(news.story.last_seen),
        "tags": [view.topic],
    }


def _view(feed: TopicFeed, news: StoryNews) -> StoryView:
    """Return the view of a story, with ages as of its newest item: the same until the story changes."""
    view = story_view(news, since=news.story.first_seen, until=news.story.last_seen)
    return replace(view, page=story_address(feed.pages, news.story))


def _ident(feed: TopicFeed, view: StoryView) -> str:
    return f"urn:storywatch:{feed.ledger_id}:story:{view.story}"


def _content(view: StoryView) -> str:
    return fragment("entry.html", views=[view], notice="")
