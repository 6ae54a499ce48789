"""Reads the channels, and checks that each has the keys of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.channels.registry import CHANNEL_TYPES, DEFAULT_TYPE, kind_of
from monitor.config.read_tables import refuse_repeated_names
from monitor.config.schema import ChannelTable, keys_of
from storage.model import Channel

if TYPE_CHECKING:
    from monitor.config.error_log import ErrorLog
    from monitor.config.read_tables import Entry

CONSOLE = Channel(name="console", type=DEFAULT_TYPE)  # for a configuration without channels
SMTP_PORTS = {"none": 25, "starttls": 25, "tls": 465}  # RFC 5321 and, for implicit TLS, RFC 8314


def read_channels(entries: list[Entry[ChannelTable]], error_log: ErrorLog) -> tuple[Channel, ...]:
    """Return the channels without errors; record the errors of the others."""
    refuse_repeated_names(entries, error_log)
    for entry in entries:
        _check_keys(entry, error_log)
    channels = [_channel(entry, entry.table, error_log) for entry in entries if entry.table is not None]
    return tuple(channels) or (CONSOLE,)


def _check_keys(entry: Entry[ChannelTable], error_log: ErrorLog) -> None:
    """Record keys that the type needs and keys that do not apply to it."""
    name = entry.written.get("type")
    if not isinstance(name, str) or name not in CHANNEL_TYPES:
        return  # already refused
    kind = kind_of(name)
    for key in kind.needed:
        if key not in entry.written:
            error_log.miss(entry.place, f"has no '{key}'", f"a channel of type {name!r} needs it")
    known = {"name", "type", *kind.needed, *kind.possible}
    for key in entry.written:
        if key in set(keys_of(ChannelTable)) - known:
            error_log.refuse(
                (*entry.place, key), f"does not apply to a channel of type {name!r}", "remove it"
            )
    for key, other in (("username", "password"), ("password", "username")):
        if key in entry.written and other not in entry.written and key in known:
            error_log.miss((*entry.place, key), f"needs '{other}'", "give both or neither")


def _channel(entry: Entry[ChannelTable], table: ChannelTable, error_log: ErrorLog) -> Channel:
    channel = Channel(
        name=table.name,
        type=table.type,
        to=table.to,
        sender=table.sender,
        host=table.host,
        port=table.port or SMTP_PORTS[table.security],
        security=table.security,
        username=table.username,
        password=table.password,
        url=table.url,
        secrets=table.secret,
        command=table.command,
        path=str(table.path) if table.path is not None else None,
    )
    _warn(entry, channel, error_log)
    return channel


def _warn(entry: Entry[ChannelTable], channel: Channel, error_log: ErrorLog) -> None:
    for found in kind_of(channel.type).warnings(channel):
        place = entry.place if found.key is None else (*entry.place, found.key)
        error_log.warn(place, found.problem, found.remedy)
