"""The composition root: joins the configuration, the database and the parts of the passes.

with open_app(settings) as app:                    # the database, topics and routes
    async with open_engine(app, console) as engine:    # and network and processes: fetcher, parsers, senders
        await engine.polling.run(now=...)
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TextIO

from alerts.alert import release_undigested
from alerts.channels.interface import HttpAnswer, Unreachable
from alerts.channels.registry import sender_for
from alerts.deciding.routing import Routing, is_for_people
from alerts.deliver import LEASE, SendContext
from alerts.render.formats.terminal import on_terminal
from monitor.actions.alerts.links import begin_links
from monitor.actions.fetch_page import network_rules
from monitor.matching.configured import ConfiguredTopics, marks_in
from monitor.matching.item_document import document_of
from monitor.matching.load_topics import load_topic, watched
from monitor.matching.match import Matching
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.fill_outlets import fill_outlets
from monitor.polling.host_claim import SOLE_CLAIM
from monitor.polling.http import outcome
from monitor.polling.http.address import Credentials
from monitor.polling.http.fetch import Fetcher
from monitor.polling.page_heads import HeadLimit
from monitor.polling.parsing.parser_pool import MEMORY_BYTES, MEMORY_PER_BYTE, Parsers
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import Access, PollRules
from monitor.polling.push.read_pushes import ReadPushes
from monitor.polling.push.subscribe import HubRequests
from monitor.polling.read_pages import Fulltext
from monitor.service.open_ledger import open_ledger
from monitor.service.pull_back import pull_back
from monitor.stories.new_facts import new_terms
from monitor.topics.topic import matcher_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from alerts.channels.interface import Sender
    from monitor.config.settings import FeedConfig, Settings
    from monitor.polling.host_claim import Claim
    from storage.database import Database
    from storage.engine.lock import Hold
    from storage.model import Match


log = logging.getLogger(__name__)

HOLDER = "run on "  # prefix of the lease owner of a process that holds the database alone; the next holder knows that it has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A configuration joined to its database: everything that needs no network."""

    settings: Settings
    database: Database
    routing: Routing
    matching: ConfiguredTopics

    @contextmanager
    def alone(self, *, now: datetime) -> Iterator[Hold]:
        """Lock the database against every other daemon and round; take over deliveries that a killed one was sending.

        Raises:
            AlreadyRunning: another process holds it.
        """
        with self.database.hold() as hold:
            with self.database.write() as ledger:
                taken = ledger.delivery_leases.take_over(HOLDER, now=now)
            if taken:
                log.warning("took over %d deliveries that an ended storywatch was sending", taken)
            yield hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOutput:
    """Where console messages are written, and how they are laid out and painted for it."""

    out: TextIO
    paint: Callable[[str], str] = on_terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingParts:
    """The parts of polling that all of its rounds share."""

    fetcher: Fetcher
    parsers: Parsers
    clock: Callable[[], datetime]
    access: Mapping[str, Access]
    backfill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The parts that use the network: polling, hubs and their pushes, reading pages, and the senders of the channels.

    `polling` is for the only process on a database; `polling_under` is for one of many workers: it polls under a claim,
    with a share of the configured concurrency.
    """

    polling: Polling
    polling_under: Callable[[Claim, int], Polling]
    hubs: HubRequests
    pushes: ReadPushes
    fulltext: Fulltext
    context: SendContext


def real_clock() -> datetime:
    """Return the present time in aware UTC."""
    return datetime.now(UTC)


@contextmanager
def open_app(settings: Settings, *, now: datetime) -> Iterator[App]:
    """Open the database and synchronise its subscriptions with the configuration.

    Raises:
        DatabaseRefused: the database cannot be used.
        TopicRefused: a topic's rule or examples cannot be used.
    """
    with open_ledger(settings, now=now) as database:
        app = joined(settings, database)
        sync_ledger(app, now=now)
        yield app


def joined(settings: Settings, database: Database) -> App:
    """Return a configuration joined to an open database, without changing the database.

    Raises:
        TopicRefused: a topic's rule or examples cannot be used.
    """
    reads_heads = settings.polling.heads_per_hour > 0
    matching = ConfiguredTopics(settings.topics, marks_in(database), reads_heads=reads_heads)
    return App(settings=settings, database=database, routing=routing_of(settings), matching=matching)


def sync_ledger(app: App, *, now: datetime) -> None:
    """Bring the database up to an app's topics and routes, and what a clock that was ahead has set up to the clock."""
    fill_outlets(app.database)
    pull_back(app.database, app.settings, now=now)
    app.matching.watch(app.database, now=now)
    release_undigested(app.database, app.routing, now=now)
    if app.routing.pages is not None:
        begin_links(app.database, now=now)


def matching_of(settings: Settings) -> Matching:
    """Return the matching of the configured topics.

    Raises:
        TopicRefused: a topic's rule or examples cannot be used.
    """
    topics = {config.name: load_topic(config) for config in settings.topics}
    return Matching([watched(config, topics[config.name]) for config in settings.topics], matcher_of(topics))


def routing_of(settings: Settings) -> Routing:
    """Return the configured channels and routes; without `operators`, people are told about feeds once a day."""
    channels = {channel.name: channel for channel in settings.channels}
    readers = settings.alert_channels
    return Routing(
        channels=channels,
        routes=settings.routes,
        operators=settings.operators or readers,
        daily=() if settings.operators else tuple(name for name in readers if is_for_people(channels[name])),
        new_terms=_new_terms,
        topics=tuple(topic.name for topic in settings.topics),
        pages=settings.pages.url,
    )


def _new_terms(told: Sequence[Match], fresh: Sequence[Match]) -> tuple[str, ...]:
    """Return the new terms of an update, by the profiles that stories use."""
    return new_terms(
        [document_of(match.item) for match in told], [document_of(match.item) for match in fresh]
    )


@asynccontextmanager
async def open_engine(
    app: App,
    *,
    console: ConsoleOutput,
    clock: Callable[[], datetime] = real_clock,
    backfill: bool = False,
    owner: str = "",
    lease: timedelta = LEASE,
) -> AsyncIterator[Engine]:
    """Open the parts that use the network for a block; with `backfill`, items of a first poll count as new."""
    polling = app.settings.polling
    rules = network_rules(polling, app.settings.contact)
    memory = max(MEMORY_BYTES, polling.max_bytes * MEMORY_PER_BYTE)
    async with Parsers(memory_bytes=memory) as parsers, Fetcher(rules) as fetcher:
        access = {feed.url: _access(feed) for feed in app.settings.feeds if _is_special(feed)}
        reach = PollingParts(fetcher=fetcher, parsers=parsers, clock=clock, access=access, backfill=backfill)
        polling_under = partial(_polling, app, reach)
        asking = polling_under(SOLE_CLAIM, polling.concurrency)
        context = SendContext(
            senders=_senders(app, fetcher, console),
            channels=app.routing.channels,
            clock=clock,
            lease=lease,
            owner=owner or f"{HOLDER}{socket.gethostname()}, process {os.getpid()}",
        )
        heads = HeadLimit(per_hour=polling.heads_per_hour)
        pages = Fulltext(database=app.database, fetcher=fetcher, host_queue=asking.host_queue, heads=heads)
        async with pages as fulltext:
            yield Engine(
                polling=asking,
                polling_under=polling_under,
                hubs=HubRequests(database=app.database, poster=fetcher, pages=app.settings.pages.served_url),
                pushes=ReadPushes(database=app.database, polling=asking, parsers=parsers),
                fulltext=fulltext,
                context=context,
            )


def _senders(app: App, fetcher: Fetcher, console: ConsoleOutput) -> Mapping[str, Sender]:
    http = GuardedHttp(fetcher)
    return {
        channel.name: sender_for(channel, http=http, stdout=console.out, paint=console.paint)
        for channel in app.settings.channels
    }


def _polling(app: App, reach: PollingParts, claim: Claim, concurrency: int) -> Polling:
    return Polling(
        database=app.database,
        fetcher=reach.fetcher,
        parsers=reach.parsers,
        rules=_poll_rules(app.settings, concurrency),
        access=reach.access,
        clock=reach.clock,
        backfill=reach.backfill,
        claim=claim,
    )


class GuardedHttp:
    """Adapts the fetcher's guarded POST to the interface that channels use."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109  # a deadline for the whole request
    ) -> HttpAnswer:
        """Send a POST request.

        Raises:
            Unreachable: no answer came.
        """
        try:
            answer = await self._fetcher.post(url, body=body, headers=headers, timeout=timeout)
        except outcome.PostFailed as error:
            raise Unreachable(error.text, sent=error.sent) from error
        return HttpAnswer(status=answer.status, headers=answer.headers, body=answer.body)


def _poll_rules(settings: Settings, concurrency: int) -> PollRules:
    polling = settings.polling
    bounds = Bounds(first=polling.interval, minimum=polling.min_interval, maximum=polling.max_interval)
    return PollRules(bounds=bounds, concurrency=concurrency, host_delay=polling.host_delay)


def _is_special(feed: FeedConfig) -> bool:
    return bool(feed.headers) or feed.username is not None or feed.interval is not None


def _access(feed: FeedConfig) -> Access:
    credentials = None
    if feed.username is not None:
        credentials = Credentials(username=feed.username, password=feed.password or "")
    return Access(headers=feed.headers, credentials=credentials, interval=feed.interval)
