"""A feed whose hub behaves as a test sets it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from builders import HOUR
from fakes import NOW, FakeFetcher, FakeParsers, a_polling, fetched, rss, subscribe

from monitor.actions.feeds.receive_push import (
    Push,
    PushOutcome,
    confirm_subscription,
    receive_push,
)
from monitor.polling.host_claim import SOLE_CLAIM, Claim
from monitor.polling.http.outcome import PostAnswer, PostFailed
from monitor.polling.poll import Polling
from monitor.polling.push.read_pushes import ReadPushes
from monitor.polling.push.subscribe import HubRequests
from storage.database import Database
from storage.model import Feed
from storage.model.pushed import HubSubscription

FEED = "https://example.org/feed"
HUB = "https://hub.example/"
PAGES = "https://watch.example"
LINK = f'<{HUB}>; rel="hub", <{FEED}>; rel="self"'
RSS = "application/rss+xml; charset=utf-8"


@dataclass(slots=True)
class FakeHub:
    """Answers each POST with the next of `answers`, the last one for ever."""

    answers: list[PostAnswer | PostFailed] = field(
        default_factory=lambda: [PostAnswer(status=202, headers={}, body=b"")]
    )
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109
    ) -> PostAnswer:
        del headers, timeout
        self.posts.append((url, dict(parse_qsl(body.decode()))))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PostFailed):
            raise answer
        return answer


@dataclass(slots=True)
class PushedFeed:
    """A feed that offers a hub, polled once, and the parts that subscribe and read."""

    database: Database
    fetcher: FakeFetcher
    polling: Polling
    hub: FakeHub = field(default_factory=FakeHub)
    pages: str | None = PAGES

    def ask(self, now: datetime = NOW) -> int:
        requests = HubRequests(database=self.database, poster=self.hub, pages=self.pages)
        return asyncio.run(requests.run(now=now))

    def poll(self, now: datetime, *titles: str) -> None:
        self.fetcher.answers[FEED] = fetched(*((title, title) for title in titles), link=LINK)
        asyncio.run(self.polling.poll([self.feed], now=now))

    def read(self, now: datetime = NOW, *, claim: Claim = SOLE_CLAIM) -> list[str]:
        """Read what waits, and return the titles of new items."""
        pushes = ReadPushes(database=self.database, polling=self.polling, parsers=FakeParsers())  # type: ignore[arg-type]
        polled = asyncio.run(pushes.run(now=now, claim=claim))
        return [noted.publication.title for one in polled for noted in one.noted]

    @property
    def feed(self) -> Feed:
        with self.database.read() as ledger:
            [feed] = ledger.feeds.named([FEED])
            return feed

    @property
    def subscription(self) -> HubSubscription | None:
        with self.database.read() as ledger:
            return ledger.hubs.of(self.feed.id)

    @property
    def path(self) -> str:
        return self.hub.posts[0][1]["hub.callback"].rpartition("/")[2]

    def confirm(self, now: datetime = NOW, **changes: str) -> str:
        """Verify like a hub, with changes to its parameters."""
        asked = {"mode": "subscribe", "topic": FEED, "challenge": "c", "lease_seconds": "86400", **changes}
        question = {f"hub.{name}": value for name, value in asked.items() if value}
        return confirm_subscription(self.database, self.path, question, now=now)

    def push(self, *titles: str, now: datetime = NOW, **changes: str) -> PushOutcome:
        """Push a feed of these titles as the hub does, with changes to the push."""
        body = changes.pop("body", rss(*((title, title) for title in titles)).decode()).encode()
        secret = self.hub.posts[0][1]["hub.secret"]
        signature = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        sent = {"content_type": RSS, "signature": signature, "link": LINK, **changes}
        return receive_push(self.database, self.path, Push(body=body, **sent), now=now)


def a_pushed_feed(database: Database) -> PushedFeed:
    subscribe(database, FEED)
    fetcher = FakeFetcher({})
    one = PushedFeed(database=database, fetcher=fetcher, polling=a_polling(database, fetcher))
    one.poll(NOW - HOUR, "old")
    return one
