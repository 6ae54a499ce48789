"""Deliveries and held alerts: a list with their states, and the details of one delivery."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alerts.find_delivery import DeliveryNotFound, find_delivery
from monitor.text.ids import id_number
from monitor.views.iso import iso
from monitor.views.refused import ViewRefused
from storage.model import DeliveryState
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.database import Ledger
    from storage.stores.alerts import Alert
    from storage.stores.outbox import Posting

# A delivery in progress is shown as pending.
SHOWN_STATES = {DeliveryState.LEASED: DeliveryState.PENDING}
STORED_STATES = {DeliveryState.PENDING: (DeliveryState.PENDING, DeliveryState.LEASED)}

# The token of a link in a message. Anyone who has it may mark, mute or unsubscribe.
LINK_TOKEN = re.compile(r"(?<=/a/)[A-Za-z0-9_-]{16,}")


class DeliveryNotShown(ViewRefused):
    """The id of a delivery is unknown or ambiguous."""


@value
class DeliveryView:
    """A delivery or a held alert. A held alert has no `recipient`.

    `reason` is the reason for the alert, or for holding it.
    """

    id: str
    state: str
    reason: str | None
    topic: str | None
    story_id: int | None
    subject: str
    channel: str
    recipient: str | None
    attempts: int
    next_at: datetime | None
    last_error: str | None


@value
class AttemptView:
    """One attempt at a delivery, with the receiver's response."""

    number: int
    at: datetime
    outcome: str
    code: int | None
    text: str
    reply: str | None


@value
class DeliveryDetail:
    """One delivery in full: its message and every attempt; `topic` and `story_id` are None if there is none.

    `written_at` is the time of the message, `created_at` that of the delivery.
    """

    id: str
    message_id: str
    state: str
    kind: str
    subject: str
    topic: str | None
    story_id: int | None
    channel: str
    recipient: str
    written_at: datetime
    created_at: datetime
    next_at: datetime | None
    last_error: str | None
    body: str
    attempts: tuple[AttemptView, ...]


def read_deliveries(
    ledger: Ledger,
    *,
    state: str | None = None,
    channel: str | None = None,
    limit: int | None = None,
    behind: str | None = None,
) -> tuple[DeliveryView, ...]:
    """Return the held alerts, then the deliveries, newest first; at most `limit` in all.

    `behind` is the id of a row; only rows after it are returned. A held alert keeps its place after it was sent.
    """
    held = [] if state not in {None, DeliveryState.HELD} else list(_held(ledger, channel))
    if behind is not None and behind.startswith("a"):
        number, behind = id_number(behind, "a") or 0, None
        held = [one for one in held if (id_number(one.id, "a") or 0) > number]
    elif behind is not None:
        held = []
    room = None if limit is None else max(limit - len(held), 0)
    states = None if state is None else STORED_STATES.get(DeliveryState(state), (DeliveryState(state),))
    postings = ledger.outbox.postings(states=states, channel=channel, limit=room, behind=behind)
    return (*held[:limit], *(_delivery(posting) for posting in postings))


def read_delivery(ledger: Ledger, ident: str) -> DeliveryDetail:
    """Return the delivery with this id, or the only one whose id begins with it.

    Raises:
        DeliveryNotShown: there is none, or there are several.
    """
    try:
        posting = find_delivery(ledger, ident)
    except DeliveryNotFound as error:
        raise DeliveryNotShown(str(error), error.command_hint) from None
    delivery, message = posting.delivery, posting.message
    return DeliveryDetail(
        id=delivery.id,
        message_id=message.id,
        state=str(delivery.state),
        kind=message.kind,
        subject=message.subject,
        topic=posting.topic,
        story_id=posting.story_id,
        channel=delivery.channel,
        recipient=delivery.recipient,
        written_at=message.created_at,
        created_at=delivery.created_at,
        next_at=delivery.next_at,
        last_error=delivery.last_error,
        body=message.body.decode("utf-8", "replace"),
        attempts=tuple(
            AttemptView(
                number=one.number,
                at=one.at,
                outcome=one.outcome,
                code=one.code,
                text=one.text,
                reply=one.reply,
            )
            for one in ledger.deliveries.tries(delivery.id)
        ),
    )


def without_link_tokens(view: DeliveryDetail) -> DeliveryDetail:
    """Return the delivery for a visitor who may not change anything: the tokens of its links are removed."""
    attempts = tuple(
        replace(one, text=LINK_TOKEN.sub("…", one.text), reply=one.reply and LINK_TOKEN.sub("…", one.reply))
        for one in view.attempts
    )
    return replace(view, body=LINK_TOKEN.sub("…", view.body), attempts=attempts)


def delivery_json(view: DeliveryView) -> dict[str, Any]:
    """Return an entry of the output of `alerts list --format json`."""
    return {
        "id": view.id,
        "state": view.state,
        "reason": view.reason,
        "topic": view.topic,
        "story": None if view.story_id is None else f"s{view.story_id}",
        "subject": view.subject,
        "channel": view.channel,
        "recipient": view.recipient,
        "attempts": view.attempts,
        "next_at": iso(view.next_at),
        "last_error": view.last_error,
    }


def delivery_detail_json(view: DeliveryDetail) -> dict[str, Any]:
    """Return the output of `alerts show --format json`."""
    return {
        "id": view.id,
        "message": view.message_id,
        "state": view.state,
        "kind": view.kind,
        "subject": view.subject,
        "topic": view.topic,
        "story": None if view.story_id is None else f"s{view.story_id}",
        "channel": view.channel,
        "recipient": view.recipient,
        "created_at": iso(view.created_at),
        "next_at": iso(view.next_at),
        "last_error": view.last_error,
        "body": view.body,
        "attempts": [
            {
                "number": one.number,
                "at": iso(one.at),
                "outcome": one.outcome,
                "code": one.code,
                "text": one.text,
                "reply": one.reply,
            }
            for one in view.attempts
        ],
    }


def _held(ledger: Ledger, channel: str | None) -> Iterator[DeliveryView]:
    held: list[Alert] = [one for one in ledger.alerts.all_held() if channel in {None, one.channel}]
    titles = {story.id: story.title for story in ledger.stories.get([one.story_id for one in held])}
    for one in held:
        yield DeliveryView(
            id=f"a{one.id}",
            state=str(DeliveryState.HELD),
            reason=one.held,
            topic=one.topic,
            story_id=one.story_id,
            subject=titles[one.story_id],
            channel=one.channel,
            recipient=None,
            attempts=0,
            next_at=one.held_until,
            last_error=None,
        )


def _delivery(posting: Posting) -> DeliveryView:
    delivery = posting.delivery
    return DeliveryView(
        id=delivery.id,
        state=str(SHOWN_STATES.get(delivery.state, delivery.state)),
        reason=_reason(posting),
        topic=posting.topic,
        story_id=posting.story_id,
        subject=posting.message.subject,
        channel=delivery.channel,
        recipient=delivery.recipient,
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        last_error=delivery.last_error,
    )


def _reason(posting: Posting) -> str:
    """Return the reason for the message (`new`, `grew`, `digest`, …), or for holding the delivery."""
    delivery = posting.delivery
    if delivery.state is DeliveryState.HELD and delivery.last_error:
        return delivery.last_error.partition(":")[0]
    return posting.message.kind.removeprefix("story.")
