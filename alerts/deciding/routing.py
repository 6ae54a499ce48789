"""The configured channels and routes, and storing rendered messages for delivery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from alerts.channels.registry import kind_of
from alerts.deciding.policy import no_terms
from alerts.render.formats.escape import chat, chat_text
from storage.model import Channel, Message, MessageForm, Route
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alerts.render.rendered import Rendered
    from storage.database import Ledger
    from storage.model import Match, RecipientMute
    from storage.stores.alerts import Alert

    # Like `policy.NewTerms`, from the texts of the matches.
    TermsOfTexts = Callable[[Sequence[Match], Sequence[Match]], tuple[str, ...]]

MUTABLE = ("story.new", "story.grew", "stories", "digest")  # kinds of messages; events concern the operators
ALERT_TURN = (
    "alerts"  # serialises decisions about alerts: caps and held alerts are counted before they are used
)

SHARED_CAP = ""  # the key of a channel's cap that all routes without a cap of their own share


@value
class Routing:
    """The channels by name, the routes in configured order, and the operators' channels.

    The operators' channels in `daily` get events about feeds in one message a day, the others get each event at once.
    `topics` are the configured ones, which share caps; `new_terms` finds the new terms in an update of a story; `pages` is
    the public address of the pages, without which messages carry no links.
    """

    channels: Mapping[str, Channel]
    routes: tuple[Route, ...]
    operators: tuple[str, ...] = ()
    daily: tuple[str, ...] = ()
    new_terms: TermsOfTexts = no_terms
    topics: tuple[str, ...] = ()
    pages: str | None = None

    def alert_routes(self, topic: str) -> list[Route]:
        """Return the routes that send alerts about a topic."""
        return [route for route in self.routes if not route.is_digest and route.takes(topic)]

    def cap_of(self, route: str | None) -> str:
        """Return which cap of a channel the messages of a route count for: its own by its name, else the shared one."""
        has_own = any(one.name == route for one in self.routes if one.policy.has_own_cap)
        return route if route is not None and has_own else SHARED_CAP

    def topics_under(self, cap: str, channel: str) -> frozenset[str]:
        """Return the configured topics whose alerts on a channel share a cap."""
        routes = [
            one
            for one in self.routes
            if not one.is_digest and channel in one.channels and self.cap_of(one.name) == cap
        ]
        return frozenset(topic for topic in self.topics if any(one.takes(topic) for one in routes))

    def route_of(self, alert: Alert) -> Route | None:
        """Return an alert's route: the one that decided it, else another one to its channel."""
        routes = [route for route in self.alert_routes(alert.topic) if alert.channel in route.channels]
        return next((route for route in routes if route.name == alert.route), routes[0] if routes else None)

    def has_digest(self, channel: str, topic: str) -> bool:
        """Return whether a digest route sends a topic's stories to a channel."""
        return any(
            route.is_digest and channel in route.channels and route.takes(topic) for route in self.routes
        )


def recipients(channel: Channel) -> Sequence[str]:
    """Return a channel's recipients: each address of a mail channel once, else the channel itself."""
    return kind_of(channel.type).recipients(channel)


def form_of(channel: Channel) -> MessageForm:
    """Return the form that a channel's messages are rendered to."""
    return kind_of(channel.type).form


def is_for_people(channel: Channel) -> bool:
    """Return whether a person reads a channel's messages, rather than a program."""
    return form_of(channel) is not MessageForm.JSON


def enqueue(
    ledger: Ledger, rendered: Rendered, channel: Channel, *, now: datetime, pages: str | None = None
) -> str:
    """Store a rendered message with a delivery for each recipient, due at once, and return its id.

    A recipient who muted all of its topics gets none. `pages` is the address for links to unsubscribe.
    """
    [message_id] = enqueue_all(ledger, [prepare(rendered, channel, now=now)], now=now, pages=pages)
    return message_id


@value
class PreparedMessage:
    """A message to store, the topics that it is about, and a delivery for each recipient: {delivery id: recipient}."""

    message: Message
    channel: Channel
    topics: tuple[str, ...]
    deliveries: Mapping[str, str]


def prepare(rendered: Rendered, channel: Channel, *, now: datetime) -> PreparedMessage:
    """Return a rendered message as `enqueue_all` stores it; needs no write lock."""
    return PreparedMessage(
        message=as_message(rendered, channel, now=now),
        channel=channel,
        topics=tuple(rendered.topics),
        deliveries={f"dlv_{uuid4().hex}": recipient for recipient in recipients(channel)},
    )


def enqueue_all(
    ledger: Ledger, messages: Sequence[PreparedMessage], *, now: datetime, pages: str | None = None
) -> list[str]:
    """Store several messages as `enqueue` does and return their ids in order."""
    from alerts.links.writer import link_writer  # noqa: PLC0415  # only to send

    channels = {one.channel.name: one.channel for one in messages}
    mutes = {name: ledger.recipient_mutes.active(name) for name in channels}
    writers = {
        name: link_writer(ledger, pages, name, now=now)
        for name, channel in channels.items()
        if form_of(channel) is MessageForm.MAIL
    }
    stored: list[tuple[Message, Mapping[str, str]]] = []
    unsubscribe: dict[str, str] = {}
    for one in messages:
        name, is_mutable = one.channel.name, one.message.kind in MUTABLE
        wanting = _unmuted(one, mutes[name]) if mutes[name] and is_mutable else one.deliveries
        stored.append((one.message, wanting))
        if is_mutable and (writer := writers.get(name)) is not None:
            unsubscribe |= {ident: writer.unsubscribe(ident) for ident in wanting}
    ledger.outbox.enqueue_all(stored, unsubscribe=unsubscribe)
    return [one.message.id for one in messages]


def _unmuted(prepared: PreparedMessage, mutes: Sequence[RecipientMute]) -> dict[str, str]:
    """Return the deliveries to recipients who have not muted all topics of a message."""
    topics: set[str | None] = set(prepared.topics) or {None}
    muted = {(one.recipient, one.topic) for one in mutes}
    return {
        ident: recipient
        for ident, recipient in prepared.deliveries.items()
        if any((recipient, topic) not in muted for topic in topics)
    }


def as_message(rendered: Rendered, channel: Channel, *, now: datetime) -> Message:
    """Return a rendered message with an id, as it is sent over a channel; without markup for a chat (R18)."""
    if form_of(channel) is MessageForm.CHAT:
        body, subject = chat_text(rendered.body.decode()).encode(), chat(rendered.subject)
        rendered = replace(rendered, body=body, subject=subject)
    return Message(
        id=f"msg_{uuid4().hex}",
        channel=channel.name,
        kind=rendered.kind,
        subject=rendered.subject,
        body=rendered.body,
        html=rendered.html,
        thread=rendered.thread,
        buttons=rendered.buttons,
        created_at=now,
    )
