"""Removes a feed from the configuration file and from the OPML lists that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.actions.refused import ActionRefused
from monitor.config.edit_feeds import named_lists, read_text, without_feed
from monitor.config.feeds import spellings
from monitor.config.lists.opml import read_opml
from monitor.config.lists.opml_editor import without_outline
from monitor.config.load import load_settings, parse_settings
from monitor.polling.http.address import normalise
from storage.engine.replace_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.config.settings import FeedConfig, Settings
    from storage.database import Database


class FeedNotConfigured(ActionRefused):
    """No feed, or more than one feed, of the configuration has this address or title."""


class ListNotEditable(ActionRefused):
    """The feed is in a list that storywatch cannot edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The feed at `url` is unsubscribed; `paths` are the files that it was removed from."""

    url: str
    paths: tuple[Path, ...]


def remove_feed(
    database: Database, settings: Settings, words: str, *, environ: Mapping[str, str], now: datetime
) -> Removed:
    """Remove a feed, named by its address or title, from every file that subscribes it; its items are kept.

    Raises:
        FeedNotConfigured: no feed, or more than one, has this address or title.
        ListNotEditable: a list that names the feed cannot be edited; nothing is written.
        NotEditableError: the configuration's feeds are written in a form that cannot be edited.
    """
    feed = _configured(settings, words)
    edits = _edits(settings, feed, environ=environ)
    for path, content in edits.items():
        replace_file(path, content)
    left = load_settings(settings.path, environ=environ)
    sync_subscriptions(database, left, now=now)
    for still in left.feeds:
        if still.url == feed.url:
            raise _not_editable(still)
    return Removed(url=feed.url, paths=tuple(edits))


def _configured(settings: Settings, words: str) -> FeedConfig:
    url, folded = normalise(words), words.strip().casefold()
    found = [feed for feed in settings.feeds if url == feed.url or words in spellings(feed.url)] or [
        feed for feed in settings.feeds if folded and feed.title.casefold() == folded
    ]
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(feed.url for feed in found)
        raise FeedNotConfigured(
            f"{len(found)} feeds have the title {words!r}; give the address of one: {named}"
        )
    raise FeedNotConfigured(f"no feed {words!r} is configured", "`storywatch feeds list` shows the feeds")


def _edits(settings: Settings, feed: FeedConfig, *, environ: Mapping[str, str]) -> dict[Path, bytes]:
    """Return the new content of every file that subscribes the feed."""
    edits: dict[Path, bytes] = {}
    written = read_text(settings.path)
    text = without_feed(written, feed.url)
    if text is not None:
        parse_settings(text, settings.path, environ=environ)  # an unreadable file is never written
        edits[settings.path] = text.encode()
    for path in dict.fromkeys(settings.path.parent / name for name in named_lists(written)):
        body = path.read_bytes()
        edited = without_outline(body, feed.url)
        if edited is not None:
            edits[path] = edited
        elif any(normalise(outline.url) == feed.url for outline in read_opml(body).feeds):
            raise _not_editable(feed)
    if not edits:
        raise _not_editable(feed)
    return edits


def _not_editable(feed: FeedConfig) -> ListNotEditable:
    line = f", line {feed.line}" if feed.line else ""
    return ListNotEditable(f"{feed.url} is in {feed.source}{line}, which cannot be edited; remove it there")
