"""Hand-written fakes of what is outside a pass: the network, a receiver, a topic's judge."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from builders import HOUR, MINUTE, NOON

from alerts.channels.interface import Accepted, Announce, Answer, unannounced
from alerts.deciding.routing import Routing
from monitor.matching.match import WatchedTopic
from monitor.polling.attribute import with_sources
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import Fetched, FetchRequest, Outcome, ParseFailure
from monitor.polling.parsing.identity import identify
from monitor.polling.parsing.read_body import ReadFeed, read_news
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import PollRules
from monitor.polling.sources.articles import ReadBefore
from monitor.topics.judging.score import Judgement
from monitor.topics.vocabulary.document import Document
from storage import schema
from storage.database import Database
from storage.model import Channel, Delivery, Message, Publication, Route, Validators, Why
from storage.stores.feeds import Subscription

NOW = NOON


def a_desk(*routes: Route) -> Routing:
    """Return a desk with a webhook for each channel that the routes name."""
    names = {name for route in routes for name in route.channels}
    return Routing(
        channels={name: Channel(name=name, type="webhook", url="http://x.example") for name in names},
        routes=routes,
    )


class FakeFetcher:
    """Answers each URL from `answers`, and keeps the requests."""

    def __init__(self, answers: Mapping[str, Outcome | Callable[[], Outcome]]) -> None:
        self.answers = dict(answers)
        self.requests: list[FetchRequest] = []

    async def fetch(self, request: FetchRequest) -> Outcome:
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.answers[request.url]
        return answer() if callable(answer) else answer


class FakeParsers:
    """Reads bodies in this process, and counts them."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, before: bytes = b""
    ) -> ReadFeed | ParseFailure:
        self.reads += 1
        content_type = headers.get("content-type", "")
        return read_news(body, url=url, content_type=content_type, now=now, before=before)


class FakeSender:
    """Accepts every message, or returns the next of `answers`; an exception among them is raised."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[Message, Delivery]] = []
        self.announces = True  # before it raises, like a sender that has begun

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        del now
        if self.announces or not (self.answers and isinstance(self.answers[0], Exception)):
            await announce()
        self.sent.append((message, delivery))
        answer = self.answers.pop(0) if self.answers else Accepted(text="taken")
        if isinstance(answer, Exception):
            raise answer
        return answer


class WordJudge:
    """Matches a document to any topic whose name is a word of its title or summary."""

    def __init__(self, *topics: str) -> None:
        self._topics = topics
        self.near: tuple[str, ...] = ()  # words that make a document come near a topic
        self.judged: Counter[str] = Counter()

    def judge(self, document: Document) -> dict[str, Judgement]:
        self.judged[document.id] += 1
        words = f"{document.title} {document.summary}".casefold().split()
        return {
            topic: Judgement(score=0.9, why=(Why(term=topic, weight=1.0, where="title"),))
            for topic in self._topics
            if topic in words
        }

    def is_near(self, document: Document) -> bool:
        return any(word in document.title.casefold().split() for word in self.near)


def a_topic(name: str, **given: Any) -> WatchedTopic:
    return WatchedTopic(**{"name": name, "text": f"the word {name}", "hash": name, **given})


def subscribe(database: Database, *urls: str, now: datetime = NOW, host: str = "", titles: str = "") -> None:
    """Subscribe these feeds, each on a host of its own unless one is given."""
    subscriptions = [
        Subscription(url=url, title=titles or url, host=host or url, access_hash=None, interval=HOUR)
        for url in urls
    ]
    with database.write() as ledger:
        ledger.feeds.subscribe(subscriptions, now=now)


def rss(*items: tuple[str, str] | tuple[str, str, str]) -> bytes:
    """Return a feed of (id, title) or (id, title, summary) items, newest first."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{ident}</guid><title>{escape(title)}</title>"
        f"<link>https://example.org/{ident}</link>"
        + "".join(f"<description>{escape(text)}</description>" for text in rest)
        + "</item>"
        for ident, title, *rest in items
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{entries}</channel></rss>".encode()


def fetched(
    *items: Any, validators: Validators | None = None, body: bytes | None = None, **headers: str
) -> Fetched:
    return Fetched(
        body=rss(*items) if body is None else body,
        url="https://example.org/feed",
        status=200,
        validators=validators or Validators(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def a_polling(database: Database, fetcher: FakeFetcher, **given: Any) -> Polling:
    """Return a poll pass over a fake network, without a pause between requests."""
    rules = PollRules(bounds=Bounds(minimum=MINUTE, maximum=HOUR), concurrency=50, host_delay=timedelta(0))
    ordinary = {
        "parsers": FakeParsers(),
        "rules": rules,
        "access": {},
        "clock": lambda: NOW,
    }
    return Polling(database=database, fetcher=fetcher, **{**ordinary, **given})  # type: ignore[arg-type]


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, to compare before and after a pass."""
    with database._engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select()).all()), key=repr)
            for table in schema.metadata.sorted_tables
        }


def store(
    database: Database,
    *titles: str,
    feed: str = "https://example.org/feed",
    now: datetime = NOW,
    **given: Any,
) -> list[int]:
    """Store an item for each title, as a poll of a subscribed feed would, and return their ids."""
    at_first_poll, gap_since = given.pop("at_first_poll", False), given.pop("gap_since", None)
    publications = [
        Publication(**{"publisher_id": f"{title} {now}", "title": title, **given}) for title in titles
    ]
    with database.write() as ledger:
        [found] = ledger.feeds.named([feed])
        before = ReadBefore(feed_id=found.id, now=now, last_read=None, at_first_poll=at_first_poll)
        items = with_sources(ledger, identify(publications), found.home, before)
        return ledger.items.add(found.id, items, now=now, at_first_poll=at_first_poll, gap_since=gap_since)
