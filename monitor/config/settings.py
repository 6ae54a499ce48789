"""The validated configuration as frozen values, with absolute paths."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from monitor.config.errors import ConfigError
    from storage.model import Channel, Route

# The defaults of the configuration file; `[polling]` and `[storage]` change them.
KEEP = timedelta(days=400)  # a digest of a year still finds all its stories
INTERVAL = timedelta(hours=1)  # typical of what publishers ask for
MIN_INTERVAL = timedelta(minutes=15)  # publishers accept this without blocking
MAX_INTERVAL = timedelta(hours=24)  # a silent feed is still polled once a day
CONCURRENCY = 100  # concurrent fetches; a small machine has enough sockets for this
TIMEOUT = timedelta(seconds=30)  # total per fetch, even if data trickles in
MAX_BYTES = 5_000_000  # decoded or as sent; real feeds are smaller
HOST_DELAY = timedelta(seconds=1)  # pause between two requests to one host
ALLOW_PORTS = (80, 443)  # on other ports there are services rather than feeds
HEADS_PER_HOUR = 60  # pages of all sites together whose head is read, for items that have a title alone
GROUP_WAIT = timedelta(minutes=2)  # outlets that copy a news agency follow within minutes
MAX_PER_HOUR = 20  # messages of a channel; more than one in three minutes is noise


@value
class StorageSettings:
    """The time for which the database keeps items."""

    keep: timedelta = KEEP


@value
class PollingSettings:
    """The settings of polling: `max_bytes` in bytes, `allow_ports` empty for every port; min ≤ interval ≤ max."""

    interval: timedelta = INTERVAL
    min_interval: timedelta = MIN_INTERVAL
    max_interval: timedelta = MAX_INTERVAL
    concurrency: int = CONCURRENCY
    timeout: timedelta = TIMEOUT
    max_bytes: int = MAX_BYTES
    host_delay: timedelta = HOST_DELAY
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allow_ports: tuple[int, ...] = ALLOW_PORTS
    heads_per_hour: int = HEADS_PER_HOUR
    fulltext: bool = False


@value
class PagesSettings:
    """The settings of the web pages. `listen` is an address and a port; without it no pages are served.

    `url` is the public address without a slash at its end; without it alerts carry no links. `trusted_header` names the
    user only in requests that come from `trusted_proxies`.
    """

    listen: tuple[str, int] | None = None
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    reader_token: str | None = field(default=None, repr=False)
    trusted_header: str | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    insecure: bool = False

    @property
    def served_url(self) -> str | None:
        """The public address, if the pages are served there by this configuration."""
        return self.url if self.listen is not None else None


@value
class FeedConfig:
    """A subscribed feed. `url` is normalised where it can be polled, else as given, and never contains credentials.

    `interval` is None for the default of `[polling]`; a `control` feed only shows what the others miss; `headers` are (name, value); `source` and `line` say where
    the feed is first configured: the configuration or an OPML file.
    """

    url: str
    title: str = ""
    interval: timedelta | None = None
    tags: tuple[str, ...] = ()
    control: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    source: Path
    line: int | None


@value
class TopicConfig:
    """A topic: exactly one of `articles`, `rule` and `query` is set.

    `breadth` is None if it is not set; then the examples or the rule decide it. `fit` is
    None if it is not set; then rules that nobody has edited are fitted. `feeds` holds the URLs of the feeds
    that the topic reads, None for all. `line` is the topic's; `query_line` is the line of the query's first
    character in `path`, which is looked up when the query has an error.
    """

    name: str
    articles: tuple[Path, ...] = ()
    rule: Path | None = None
    query: str | None = None
    breadth: str | None = None
    fit: bool | None = None
    feeds: tuple[str, ...] | None = None
    path: Path
    line: int | None
    query_line: int | None = None
    fulltext: bool | None = None

    @property
    def is_defined(self) -> bool:
        """Whether the topic has articles, a rule or a query; a configuration without is refused."""
        return bool(self.articles) or self.rule is not None or self.query is not None


@value
class Settings:
    """A whole configuration without errors.

    `operators` are channel names, or None where the owner named none; `check` prints the `warnings`, which
    `find_warnings` makes.
    """

    path: Path
    database: str = field(repr=False)
    contact: str
    operators: tuple[str, ...] | None
    storage: StorageSettings
    polling: PollingSettings
    feeds: tuple[FeedConfig, ...]
    topics: tuple[TopicConfig, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    pages: PagesSettings = PagesSettings()
    find_warnings: Callable[[], tuple[ConfigError, ...]] = field(default=tuple, repr=False, compare=False)

    @property
    def warnings(self) -> tuple[ConfigError, ...]:
        """What is valid and probably not meant."""
        return self.find_warnings()

    @property
    def alert_channels(self) -> tuple[str, ...]:
        """The channels of all alert routes: those of the readers."""
        names = (name for route in self.routes if not route.is_digest for name in route.channels)
        return tuple(dict.fromkeys(names))
