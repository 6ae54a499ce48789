"""The states of a subscription at a hub, as functions from one to the next (WebSub, section 5). Pure.

waiting ─asked─▶ asked ─verified─▶ active ─asked again before the lease ends─▶ active
                       ─denied───▶ denied ─a day later─▶ asked
any ─the feed or the pages are removed─▶ ending ─verified, or asked in vain─▶ forgotten
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from storage.model.pushed import HubState, HubSubscription

if TYPE_CHECKING:
    from storage.model.pushed import HubOffer

ASKED_LEASE = timedelta(days=10)  # a usual default of hubs; they may give less or more
LONGEST_LEASE = timedelta(days=60)  # a longer lease is renewed after this time, in case the hub has lost it
SHORTEST_LEASE = timedelta(seconds=1)
RENEW_AFTER = 0.8  # share of the lease, which leaves time for several attempts
ANSWER_WAIT = timedelta(hours=1)  # time for the hub to verify a request; after it the request is repeated
LONGEST_WAIT = timedelta(days=1)
DENIED_WAIT = timedelta(days=1)
END_ATTEMPTS = 3  # attempts to end a subscription; after them it expires by itself
PUSHES_A_MINUTE = 60
MINUTE = timedelta(minutes=1)


def new_subscription(
    feed_id: int, offer: HubOffer, *, pages: str, path: str, secret: str, now: datetime
) -> HubSubscription:
    """Return a new subscription, due to be requested at once."""
    return HubSubscription(path=path, feed_id=feed_id, offer=offer, pages=pages, secret=secret, next_at=now)


def asked(one: HubSubscription, *, now: datetime) -> HubSubscription:
    """Return a subscription while a request to its hub is under way; an expired lease is removed."""
    attempts = one.attempts + 1
    wait = min(ANSWER_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
    if one.state is HubState.ENDING:
        return replace(one, attempts=attempts, next_at=now + wait)
    if one.is_live(now) and one.lease_until is not None:
        return replace(one, attempts=attempts, next_at=min(now + wait, one.lease_until))
    return replace(one, state=HubState.ASKED, lease_until=None, attempts=attempts, next_at=now + wait)


def verified(one: HubSubscription, *, lease: timedelta | None, now: datetime) -> HubSubscription:
    """Return a subscription that its hub confirms, for a lease of this length."""
    span = min(max(lease or ASKED_LEASE, SHORTEST_LEASE), LONGEST_LEASE)
    return replace(
        one,
        state=HubState.ACTIVE,
        lease_until=now + span,
        next_at=now + span * RENEW_AFTER,
        attempts=0,
        error=None,
    )


def denied(one: HubSubscription, *, reason: str, now: datetime) -> HubSubscription:
    """Return a subscription that its hub refuses, or ends."""
    return replace(
        one,
        state=HubState.DENIED,
        lease_until=None,
        trusted=False,
        next_at=now + DENIED_WAIT,
        error=f"the hub denied the subscription: {reason or 'it gave no reason'}",
    )


def ending(one: HubSubscription, *, now: datetime) -> HubSubscription:
    """Return a subscription whose hub is asked to end it."""
    return replace(one, state=HubState.ENDING, lease_until=None, trusted=False, attempts=0, next_at=now)


def is_over(one: HubSubscription) -> bool:
    """Whether no further attempt is made to end a subscription."""
    return one.state is HubState.ENDING and one.attempts >= END_ATTEMPTS


def pushed(one: HubSubscription, *, now: datetime) -> HubSubscription | None:
    """Return a subscription after a signed push; None if the hub has sent too many pushes within a minute."""
    if one.counted_from is None or not timedelta(0) <= now - one.counted_from < MINUTE:
        return replace(one, counted_from=now, counted=1, last_push=now, trusted=True)
    if one.counted >= PUSHES_A_MINUTE:
        return None
    return replace(one, counted=one.counted + 1, last_push=now, trusted=True)
