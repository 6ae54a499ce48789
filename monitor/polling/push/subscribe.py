"""Asks hubs to begin, renew and end subscriptions, through the guarded POST (WebSub, section 5.1)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from monitor.polling.http.outcome import PostFailed
from monitor.polling.push import lease
from storage.model.pushed import HubState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from monitor.polling.http.outcome import PostAnswer
    from storage.database import Database, Ledger
    from storage.model.pushed import HubOffer, HubSubscription

    class Poster(Protocol):
        """The guarded POST of `monitor.polling.http.fetch.Fetcher`."""

        async def post(
            self,
            url: str,
            *,
            body: bytes,
            headers: Mapping[str, str],
            timeout: timedelta,  # noqa: ASYNC109 (a deadline for the whole request)
        ) -> PostAnswer: ...


log = logging.getLogger(__name__)

AT_ONCE = 10  # concurrent requests to hubs; the others stay due
CHANGED_AT_ONCE = 200  # subscriptions that a transaction begins, and ends
COMPARED_A_SECOND = 2_000  # offers, with their subscriptions: comparing 100,000 takes 0.1 s
TIMEOUT = timedelta(seconds=20)
MAX_REDIRECTS = 3
REDIRECTS = frozenset({307, 308})  # the redirects that repeat a POST
MAX_ERROR = 200  # characters of a hub's explanation
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class HubRequests:
    """The requests to hubs, with callbacks below `pages`, the public address; without one all subscriptions end."""

    def __init__(self, *, database: Database, poster: Poster, pages: str | None) -> None:
        self._database = database
        self._poster = poster
        self._pages = pages
        self._compared_at: datetime | None = None
        self._pause = timedelta(0)

    async def run(self, *, now: datetime) -> int:
        """Send every request that is due, and return their number.

        Raises:
            DatabaseUnavailable, DatabaseRefused: the database cannot be written to; no request was sent.
        """
        due = await asyncio.to_thread(self._take_due, now)
        await asyncio.gather(*map(self._ask, due))
        return len(due)

    def _take_due(self, now: datetime) -> list[HubSubscription]:
        with self._database.read() as ledger:
            unwanted, wanted = self._differences(ledger, now, limit=CHANGED_AT_ONCE)
            if not (unwanted or wanted or ledger.hubs.due(now=now, limit=1)):
                return []
        with self._database.write() as ledger:
            for one in unwanted:
                if ledger.hubs.named(one.path) == one:  # no hub answered meanwhile
                    _end(ledger, one, now)
            for feed_id, offer in wanted:
                if ledger.hubs.offered(feed_id) == offer:  # no poll changed it meanwhile
                    self._subscribe(ledger, feed_id, offer, now)
            return [
                after for one in ledger.hubs.due(now=now, limit=AT_ONCE) for after in _begin(ledger, one, now)
            ]

    def _subscribe(self, ledger: Ledger, feed_id: int, offer: HubOffer, now: datetime) -> None:
        path, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        new = lease.new_subscription(
            feed_id, offer, pages=self._pages or "", path=path, secret=secret, now=now
        )
        ledger.hubs.save(new)

    def has_work(self, *, now: datetime) -> bool:
        """Return whether a request is due, or a subscription is to be begun or ended."""
        with self._database.read() as ledger:
            return any(self._differences(ledger, now, limit=1)) or bool(ledger.hubs.due(now=now, limit=1))

    def _differences(
        self, ledger: Ledger, now: datetime, *, limit: int
    ) -> tuple[Sequence[HubSubscription], Sequence[tuple[int, HubOffer]]]:
        """Return subscriptions that no offer wants, and offers without one; none for some seconds after there were none."""
        if self._compared_at is not None and self._compared_at <= now < self._compared_at + self._pause:
            return [], []
        unwanted = ledger.hubs.unwanted(self._pages, limit=limit)
        wanted = ledger.hubs.wanted(self._pages, limit=limit) if self._pages else []
        if not unwanted and not wanted:
            self._compared_at = now
            self._pause = timedelta(seconds=ledger.hubs.offers() // COMPARED_A_SECOND)
        return unwanted, wanted

    async def _ask(self, one: HubSubscription) -> None:
        error = await self._request(one)
        log.info("hub feed=%d mode=%s outcome=%s", one.feed_id, _mode(one), error or "accepted")
        if error is not None:
            await asyncio.to_thread(self._note_error, one, error)

    async def _request(self, one: HubSubscription) -> str | None:
        """Send one request, following redirects; return why it was not accepted."""
        url, body = one.offer.hub, urlencode(_form(one)).encode()
        for _ in range(MAX_REDIRECTS + 1):
            try:
                answer = await self._poster.post(url, body=body, headers=FORM, timeout=TIMEOUT)
            except PostFailed as failure:
                return failure.text
            if answer.status not in REDIRECTS:
                return _refusal(answer)
            try:
                url = urljoin(url, answer.headers.get("location", ""))
            except ValueError:  # brackets without a valid IPv6 address
                return "the hub redirects to an invalid URL"
        return f"the hub redirects more than {MAX_REDIRECTS} times"

    def _note_error(self, one: HubSubscription, error: str) -> None:
        """Store why a hub did not accept, unless it has verified or denied the subscription meanwhile."""
        with self._database.write() as ledger:
            stored = ledger.hubs.named(one.path)
            if stored is not None and (stored.state, stored.attempts) == (one.state, one.attempts):
                ledger.hubs.save(replace(stored, error=error))


def _end(ledger: Ledger, one: HubSubscription, now: datetime) -> None:
    """End a subscription; one that was never requested from the hub is deleted."""
    ledger.pushes.forget([one.feed_id])
    if one.state in {HubState.WAITING, HubState.DENIED}:
        ledger.hubs.forget(one.path)
    else:
        ledger.hubs.save(lease.ending(one, now=now))
        ledger.pushes.hasten(one.feed_id, at=now, polled_before=now)


def _begin(ledger: Ledger, one: HubSubscription, now: datetime) -> list[HubSubscription]:
    """Return a subscription before its request is sent; None if it is over. A feed with an expired lease is polled."""
    if lease.is_over(one):
        ledger.hubs.forget(one.path)
        return []
    after = lease.asked(one, now=now)
    ledger.hubs.save(after)
    if one.state is HubState.ACTIVE and after.state is not HubState.ACTIVE:
        ledger.pushes.hasten(one.feed_id, at=now, polled_before=now)
    return [after]


def _mode(one: HubSubscription) -> str:
    return "unsubscribe" if one.state is HubState.ENDING else "subscribe"


def _form(one: HubSubscription) -> dict[str, str]:
    form = {"hub.mode": _mode(one), "hub.topic": one.offer.topic, "hub.callback": one.callback}
    if one.state is HubState.ENDING:
        return form
    # The secret is also sent to hubs without TLS: an attacker who can read it there could also alter the feed.
    return form | {"hub.secret": one.secret, "hub.lease_seconds": f"{lease.ASKED_LEASE.total_seconds():.0f}"}


def _refusal(answer: PostAnswer) -> str | None:
    if 200 <= answer.status < 300:  # noqa: PLR2004 (any success: some hubs answer 204)
        return None
    words = " ".join(answer.body.decode("utf-8", "replace").split())[:MAX_ERROR]
    return f"the hub answered {answer.status}" + (f": {words}" if words else "")
