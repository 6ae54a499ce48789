"""The tables of the configuration file: the keys and their types.

Imported only when a configuration is read, since importing pydantic takes longer than everything else here.
"""
# No `from __future__ import annotations`: pydantic reads these annotations while the program runs.

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.config import files, settings, types
from storage.model import Updates

# A pydantic plugin of another package would see every secret; searching for plugins is slow too.
_NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
_plugins_wanted = os.environ.get(_NO_PLUGINS)
os.environ[_NO_PLUGINS] = "__all__"


class Table(BaseModel):
    """A table whose unknown keys are errors and whose values keep their TOML type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class TopTable(Table):
    """The keys outside any table; each table is validated by itself, so that all errors are reported."""

    database: types.Database | None = None
    contact: types.Contact = ""
    operators: types.Channels | None = None


class StorageTable(Table):
    """`[storage]`."""

    keep: types.Interval = settings.KEEP


class PollingTable(Table):
    """`[polling]`; the bounds are None where they are not given, since they follow the interval."""

    interval: types.Interval | None = None
    min_interval: types.Interval | None = None
    max_interval: types.Interval | None = None
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = settings.CONCURRENCY
    timeout: types.Timeout = settings.TIMEOUT
    max_bytes: types.Size = settings.MAX_BYTES
    host_delay: types.Duration = settings.HOST_DELAY
    allow_networks: types.Networks = ()
    allow_ports: types.Ports = settings.ALLOW_PORTS
    heads_per_hour: Annotated[int, Field(ge=0, le=10_000)] = settings.HEADS_PER_HOUR
    fulltext: types.Fulltext = False


class PagesTable(Table):
    """`[pages]`: the web pages; nothing is served without `listen`."""

    listen: types.Listen | None = None
    url: types.PublicUrl | None = None
    token: types.SignInToken | None = None
    reader_token: types.SignInToken | None = None
    trusted_header: types.HeaderName | None = None
    trusted_proxies: types.Networks = ()
    insecure: bool = False


class FeedTable(Table):
    """`[[feeds]]`: a feed, or a list of them."""

    url: types.Text | None = None
    opml: files.OpmlFile | None = None
    title: types.Text = ""
    interval: types.Interval | None = None
    tags: types.Texts = ()
    control: bool = False
    headers: types.Headers = Field(default_factory=dict)
    username: types.Secret | None = None
    password: types.Secret | None = None


class TopicTable(Table):
    """`[[topics]]`."""

    name: types.Name
    articles: files.Articles = ()
    rule: files.RuleFile | None = None
    query: types.Query | None = None
    breadth: Literal["narrow", "story", "wide"] | None = None
    fulltext: types.Fulltext | None = None
    fit: bool | None = None
    feeds: types.Texts | None = None


class ChannelTable(Table):
    """`[[channels]]`; the channel type decides which keys are valid."""

    name: types.Name
    type: types.Kind
    to: types.Addresses = ()
    sender: types.Sender = Field(default="", alias="from")
    host: types.Text = "localhost"
    port: types.Port | None = None
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: types.Secret | None = None
    password: types.Secret | None = None
    url: files.ServerUrl | None = None
    secret: types.SigningSecrets = ()
    command: files.Command = ()
    path: files.File | None = None


class RouteTable(Table):
    """`[[routes]]`."""

    topics: types.Topics = ("*",)
    channels: types.Channels | None = None
    send: Literal["alerts", "digest"] = "alerts"
    at: types.Cron | None = None
    when_empty: Literal["nothing", "one-line"] = "nothing"
    group_wait: types.Duration = settings.GROUP_WAIT
    updates: types.UpdatesWord = Updates.WHEN_IT_GROWS
    max_per_hour: types.MessagesPerHour = settings.MAX_PER_HOUR
    cap: Literal["channel", "route"] = "channel"
    quiet: types.Quiet | None = None
    priority: types.PriorityTopics = ()
    timezone: types.Zone | None = None


# Restored for child processes, which may use plugins.
if _plugins_wanted is None:
    del os.environ[_NO_PLUGINS]
else:
    os.environ[_NO_PLUGINS] = _plugins_wanted

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


def keys_of(table: type[Table]) -> list[str]:
    """Return the keys as they are written in the file."""
    return [known.alias or name for name, known in table.model_fields.items()]


def known_keys(section: str) -> list[str]:
    """Return the keys of a section, `""` for the top of the file."""
    if section:
        return keys_of({**TABLES, **LISTS}[section])
    return [*keys_of(TopTable), *TABLES, *LISTS]
