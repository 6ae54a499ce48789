"""Reads the feeds: single ones and those of OPML lists, each URL once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.config.errors import ConfigError
from monitor.config.lists.one_line import one_line
from monitor.config.polling import warn_if_short
from monitor.config.settings import FeedConfig
from monitor.polling.http.address import Forbidden, Target, parse_target, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from monitor.config.error_log import ErrorLog
    from monitor.config.lists.opml import Outline
    from monitor.config.read_tables import Entry
    from monitor.config.schema import FeedTable
    from monitor.config.settings import PollingSettings

# Keys of a single feed; with a list, the credentials would be sent to every server in it.
OF_ONE_FEED = ("title", "headers", "username", "password")

# In a URL that cannot be parsed, everything before the last `@` may be a password, slashes included.
SECRETIVE = re.compile(r"(?:(?<=//)|^(?!.*//)).*@", re.DOTALL)


def read_feeds(entries: list[Entry[FeedTable]], error_log: ErrorLog) -> tuple[FeedConfig, ...]:
    """Return the feeds in order, duplicates merged; record lists that cannot be read."""
    feeds: dict[str, FeedConfig] = {}
    # One value for all feeds: to compute a path takes as long as to read a table.
    file = error_log.path.absolute()
    for entry in entries:
        _check_source(entry, error_log)
        if entry.table is None:
            continue
        warn_if_short((*entry.place, "interval"), entry.table.interval, error_log)
        for feed in _feeds(entry, entry.table, error_log, file):
            earlier = feeds.get(feed.url)
            feeds[feed.url] = feed if earlier is None else _merged(earlier, feed)
            if earlier is not None and earlier.source == feed.source and entry.table.url is not None:
                cause = f"the feed is already subscribed at line {earlier.line}"
                error_log.warn((*entry.place, "url"), cause, "remove one; both are polled as one feed")
    return tuple(feeds.values())


def unreachable(feeds: tuple[FeedConfig, ...], polling: PollingSettings) -> Iterator[ConfigError]:
    """Yield a warning for each feed that can never be polled: its URL is invalid, or `[polling]` forbids it."""
    from monitor.polling.http.network_rules import refusal  # noqa: PLC0415  # only for warnings

    ports = frozenset(polling.allow_ports)
    for feed in feeds:
        match parse_target(feed.url):
            case Forbidden(words=words):
                cause, remedy = words, "it is not polled"
            case target if (refused := refusal(target, ports, polling.allow_networks)) is not None:
                cause, _, remedy = refused.partition("; ")
            case _:
                continue
        yield ConfigError(
            path=feed.source, line=feed.line, where="", cause=f"{feed.url}: {cause}", remedy=remedy
        )


def _check_source(entry: Entry[FeedTable], error_log: ErrorLog) -> None:
    """Record an error for an entry that is neither a feed nor a list, or both."""
    if "url" not in entry.written and "opml" not in entry.written:
        error_log.miss(entry.place, "has neither 'url' nor 'opml'", "name a feed or a list of feeds")
    if "url" in entry.written and "opml" in entry.written:
        error_log.refuse(
            (*entry.place, "opml"), "cannot be combined with 'url'", "write two [[feeds]] tables"
        )
    for key in OF_ONE_FEED:
        if "opml" in entry.written and key in entry.written:
            error_log.refuse(
                (*entry.place, key),
                "cannot be set for a list of feeds",
                "give that feed a [[feeds]] table with its 'url'",
            )


def _feeds(
    entry: Entry[FeedTable], table: FeedTable, error_log: ErrorLog, file: Path
) -> Iterator[FeedConfig]:
    if table.url is not None:
        yield _one(entry, table, table.url, file)
    elif table.opml is not None:
        for outline in _outlines(entry, table.opml, error_log):
            yield _listed(outline, table, table.opml)


def _one(entry: Entry[FeedTable], table: FeedTable, written: str, source: Path) -> FeedConfig:
    url, username, password = _apart(written)
    return FeedConfig(
        url=url,
        title=one_line(table.title),
        interval=table.interval,
        tags=tuple(one_line(tag) for tag in table.tags),
        control=table.control,
        headers=tuple((table.headers or {}).items()),
        username=table.username if table.username is not None else username,
        password=table.password if table.password is not None else password,
        source=source,
        line=entry.line,
    )


def _listed(outline: Outline, table: FeedTable, source: Path) -> FeedConfig:
    url, username, password = _apart(outline.url)
    return FeedConfig(
        url=url,
        title=outline.title,
        interval=table.interval,
        tags=tuple(dict.fromkeys((*table.tags, *outline.tags))),
        control=table.control,
        username=username,
        password=password,
        source=source,
        line=outline.line,
    )


def _apart(written: str) -> tuple[str, str | None, str | None]:
    """Return the normalised URL without user and password, then the user and the password."""
    match parse_target(written):
        case Target(url=url, credentials=None):
            return url, None, None
        case Target(url=url, credentials=known) if known is not None:
            return url, known.username, known.password
    return SECRETIVE.sub("", redacted(written.strip())), None, None


def _outlines(entry: Entry[FeedTable], path: Path, error_log: ErrorLog) -> tuple[Outline, ...]:
    """Return the feeds of a list; record an error if it cannot be read."""
    from monitor.config.lists.opml import OpmlError, read_opml  # noqa: PLC0415  # brings an XML parser

    try:
        found = read_opml(path.read_bytes())
    except OSError as error:
        cause = f"the list '{path}' cannot be read ({error.strerror})"
        error_log.refuse((*entry.place, "opml"), cause, "write it or correct the path")
        return ()
    except OpmlError as error:
        error_log.refuse_elsewhere(path, error.line, error.cause, error.remedy)
        return ()
    for entry_without_url in found.left_out:
        error_log.warn_elsewhere(
            path, entry_without_url.line, entry_without_url.reason, "the entry is left out"
        )
    if not found.feeds:
        cause = f"the list '{path}' contains no feed"
        error_log.warn((*entry.place, "opml"), cause, "add one or remove the list")
    return found.feeds


def _merged(first: FeedConfig, second: FeedConfig) -> FeedConfig:
    """Return the first feed, completed by the second."""
    return replace(
        first,
        title=first.title or second.title,
        interval=first.interval or second.interval,
        tags=tuple(dict.fromkeys((*first.tags, *second.tags))),
        control=first.control and second.control,
        headers=first.headers or second.headers,
        username=first.username if first.username is not None else second.username,
        password=first.password if first.password is not None else second.password,
    )


def spellings(url: str) -> tuple[str, str]:
    """Return a URL with and without its scheme: shells complete only the text after the last colon."""
    return url, url.partition("://")[2]
