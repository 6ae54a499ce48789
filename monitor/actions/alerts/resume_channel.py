"""Resumes a channel: makes everything that waits for it due now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.database import Database
    from storage.model import Channel


class ChannelUnknown(ActionRefused):
    """No channel of this name is configured."""


def known_channel(name: str, configured: Iterable[Channel]) -> Channel:
    """Return the configured channel of this name.

    Raises:
        ChannelUnknown: there is none.
    """
    channels = {channel.name: channel for channel in configured}
    if name in channels:
        return channels[name]
    import difflib  # noqa: PLC0415  # only for errors

    near = difflib.get_close_matches(name, channels, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(channels)}."
    raise ChannelUnknown(f"no channel {name!r}.{hint}")


def resume_channel(database: Database, channel: Channel, *, now: datetime) -> int:
    """Delete a channel's trouble; return how many deliveries are due now, including those held for it."""
    with database.write() as ledger:
        ledger.channels.clear(channel.name)
        return ledger.channels.release(channel.name, now=now)
