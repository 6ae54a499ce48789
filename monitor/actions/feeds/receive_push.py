"""Handles a hub's verifications and pushes at a callback (WebSub, sections 5.3 and 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.polling.push import lease
from monitor.polling.push.offer import is_topic, linked
from monitor.polling.push.read_pushes import hint
from monitor.polling.push.signature import is_signed
from monitor.text.words import clean_line
from storage.model.pushed import HubState, PushedBody

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.database import Database
    from storage.model.pushed import HubSubscription

MAX_CHALLENGE = 2_000  # characters
MAX_REASON = 200  # characters of a denial's reason
FEED_TYPES = frozenset(
    {
        "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml",
        "application/rss+xml", "application/xml", "text/xml",
    }
)  # fmt: skip


class CallbackUnknown(ActionRefused):
    """No subscription has this callback."""


class NotAskedFor(ActionRefused):
    """A hub asks to confirm a subscription that was not requested."""


class TooManyPushes(ActionRefused):
    """A hub sends too many pushes for one feed."""


class PushOutcome(StrEnum):
    """The outcome of a push."""

    READ = "read"  # its body waits to be read
    POLL = "poll"  # its feed is polled
    IGNORED = "ignored"  # its signature is missing or wrong, or the lease is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push from a hub: the body and the headers that identify it."""

    body: bytes = field(repr=False)
    content_type: str = ""
    signature: str = ""
    link: str = ""


def confirm_subscription(database: Database, path: str, asked: Mapping[str, str], *, now: datetime) -> str:
    """Apply a hub's verification or denial of a subscription; return the challenge, empty for a denial.

    Raises:
        CallbackUnknown: no subscription has this callback.
        NotAskedFor: this topic or mode was not requested.
    """
    challenge, mode = asked.get("hub.challenge", ""), asked.get("hub.mode", "")
    with database.write() as ledger:
        one = ledger.hubs.named(path)
        if one is None:
            raise CallbackUnknown("no subscription has this callback")
        if asked.get("hub.topic") != one.offer.topic:
            raise NotAskedFor("this topic was not requested")
        if mode == "denied" and one.state is not HubState.ENDING:
            reason = clean_line(asked.get("hub.reason", ""))[:MAX_REASON]
            ledger.hubs.save(lease.denied(one, reason=reason, now=now))
            if one.is_live(now):
                hint(ledger, one.feed_id, now=now)
            return ""
        if not 0 < len(challenge) <= MAX_CHALLENGE:
            raise NotAskedFor("the challenge is missing or too long")
        if mode == "unsubscribe" and one.state is HubState.ENDING:
            ledger.hubs.forget(path)
        elif mode == "subscribe" and one.state in {HubState.ASKED, HubState.ACTIVE}:
            ledger.hubs.save(lease.verified(one, lease=_lease(asked), now=now))
        else:
            raise NotAskedFor("this mode was not requested")
    return challenge


def receive_push(database: Database, path: str, push: Push, *, now: datetime) -> PushOutcome:
    """Accept a push: a signed body of the topic waits to be read, any other signed push makes the feed due.

    Raises:
        CallbackUnknown: no subscription has this callback, or it is ending.
        TooManyPushes: the hub has sent too many pushes within a minute.
    """
    one = callback_of(database, path)
    if not one.is_live(now) or not is_signed(push.body, push.signature, secret=one.secret):
        return PushOutcome.IGNORED
    with database.write() as ledger:
        after = lease.pushed(ledger.hubs.named(path) or one, now=now)
        if after is None:
            raise TooManyPushes(f"more than {lease.PUSHES_A_MINUTE} pushes came within a minute")
        ledger.hubs.save(after)
        body = PushedBody(
            feed_id=one.feed_id,
            topic=one.offer.topic,
            body=push.body,
            content_type=push.content_type,
            received_at=now,
        )
        if _is_whole(push, one) and ledger.pushes.add(body):
            return PushOutcome.READ
        hint(ledger, one.feed_id, now=now)
    return PushOutcome.POLL


def callback_of(database: Database, path: str) -> HubSubscription:
    """Return the subscription that a callback belongs to.

    Raises:
        CallbackUnknown: there is none, or it is ending.
    """
    with database.read() as ledger:
        one = ledger.hubs.named(path)
    if one is None or one.state is HubState.ENDING:
        raise CallbackUnknown("no subscription has this callback")
    return one


def _is_whole(push: Push, one: HubSubscription) -> bool:
    """Whether a push contains the feed: it has a feed's type, and no other topic in its `Link` header."""
    media = push.content_type.partition(";")[0].strip().lower()
    named = linked(push.link, "self", base=one.offer.topic)
    return bool(push.body) and media in FEED_TYPES and all(is_topic(url, one.offer.topic) for url in named)


def _lease(asked: Mapping[str, str]) -> timedelta | None:
    """Return the lease that the hub gives; None if it gives none."""
    text = asked.get("hub.lease_seconds", "")
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else 0
    return timedelta(seconds=seconds) if seconds else None
