"""The health of a channel, judged by its attempts, and the reports to the operators.

A failing channel is treated like an open circuit breaker: it is probed with one message at a time, hourly at most
after a while, and all other messages wait untried (D2, D8).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channels.interface import Blocked, Deferred, Unknown
from alerts.channels.registry import kind_of
from alerts.render.event_kind import EventKind
from alerts.sending.retry import next_probe
from storage.model import ChannelTrouble
from storage.model.value import value
from storage.stores.reports import NewReport

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.channels.interface import Answer
    from storage.database import Ledger
    from storage.model import Channel, Delivery, Message

REPORT_AFTER = timedelta(minutes=15)  # a mere restart of the receiver is not reported
# An undeliverable message about a channel must not cause another message.
ABOUT_CHANNELS = frozenset({EventKind.CHANNEL_FAILING, EventKind.CHANNEL_RECOVERED, EventKind.DELIVERY_DEAD})


@value
class HealthChange:
    """The channel's trouble after a try, or None if it works; `urgent` means to report it at once."""

    trouble: ChannelTrouble | None
    urgent: bool = False


def judge(channel: Channel, answer: Answer, before: ChannelTrouble | None, *, now: datetime) -> HealthChange:
    """Return the state of a channel after an answer; `before` is its trouble so far, if any."""
    if not is_trouble(channel, answer):
        return HealthChange(trouble=None)
    failures = 1 if before is None else before.failures + 1
    trouble = ChannelTrouble(
        channel=channel.name,
        since=now if before is None else before.since,
        failures=failures,
        probe_at=_probe_at(channel, answer, failures, now),
        error=answer.text,
    )
    return HealthChange(
        trouble=trouble, urgent=isinstance(answer, Blocked) or now - trouble.since >= REPORT_AFTER
    )


def is_trouble(channel: Channel, answer: Answer) -> bool:
    """Whether an answer shows that the channel accepts nothing: it is blocked, unresponsive or overloaded."""
    match answer:
        case Blocked():
            return True
        case Deferred(code=code):
            # An SMTP 4xx may be about one recipient; a web server's 429 or 5xx is about the endpoint.
            return code is None or kind_of(channel.type).codes_name_the_endpoint
        case Unknown(code=code):
            return code is None
        case _:
            return False


def _probe_at(channel: Channel, answer: Answer, failures: int, now: datetime) -> datetime | None:
    if isinstance(answer, Blocked):
        return None if answer.probe_after is None else now + answer.probe_after
    asked = answer.retry_after if isinstance(answer, Deferred) else None
    return next_probe(kind_of(channel.type).retries, failures=failures, retry_after=asked, now=now)


def may_try(trouble: ChannelTrouble | None, *, now: datetime) -> bool:
    """Whether a message may be sent over a channel now."""
    return trouble is None or (trouble.probe_at is not None and trouble.probe_at <= now)


def note(ledger: Ledger, channel: str, verdict: HealthChange, *, now: datetime) -> None:
    """Store a verdict; a lasting trouble is reported once, and its end once more."""
    if verdict.trouble is not None:
        ledger.channels.note(verdict.trouble)
        if verdict.urgent:
            since, error = verdict.trouble.since, verdict.trouble.error
            ledger.reports.note(
                NewReport(kind=EventKind.CHANNEL_FAILING, since=since, detail=error, channel=channel), now=now
            )
        return
    if ledger.channels.clear(channel) and ledger.reports.end_channel(
        channel, [EventKind.CHANNEL_FAILING], now=now
    ):
        ledger.reports.note(NewReport(kind=EventKind.CHANNEL_RECOVERED, since=now, channel=channel), now=now)


def note_dead(ledger: Ledger, delivery: Delivery, message: Message, error: str, *, now: datetime) -> None:
    """Report a dead delivery on another channel (D9)."""
    if message.kind in ABOUT_CHANNELS:
        return
    detail = f"“{message.subject}” to {delivery.recipient} was not accepted: {error} · {delivery.id}"
    ledger.reports.note(
        NewReport(
            kind=EventKind.DELIVERY_DEAD,
            since=now,
            detail=detail,
            channel=delivery.channel,
            delivery_id=delivery.id,
        ),
        now=now,
    )
