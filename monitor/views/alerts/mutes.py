"""The mutes in force, with their targets and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.views.iso import iso
from storage.model import MuteKind
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Mute, RecipientMute


@value
class MuteView:
    """A mute; commands accept its `target`: the name of a topic, the id of a story (`s12`), or the address of a feed."""

    kind: MuteKind
    target: str
    since: datetime
    until: datetime


def read_mutes(ledger: Ledger, *, now: datetime) -> tuple[MuteView, ...]:
    """Return the mutes in force at a time."""
    return tuple(
        MuteView(kind=one.kind, target=_target(ledger, one), since=one.since, until=one.until)
        for one in ledger.mutes.active(now=now)
    )


def mute_json(view: MuteView) -> dict[str, Any]:
    """Return an entry of the output of `mute --format json`."""
    return {
        "kind": str(view.kind),
        "target": view.target,
        "since": iso(view.since),
        "until": iso(view.until),
    }


def read_recipient_mutes(ledger: Ledger) -> tuple[RecipientMute, ...]:
    """Return the mutes of recipients, who get no more alerts on a topic, or no more digests."""
    return tuple(ledger.recipient_mutes.active())


def recipient_mute_json(mute: RecipientMute) -> dict[str, Any]:
    """Return an entry of the output of `mute --format json` for a recipient's mute, which has no end."""
    return {
        "kind": "recipient",
        "target": mute.topic or "digest",
        "since": iso(mute.since),
        "until": None,
        "recipient": mute.recipient,
        "channel": mute.channel,
    }


def _target(ledger: Ledger, one: Mute) -> str:
    if one.kind is MuteKind.STORY:
        return f"s{one.target}"
    if one.kind is MuteKind.FEED:
        feeds = ledger.feeds.subscribed(only=int(one.target))
        return feeds[0].url if feeds else f"feed {one.target}, no longer subscribed"
    return one.target
