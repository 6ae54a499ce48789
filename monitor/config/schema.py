"""The tables of the configuration file: the keys, their readers and their defaults."""

from __future__ import annotations

from dataclasses import MISSING, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from monitor.config import files, settings, types
from monitor.config.readers import one_of, true_or_false
from storage.model import Updates
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time, timedelta
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from monitor.config.readers import Reader

T = TypeVar("T")
D = TypeVar("D")


def key(reader: Reader[T], default: D, *, written: str | None = None) -> T | D:
    """Define a key of a table; `written` is its name in the file where it differs from the field's."""
    known: T | D = field(default=default, metadata={"reader": reader, "written": written})
    return known


def required(reader: Reader[T]) -> T:
    """Define a key that every table of its kind must have."""
    known: T = field(metadata={"reader": reader, "written": None})
    return known


class Key(NamedTuple):
    """A key of a table: its name in the file, its field, its reader and its default, MISSING where it must be given."""

    written: str
    name: str
    reader: Reader[Any]
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether every table of its kind must have it."""
        return self.default is MISSING


class Table:
    """A table of the file; its fields are the validated values."""


@value
class TopTable(Table):
    """The keys outside any table; each table is validated by itself, so that all errors are reported."""

    database: str | None = key(types.database, None)
    contact: str = key(types.contact, "")
    operators: tuple[str, ...] | None = key(types.channels, None)


@value
class StorageTable(Table):
    """`[storage]`."""

    keep: timedelta = key(types.interval, settings.KEEP)


@value
class PollingTable(Table):
    """`[polling]`; the bounds are None where they are not given, since they follow the interval."""

    interval: timedelta | None = key(types.interval, None)
    min_interval: timedelta | None = key(types.interval, None)
    max_interval: timedelta | None = key(types.interval, None)
    concurrency: int = key(types.concurrency, settings.CONCURRENCY)
    timeout: timedelta = key(types.timeout, settings.TIMEOUT)
    max_bytes: int = key(types.size, settings.MAX_BYTES)
    host_delay: timedelta = key(types.duration, settings.HOST_DELAY)
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = key(types.networks, ())
    allow_ports: tuple[int, ...] = key(types.ports, settings.ALLOW_PORTS)
    heads_per_hour: int = key(types.heads_per_hour, settings.HEADS_PER_HOUR)
    fulltext: bool = key(types.fulltext, False)


@value
class PagesTable(Table):
    """`[pages]`: the web pages; nothing is served without `listen`."""

    listen: tuple[str, int] | None = key(types.listen, None)
    url: str | None = key(types.public_url, None)
    token: str | None = key(types.sign_in_token, None)
    reader_token: str | None = key(types.sign_in_token, None)
    trusted_header: str | None = key(types.header_name, None)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = key(types.networks, ())
    insecure: bool = key(true_or_false, False)


@value
class FeedTable(Table):
    """`[[feeds]]`: a feed, or a list of them."""

    url: str | None = key(types.plain_text, None)
    opml: Path | None = key(files.opml_file, None)
    title: str = key(types.plain_text, "")
    interval: timedelta | None = key(types.interval, None)
    tags: tuple[str, ...] = key(types.texts, ())
    control: bool = key(true_or_false, False)
    headers: dict[str, str] | None = key(types.headers, None)
    username: str | None = key(types.secret, None)
    password: str | None = key(types.secret, None)


@value
class TopicTable(Table):
    """`[[topics]]`."""

    name: str = required(types.name)
    articles: tuple[tuple[Path, ...], ...] = key(files.articles, ())
    rule: Path | None = key(files.rule_file, None)
    query: str | None = key(types.query, None)
    breadth: str | None = key(one_of("narrow", "story", "wide"), None)
    fulltext: bool | None = key(types.fulltext, None)
    fit: bool | None = key(true_or_false, None)
    feeds: tuple[str, ...] | None = key(types.texts, None)


@value
class ChannelTable(Table):
    """`[[channels]]`; the channel type decides which keys are valid."""

    name: str = required(types.name)
    type: str = required(types.channel_type)
    to: tuple[str, ...] = key(types.addresses, ())
    sender: str = key(types.mail_address, "", written="from")
    host: str = key(types.plain_text, "localhost")
    port: int | None = key(types.port, None)
    security: str = key(one_of("none", "starttls", "tls"), "starttls")
    username: str | None = key(types.secret, None)
    password: str | None = key(types.secret, None)
    url: str | None = key(files.server_url, None)
    secret: tuple[str, ...] = key(types.signing_secrets, ())
    command: tuple[str, ...] = key(files.command, ())
    path: Path | None = key(files.file, None)


@value
class RouteTable(Table):
    """`[[routes]]`."""

    topics: tuple[str, ...] = key(types.topics, ("*",))
    channels: tuple[str, ...] | None = key(types.channels, None)
    send: str = key(one_of("alerts", "digest"), "alerts")
    at: str | None = key(types.cron, None)
    when_empty: str = key(one_of("nothing", "one-line"), "nothing")
    group_wait: timedelta = key(types.duration, settings.GROUP_WAIT)
    updates: Updates = key(types.updates, Updates.WHEN_IT_GROWS)
    max_per_hour: int = key(types.messages_per_hour, settings.MAX_PER_HOUR)
    cap: str = key(one_of("channel", "route"), "channel")
    quiet: tuple[time, time] | None = key(types.quiet, None)
    priority: tuple[str, ...] = key(types.priority_topics, ())
    timezone: ZoneInfo | None = key(types.zone, None)


TABLES: Mapping[str, type[Table]] = {
    "storage": StorageTable,
    "polling": PollingTable,
    "pages": PagesTable,
}
LISTS: Mapping[str, type[Table]] = {
    "feeds": FeedTable,
    "topics": TopicTable,
    "channels": ChannelTable,
    "routes": RouteTable,
}


def keys_of(table: type[Table]) -> dict[str, Key]:
    """Return the keys of a table by their names in the file."""
    known = (
        Key(one.metadata["written"] or one.name, one.name, one.metadata["reader"], one.default)
        for one in fields(table)  # type: ignore[arg-type]  # each table is a dataclass
    )
    return {one.written: one for one in known}


def known_keys(section: str) -> list[str]:
    """Return the keys of a section, `""` for the top of the file."""
    if section:
        return list(keys_of({**TABLES, **LISTS}[section]))
    return [*keys_of(TopTable), *TABLES, *LISTS]
