"""Adds feeds to the configuration file: one by its address, or all feeds of another program's list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.actions.refused import ActionRefused
from monitor.config.edit_feeds import read_text, with_feeds
from monitor.config.lists.opml import OpmlError, Outline
from monitor.config.lists.subscriptions import read_subscriptions
from monitor.config.load import parse_settings
from monitor.polling.http.address import Forbidden, normalise, parse_target, redacted
from storage.engine.replace_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from monitor.config.lists.subscriptions import Subscriptions
    from monitor.config.settings import Settings
    from storage.database import Database


class AddressRefused(ActionRefused):
    """The address cannot be polled, or contains a password."""


class ListRefused(ActionRefused):
    """The subscription list cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The feed at `url` is subscribed; `is_new` says whether it was not before. `path` is the configuration file."""

    url: str
    path: Path
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSubscribed:
    """A feed of a list that cannot be polled, and the reason."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The result of an import.

    `listed` counts the feeds of the list, each URL once; `added` are the URLs that were not subscribed before;
    `left_out` has a sentence for each entry that is not a pollable feed. `path` is the configuration file.
    """

    listed: int
    added: tuple[str, ...]
    refused: tuple[NotSubscribed, ...]
    left_out: tuple[str, ...]
    path: Path

    @property
    def is_complete(self) -> bool:
        """Return whether every entry of the list is subscribed."""
        return not self.refused and not self.left_out


def add_feed(
    database: Database,
    settings: Settings,
    url: str,
    *,
    title: str,
    tags: Sequence[str],
    environ: Mapping[str, str],
    now: datetime,
) -> Added:
    """Write a feed into the configuration file and make it due; a feed that is subscribed stays as it is.

    Raises:
        AddressRefused: the URL cannot be polled, or contains a password.
        NotEditableError: the configuration's feeds are written in a form that cannot be edited.
    """
    target = parse_target(url)
    if isinstance(target, Forbidden):
        raise AddressRefused(f"{normalise(url)}: {target.words}")
    if target.credentials is not None:
        raise AddressRefused(
            f"{target.url}: the address contains a password; add the feed without it, and write `username` and "
            '`password = {env = "NAME"}` under it in the configuration'
        )
    is_new = all(feed.url != target.url for feed in settings.feeds)
    if is_new:
        feed = Outline(url=target.url, title=title, tags=tuple(tags), line=0)
        _write(database, settings, [feed], environ=environ, now=now)
    return Added(url=target.url, path=settings.path, is_new=is_new)


def import_feeds(
    database: Database,
    settings: Settings,
    body: bytes,
    *,
    name: str,
    environ: Mapping[str, str],
    now: datetime,
) -> Imported:
    """Write every feed of a list into the configuration file that is not subscribed yet, and make it due.

    `name` is the list's name in messages.

    Raises:
        ListRefused: the list cannot be read, or contains no feed.
        NotEditableError: the configuration's feeds are written in a form that cannot be edited.
    """
    read = _read(body, name)
    listed, refused = _pollable(read.feeds)
    known = {feed.url for feed in settings.feeds}
    new = [feed for feed in listed.values() if feed.url not in known]
    if new:
        _write(database, settings, new, environ=environ, now=now)
        with database.write() as ledger:
            ledger.feeds.expect({feed.url: feed.kind for feed in new if feed.kind})
    return Imported(
        listed=len(listed) + len(refused),
        added=tuple(feed.url for feed in new),
        refused=refused,
        left_out=read.left_out,
        path=settings.path,
    )


def _pollable(outlines: Sequence[Outline]) -> tuple[dict[str, Outline], tuple[NotSubscribed, ...]]:
    """Return the feeds that can be polled by their normalised URLs, and the others with the reason."""
    listed: dict[str, Outline] = {}
    refused = []
    for outline in outlines:
        target = parse_target(outline.url)
        if isinstance(target, Forbidden):
            refused.append(NotSubscribed(url=redacted(outline.url), reason=target.words))
        elif target.credentials is not None:
            reason = "the address contains a password; add the feed with `username` and `password`"
            refused.append(NotSubscribed(url=target.url, reason=reason))
        else:
            feed = replace(outline, url=target.url)
            listed[target.url] = _merged(listed[target.url], feed) if target.url in listed else feed
    return listed, tuple(refused)


def _read(body: bytes, name: str) -> Subscriptions:
    try:
        return read_subscriptions(body)
    except OpmlError as error:
        place = name if error.line is None else f"{name}:{error.line}"
        raise ListRefused(f"{place}: {error}") from None


def _merged(first: Outline, second: Outline) -> Outline:
    """Return a feed that a list has twice, with the folders of both."""
    tags = tuple(dict.fromkeys((*first.tags, *second.tags)))
    return replace(first, title=first.title or second.title, tags=tags)


def _write(
    database: Database,
    settings: Settings,
    feeds: Sequence[Outline],
    *,
    environ: Mapping[str, str],
    now: datetime,
) -> None:
    text = with_feeds(read_text(settings.path), feeds)
    edited = parse_settings(text, settings.path, environ=environ)  # an unreadable file is never written
    replace_file(settings.path, text.encode())
    sync_subscriptions(database, edited, now=now)
