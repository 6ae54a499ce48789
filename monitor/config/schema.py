"""The tables of the configuration file: which keys exist and what may stand there.

Imported only when a configuration is read: pydantic takes longer to import than everything else here to run.
"""
# No `from __future__ import annotations`: pydantic reads these annotations while the program runs.

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.config import files, kinds, values
from storage.model import ChannelType, Updates

# A plugin of another package would see every secret of the file; to look for one takes longer than to make these tables.
_NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
_plugins_wanted = os.environ.get(_NO_PLUGINS)
os.environ[_NO_PLUGINS] = "__all__"


class Table(BaseModel):
    """A table whose unknown keys are errors and whose values keep their TOML type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class TopTable(Table):
    """The keys outside any table; the tables are read one by one, so that one's errors hide nobody else's."""

    database: kinds.Database | None = None
    contact: kinds.Contact = ""
    operators: kinds.Channels | None = None


class StorageTable(Table):
    """`[storage]`."""

    keep: kinds.Interval = values.KEEP


class PollingTable(Table):
    """`[polling]`; the bounds are None where they are not given, since they follow the interval."""

    interval: kinds.Interval | None = None
    min_interval: kinds.Interval | None = None
    max_interval: kinds.Interval | None = None
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = values.CONCURRENCY
    timeout: kinds.Timeout = values.TIMEOUT
    max_bytes: kinds.Size = values.MAX_BYTES
    host_delay: kinds.Duration = values.HOST_DELAY
    allow_networks: kinds.Networks = ()
    allow_ports: kinds.Ports = values.ALLOW_PORTS
    fulltext: kinds.Fulltext = False


class FeedTable(Table):
    """`[[feeds]]`: a feed, or a list of them."""

    url: kinds.Text | None = None
    opml: files.OpmlFile | None = None
    title: kinds.Text = ""
    interval: kinds.Interval | None = None
    tags: kinds.Texts = ()
    headers: kinds.Headers = Field(default_factory=dict)
    username: kinds.Secret | None = None
    password: kinds.Secret | None = None


class TopicTable(Table):
    """`[[topics]]`."""

    name: kinds.Name
    articles: files.Articles = ()
    rule: files.RuleFile | None = None
    query: kinds.Query | None = None
    breadth: Literal["narrow", "story", "wide"] | None = None
    fulltext: kinds.Fulltext | None = None
    feeds: kinds.Texts | None = None


class ChannelTable(Table):
    """`[[channels]]`; which keys go together is told by `CHANNEL_KEYS`."""

    name: kinds.Name
    type: kinds.Kind
    to: kinds.Addresses = ()
    sender: kinds.Sender = Field(default="", alias="from")
    host: kinds.Text = "localhost"
    port: kinds.Port | None = None
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: kinds.Secret | None = None
    password: kinds.Secret | None = None
    url: files.ServerUrl | None = None
    secret: kinds.SigningSecrets = ()
    command: files.Command = ()
    path: files.File | None = None


class RouteTable(Table):
    """`[[routes]]`."""

    topics: kinds.Topics = ("*",)
    channels: kinds.Channels | None = None
    send: Literal["alerts", "digest"] = "alerts"
    at: kinds.Cron | None = None
    when_empty: Literal["nothing", "one-line"] = "nothing"
    group_wait: kinds.Duration = values.GROUP_WAIT
    updates: kinds.UpdatesWord = Updates.WHEN_IT_GROWS
    max_per_hour: Annotated[int, Field(ge=1)] = values.MAX_PER_HOUR
    quiet: kinds.Quiet | None = None
    priority: kinds.PriorityTopics = ()
    timezone: kinds.Zone | None = None


# What we start may use pydantic as it likes.
if _plugins_wanted is None:
    del os.environ[_NO_PLUGINS]
else:
    os.environ[_NO_PLUGINS] = _plugins_wanted

TABLES: Mapping[str, type[Table]] = {"storage": StorageTable, "polling": PollingTable}
LISTS: Mapping[str, type[Table]] = {
    "feeds": FeedTable,
    "topics": TopicTable,
    "channels": ChannelTable,
    "routes": RouteTable,
}

# What a channel needs, and what it may have beside its name and type.
NEEDED: Mapping[str, tuple[str, ...]] = {
    ChannelType.EMAIL: ("to", "from"),
    ChannelType.WEBHOOK: ("url",),
    ChannelType.CONSOLE: (),
    ChannelType.COMMAND: ("command",),
    ChannelType.FEED: ("path",),
    ChannelType.APPRISE: ("url",),
}
POSSIBLE: Mapping[str, tuple[str, ...]] = {
    ChannelType.EMAIL: ("host", "port", "security", "username", "password"),
    ChannelType.WEBHOOK: ("secret",),
    ChannelType.CONSOLE: (),
    ChannelType.COMMAND: (),
    ChannelType.FEED: (),
    ChannelType.APPRISE: (),
}


def keys_of(table: type[Table]) -> list[str]:
    """Return the keys as they are written in the file."""
    return [known.alias or name for name, known in table.model_fields.items()]


def known_keys(section: str) -> list[str]:
    """Return what may stand in a section, `""` for the top of the file."""
    if section:
        return keys_of({**TABLES, **LISTS}[section])
    return [*keys_of(TopTable), *TABLES, *LISTS]
