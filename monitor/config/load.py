"""Reads a configuration file into `Settings`, or reports all of its errors at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.config import schema
from monitor.config.channels import CONSOLE, read_channels
from monitor.config.database import DEFAULT_DATABASE, database_url
from monitor.config.error_log import ErrorLog
from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.feeds import read_feeds, unreachable
from monitor.config.local_zone import local_zone
from monitor.config.pages import read_pages
from monitor.config.polling import read_polling
from monitor.config.read_tables import Tables
from monitor.config.readers import ReadContext
from monitor.config.routes import read_routes
from monitor.config.secrets import SecretSource, is_world_readable, plain_secrets
from monitor.config.settings import Settings, StorageSettings
from monitor.config.tolerant_toml import read_toml
from monitor.config.topics import read_topics, with_query_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from monitor.config.settings import TopicConfig


def no_errors(_: TopicConfig) -> Iterable[ConfigError]:
    """Return no errors: the default check of a topic."""
    return ()


def load_settings(
    path: Path,
    *,
    environ: Mapping[str, str],
    check_topic: Callable[[TopicConfig], Iterable[ConfigError]] = no_errors,
) -> Settings:
    """Return the settings of a file; relative paths in it are relative to it.

    `check_topic` checks a topic's articles, rule or query, which this package cannot read, so that its errors
    are reported with all others. Raises `ConfigErrors` with every error found.
    """
    return parse_settings(_text(path), path, environ=environ, check_topic=check_topic)


def parse_settings(
    text: str,
    path: Path,
    *,
    environ: Mapping[str, str],
    check_topic: Callable[[TopicConfig], Iterable[ConfigError]] = no_errors,
) -> Settings:
    """Return the settings of a text as the content of the file `path`; see `load_settings`."""
    reading = read_toml(text)
    error_log = ErrorLog(path, reading.text, is_partial=bool(reading.broken))
    for broken_line in reading.broken:
        error_log.refuse_elsewhere(path, broken_line.line, broken_line.cause, broken_line.remedy)
    secrets = SecretSource(environ=environ, base=path.absolute().parent)
    settings = _settings(reading.tables, error_log, secrets)
    for topic in (one for one in settings.topics if one.is_defined):
        found = list(check_topic(topic))
        if found and topic.query is not None:  # only then is the query's place in the file looked up
            found = list(check_topic(with_query_line(topic, reading.text, reading.tables["topics"])))
        error_log.errors.extend(found)
    if error_log.errors:
        raise ConfigErrors(_in_order(error_log.errors, path))
    return replace(settings, find_warnings=lambda: tuple(_in_order(error_log.warnings(), path)))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        cause, remedy = f"cannot be read ({error.strerror})", "`storywatch init` writes a configuration"
        line = None
    except UnicodeDecodeError as error:
        cause, remedy = "is not UTF-8 text", "save it as UTF-8"
        line = error.object.count(b"\n", 0, error.start) + 1
    raise ConfigErrors([ConfigError(path=path, line=line, where="", cause=cause, remedy=remedy)])


def _settings(written: dict[str, Any], error_log: ErrorLog, secrets: SecretSource) -> Settings:
    """Return the valid parts; sections with errors keep their defaults, and their errors are recorded."""
    tables = Tables(written, error_log, _read_context(written, error_log, secrets))
    top = tables.top(schema.TopTable) or schema.TopTable()
    storage = tables.table("storage", schema.StorageTable) or schema.StorageTable()
    polling = tables.table("polling", schema.PollingTable) or schema.PollingTable()
    pages = read_pages(tables.table("pages", schema.PagesTable) or schema.PagesTable(), error_log)
    feed_entries = tables.entries("feeds", schema.FeedTable)
    feeds = read_feeds(feed_entries, error_log)
    polled = read_polling(polling, error_log)
    error_log.warn_later(partial(unreachable, feeds, polled))
    topic_entries = tables.entries("topics", schema.TopicTable)
    topics = read_topics(topic_entries, error_log, feeds=feeds, fulltext=polling.fulltext)
    channels = read_channels(tables.entries("channels", schema.ChannelTable), error_log)
    here = local_zone(secrets.environ)
    routes = read_routes(
        tables.entries("routes", schema.RouteTable),
        error_log,
        channels=tuple(channel.name for channel in channels),
        zone=here.zone,
    )
    _warn(written, error_log)
    if here.unknown is not None:
        cause = f"the environment variable TZ, {here.unknown!r}, is not a time zone of this machine"
        error_log.warn((), cause, "routes without 'timezone' have quiet hours and digests in UTC")
    return Settings(
        path=error_log.path.absolute(),
        database=top.database or database_url(DEFAULT_DATABASE, base=secrets.base),
        contact=top.contact,
        operators=top.operators or None,
        storage=StorageSettings(keep=storage.keep),
        polling=polled,
        feeds=feeds,
        topics=topics,
        channels=channels,
        routes=routes,
        pages=pages,
    )


def _read_context(written: dict[str, Any], error_log: ErrorLog, secrets: SecretSource) -> ReadContext:
    channels = _names(written.get("channels"))
    return ReadContext(
        secrets=secrets,
        topics=None if error_log.is_partial else _names(written.get("topics")),
        channels=None if error_log.is_partial else channels or (CONSOLE.name,),
        table={},
    )


def _names(section: object) -> tuple[str, ...]:
    """Return the names of a section's tables, valid or not."""
    tables = [table for table in section if isinstance(table, dict)] if isinstance(section, list) else []
    return tuple(table["name"] for table in tables if isinstance(table.get("name"), str))


def _warn(written: dict[str, Any], error_log: ErrorLog) -> None:
    for section, cost in (("feeds", "nothing will be polled"), ("topics", "no alert will be sent")):
        if not written.get(section):
            error_log.warn((), f"no {section} are configured, so {cost}", f"add [[{section}]]")
    if is_world_readable(error_log.path):
        for place in plain_secrets(written):
            cause = "the file contains a secret and every user of this machine can read it"
            error_log.warn(place, cause, 'write {env = "NAME"} or {file = "PATH"}, or chmod 600 the file')


def _in_order(found: list[ConfigError], path: Path) -> list[ConfigError]:
    """Return errors in the order of the file, then those of other files."""
    return sorted(found, key=lambda error: (error.path != path, str(error.path), error.line or 0))
