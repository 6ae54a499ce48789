"""The report pass: stored reports about feeds and the network → render → messages to the operators' channels.

Each event is reported once: it is a row with a unique key, and its message is sealed and marked in one transaction.
While the network is down no feed is reported as failing, and each gets a new grace period when the network returns. If
the owner named no operators, the reports go to the readers' channels, in one message a day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from alerts.deciding.routing import ALERT_TURN, Routing, enqueue, form_of, is_for_people
from alerts.render.event_kind import OF_FEEDS, EventKind
from monitor.polling.feed_state.events import GRACE, is_network_down, may_be_down
from monitor.polling.http.outcome import OF_THE_NETWORK
from storage.model import MessageForm
from storage.stores.reports import NewReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from alerts.render.event_message import Event
    from storage.database import Database, Ledger
    from storage.model import Channel
    from storage.stores.reports import NetworkReach, Report

MANY = 5  # reports of one kind; a person gets one message about more than these
NAMED = 4  # feeds named in that message
DAILY_AT = time(8)  # the readers' morning: most quiet hours are over
_WITH_SINCE = frozenset(
    {
        EventKind.FEED_FAILING,
        EventKind.FEED_SILENT,
        EventKind.FEED_GONE,
        EventKind.NETWORK_DOWN,
        EventKind.CHANNEL_FAILING,
    }
)
_NOT_OVER_ITSELF = frozenset({EventKind.CHANNEL_FAILING, EventKind.DELIVERY_DEAD})


def report(database: Database, routing: Routing, *, now: datetime) -> int:
    """Send the waiting reports to the operators; return the number of sealed messages."""
    with database.read() as ledger:  # check before starting a write transaction
        if not ledger.reports.has_waiting() and not _is_day_due(ledger, routing, now=now):
            return 0
    with database.write(ALERT_TURN) as ledger:
        reach = _judge_network(ledger, now=now)
        return _send_due(ledger, routing, reach, now=now) + _send_daily(ledger, routing, now=now)


def _send_due(ledger: Ledger, routing: Routing, reach: NetworkReach | None, *, now: datetime) -> int:
    due = _due(ledger, reach)
    for_the_day = [one.id for one in due if routing.daily and one.kind in OF_FEEDS]
    ledger.reports.set_reported([one.id for one in due], now=now, for_the_day=for_the_day)
    return sum(
        _send(ledger, channel, _zone(routing, channel), reports, now=now)
        for channel in routing.channels.values()
        if (reports := [one for one in due if channel.name in _channels_for(one, routing)])
    )


def _channels_for(one: Report, routing: Routing) -> tuple[str, ...]:
    """Return the channels for a report: those of the operators, except the channel that the report is about (D9)."""
    if one.kind in OF_FEEDS:
        return tuple(name for name in routing.operators if name not in routing.daily)
    if one.kind not in _NOT_OVER_ITSELF:
        return routing.operators
    others = tuple(name for name in routing.operators if name != one.channel)
    return others or tuple(name for name in routing.channels if name != one.channel)


def _daily_channels(routing: Routing) -> list[Channel]:
    """Return the channels of the daily message: the readers', or the operators' if configured since its events."""
    names = routing.daily or routing.operators
    return [
        channel for channel in routing.channels.values() if channel.name in names and is_for_people(channel)
    ]


def _is_day_due(ledger: Ledger, routing: Routing, *, now: datetime) -> bool:
    since = ledger.reports.daily_since()
    if since is None:
        return False
    zones = [_zone(routing, channel) for channel in _daily_channels(routing)]
    # Events with a time in the future, from a wrong clock, are reported at once.
    return since > now or now >= day_ends(since, zones[0] if zones else UTC)


def day_ends(since: datetime, zone: tzinfo) -> datetime:
    """Return when events noted at `since` are reported to readers: the next `DAILY_AT` in their time zone."""
    local = since.astimezone(zone)
    tomorrow = timedelta(days=local.time() >= DAILY_AT)
    return datetime.combine(local.date() + tomorrow, DAILY_AT, tzinfo=zone).astimezone(UTC)


def _send_daily(ledger: Ledger, routing: Routing, *, now: datetime) -> int:
    """Send the day's events to the readers, without trouble that is over: its recovery is an event of its own."""
    if not _is_day_due(ledger, routing, now=now):
        return 0
    from alerts.render.daily_message import render_daily  # noqa: PLC0415  # for a message that is due
    from alerts.render.event_message import Event  # noqa: PLC0415  # the same

    events = [
        Event(kind=EventKind(one.kind), name=_name(one), url=one.url, since=one.since, detail=one.detail)
        for one in ledger.reports.take_daily()
        if one.ended_at is None
    ]
    channels = _daily_channels(routing) if events else []
    for channel in channels:
        local = now.astimezone(_zone(routing, channel))
        enqueue(ledger, render_daily(events, form=form_of(channel), now=local), channel, now=now)
    return len(channels)


def _judge_network(ledger: Ledger, *, now: datetime) -> NetworkReach | None:
    """Record that the network is down if polls raised the suspicion and nothing contradicts it.

    Return what can be reached if that was counted.
    """
    suspected = ledger.reports.take_suspicion()
    if not suspected or ledger.reports.is_network_down():
        return None
    reach = _reach(ledger)
    if is_network_down(reach):
        detail = f"{reach.unreached_feeds} feeds on {reach.unreached_hosts} hosts could not be reached"
        ledger.reports.note(NewReport(kind=EventKind.NETWORK_DOWN, since=now, detail=detail), now=now)
    return reach


def _reach(ledger: Ledger) -> NetworkReach:
    return ledger.reports.reach([str(kind) for kind in OF_THE_NETWORK])


def _due(ledger: Ledger, reach: NetworkReach | None) -> list[Report]:
    """Return the reports to send now; `reach` is what can be reached, if that was counted already.

    A failure that the network may cause waits until another feed answers, and after an outage for the feed's next poll.
    """
    waiting = ledger.reports.waiting()
    if ledger.reports.is_network_down():
        return [one for one in waiting if not one.of_network]
    if any(one.of_network for one in waiting):
        reach = reach or _reach(ledger)
        waiting = [one for one in waiting if not (one.of_network and may_be_down(reach, since=one.since))]
    back = ledger.reports.network_back_since()
    if back is None:
        return waiting
    return [one for one in waiting if not _may_be_of_outage(one, back)]


def _may_be_of_outage(one: Report, back: datetime) -> bool:
    """Whether a feed began to fail before the network returned, and has not been polled well after that."""
    return (
        one.kind == EventKind.FEED_FAILING
        and one.since <= back
        and (one.last_poll is None or one.last_poll < back + GRACE)
    )


def _send(ledger: Ledger, channel: Channel, zone: tzinfo, due: Sequence[Report], *, now: datetime) -> int:
    from alerts.render.event_message import render_event  # noqa: PLC0415  # for a message that is due

    form = form_of(channel)
    events = _events(due, for_programs=form is MessageForm.JSON)
    for event in events:
        enqueue(ledger, render_event(event, form=form, now=now.astimezone(zone)), channel, now=now)
    return len(events)


def _events(due: Sequence[Report], *, for_programs: bool) -> list[Event]:
    """Return an event for each report; for a person, many reports of one kind are one event."""
    by_kind: dict[str, list[Report]] = defaultdict(list)
    for one in due:
        by_kind[one.kind].append(one)
    events = []
    for kind, reports in by_kind.items():
        if for_programs or len(reports) <= MANY:
            events += [_event(one) for one in reports]
        else:
            events.append(_together(EventKind(kind), reports))
    return events


def _event(one: Report) -> Event:
    from alerts.render.event_message import Event  # noqa: PLC0415  # for a message that is due

    kind = EventKind(one.kind)
    since = one.since if kind in _WITH_SINCE else None
    return Event(kind=kind, name=_name(one), url=one.url, since=since, detail=one.detail)


def _name(one: Report) -> str:
    return one.channel or one.title or one.url or ""


def _together(kind: EventKind, reports: Sequence[Report]) -> Event:
    from alerts.render.event_message import Event  # noqa: PLC0415  # for a message that is due

    names = list(dict.fromkeys(_name(one) for one in reports))
    named = ", ".join(names[:NAMED])
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    if kind is EventKind.DELIVERY_DEAD:
        return Event(kind=kind, name=f"{named}{rest}", detail=f"{len(reports)} messages; {reports[0].detail}")
    return Event(kind=kind, name=f"{len(reports)} feeds", detail=f"{named}{rest}")


def _zone(routing: Routing, channel: Channel) -> tzinfo:
    """Return the time zone of a channel's readers: that of the first route to it."""
    zones = [route.policy.timezone for route in routing.routes if channel.name in route.channels]
    return zones[0] if zones else UTC
