"""Reads the topics: articles, rule or query, and the feeds that each reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.config.errors import suggestion
from monitor.config.read_tables import refuse_repeated_names
from monitor.config.settings import TopicConfig
from monitor.polling.http.address import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from monitor.config.error_log import ErrorLog
    from monitor.config.read_tables import Entry
    from monitor.config.schema import TopicTable
    from monitor.config.settings import FeedConfig
    from monitor.text.toml_positions import TomlPath

WAYS = ("articles", "rule", "query")


def read_topics(
    entries: list[Entry[TopicTable]], error_log: ErrorLog, *, feeds: tuple[FeedConfig, ...], fulltext: bool
) -> tuple[TopicConfig, ...]:
    """Return the topics without errors; record topics without a rule, and filters that match no feed.

    `fulltext` is the default for topics.
    """
    refuse_repeated_names(entries, error_log)
    for entry in entries:
        _check_ways(entry, error_log)
    chosen = [_chosen(entry, error_log, feeds) for entry in entries]
    topics = (
        _topic(entry, entry.table, urls, path=error_log.path)
        for entry, urls in zip(entries, chosen, strict=True)
        if entry.table is not None
    )
    return tuple(replace(topic, fulltext=fulltext) if topic.fulltext is None else topic for topic in topics)


def with_query_line(topic: TopicConfig, text: str, written: Sequence[object]) -> TopicConfig:
    """Return a topic with the line on which its query begins; `written` are the file's `[[topics]]`."""
    from monitor.text.toml_positions import text_lines  # noqa: PLC0415  # brings a TOML grammar, for errors only

    paths = [
        ("topics", position, "query")
        for position, table in enumerate(written)
        if isinstance(table, dict) and table.get("name") == topic.name
    ]
    for line in text_lines(text, paths).values():
        return replace(topic, query_line=line)
    return topic


def _check_ways(entry: Entry[TopicTable], error_log: ErrorLog) -> None:
    """Record topics with none or several of `articles`, `rule` and `query`."""
    given = [key for key in entry.written if key in WAYS]
    if not given:
        error_log.miss(entry.place, "has none of 'articles', 'rule' and 'query'", "give one of them")
    for way in given[1:]:
        error_log.refuse((*entry.place, way), f"cannot be combined with '{given[0]}'", "keep one of them")
    for key in ("breadth", "fit"):
        if key in entry.written and "query" in entry.written:
            error_log.warn((*entry.place, key), "does not apply to a query", "remove it")


def _topic(
    entry: Entry[TopicTable],
    table: TopicTable,
    feeds: tuple[str, ...] | None,
    *,
    path: Path,
) -> TopicConfig:
    return TopicConfig(
        name=table.name,
        articles=tuple(dict.fromkeys(article for found in table.articles for article in found)),
        rule=table.rule,
        query=table.query,
        breadth=table.breadth,
        fit=table.fit,
        feeds=feeds,
        fulltext=table.fulltext,
        path=path,
        line=entry.line,
    )


def _chosen(
    entry: Entry[TopicTable], error_log: ErrorLog, feeds: tuple[FeedConfig, ...]
) -> tuple[str, ...] | None:
    """Return the URLs of the feeds that match a filter (`tag:NAME`, a URL or a title); None without filters."""
    written = entry.written.get("feeds")
    if written is None:
        return None
    chosen: set[str] = set()
    for position, name in enumerate(written if isinstance(written, list) else [written]):
        if not isinstance(name, str):
            continue  # already refused
        found = {feed.url for feed in feeds if _is_meant(name, feed)}
        chosen |= found
        if not found:
            _refuse_filter((*entry.place, "feeds", position), name, error_log, feeds)
    return tuple(feed.url for feed in feeds if feed.url in chosen)


def _is_meant(written: str, feed: FeedConfig) -> bool:
    if written.startswith("tag:"):
        wanted = written.removeprefix("tag:").strip().casefold()
        return any(tag.casefold() == wanted for tag in feed.tags)
    return written == feed.title or normalise(written) == feed.url


def _refuse_filter(place: TomlPath, written: str, error_log: ErrorLog, feeds: tuple[FeedConfig, ...]) -> None:
    tags = {f"tag:{tag}" for feed in feeds for tag in feed.tags}
    known = tags if written.startswith("tag:") else {feed.title for feed in feeds if feed.title}
    error_log.miss(place, f"no feed matches {normalise(written)!r}", suggestion(written, known))
