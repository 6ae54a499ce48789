"""Channels: what each type needs, and what makes one questionable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.read_tables import refuse_repeated_names
from monitor.config.schema import NEEDED, POSSIBLE, ChannelTable
from storage.model import Channel, ChannelType

if TYPE_CHECKING:
    from monitor.config.error_log import ErrorLog
    from monitor.config.read_tables import Entry

CONSOLE = Channel(name="console", type=ChannelType.CONSOLE)  # for whoever has configured none
SMTP_PORTS = {"none": 25, "starttls": 25, "tls": 465}  # RFC 5321 and, for implicit TLS, RFC 8314
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def read_channels(entries: list[Entry[ChannelTable]], findings: ErrorLog) -> tuple[Channel, ...]:
    """Return the channels without errors; notes what the others lack."""
    refuse_repeated_names(entries, findings)
    for entry in entries:
        _check_keys(entry, findings)
    channels = [_channel(entry, entry.table, findings) for entry in entries if entry.table is not None]
    return tuple(channels) or (CONSOLE,)


def _check_keys(entry: Entry[ChannelTable], findings: ErrorLog) -> None:
    """Note keys that the type needs and keys that mean nothing to it."""
    kind = entry.written.get("type")
    if not isinstance(kind, str) or kind not in NEEDED:
        return  # already refused
    for key in NEEDED[kind]:
        if key not in entry.written:
            findings.miss(entry.place, f"has no '{key}'", f"a channel of type {kind!r} needs it")
    known = {"name", "type", *NEEDED[kind], *POSSIBLE[kind]}
    elsewhere = {key for keys in (*NEEDED.values(), *POSSIBLE.values()) for key in keys}
    for key in entry.written:
        if key in elsewhere - known:
            findings.refuse((*entry.place, key), f"means nothing to a channel of type {kind!r}", "remove it")
    for key, other in (("username", "password"), ("password", "username")):
        if key in entry.written and other not in entry.written and key in known:
            findings.miss((*entry.place, key), f"stands without '{other}'", "give both or neither")


def _channel(entry: Entry[ChannelTable], table: ChannelTable, findings: ErrorLog) -> Channel:
    _warn(entry, table, findings)
    return Channel(
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


def _warn(entry: Entry[ChannelTable], table: ChannelTable, findings: ErrorLog) -> None:
    if table.type is ChannelType.WEBHOOK and not table.secret:
        findings.warn(
            entry.place, "the webhook is not signed", "give it a secret: its receiver can check nothing"
        )
    if table.password and table.security == "none" and table.host not in LOCAL_HOSTS:
        findings.warn(
            (*entry.place, "security"),
            "the password goes over the network in clear",
            "write 'starttls' or 'tls'",
        )
