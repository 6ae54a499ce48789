"""The parts of an app that use the network and other processes: fetcher, parsers, senders."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from alerts.channels.interface import HttpAnswer, Unreachable
from alerts.channels.registry import sender_for
from alerts.deliver import LEASE, SendContext
from monitor.actions.feeds.follow_intervals import owner_bounds
from monitor.actions.fetch_page import network_rules
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
from monitor.service.app import HOLDER, real_clock
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime, timedelta

    from alerts.channels.interface import Sender
    from monitor.config.settings import FeedConfig, Settings
    from monitor.polling.host_claim import Claim
    from monitor.service.app import App, ConsoleOutput


@value
class PollingParts:
    """The parts of polling that all of its rounds share."""

    fetcher: Fetcher
    parsers: Parsers
    clock: Callable[[], datetime]
    access: Mapping[str, Access]
    backfill: bool


@value
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
    is_sqlite = app.database.path is not None
    async with Parsers(memory_bytes=memory, packs=is_sqlite) as parsers, Fetcher(rules) as fetcher:
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
    return PollRules(bounds=owner_bounds(polling), concurrency=concurrency, host_delay=polling.host_delay)


def _is_special(feed: FeedConfig) -> bool:
    return bool(feed.headers) or feed.username is not None or feed.interval is not None


def _access(feed: FeedConfig) -> Access:
    credentials = None
    if feed.username is not None:
        credentials = Credentials(username=feed.username, password=feed.password or "")
    return Access(headers=feed.headers, credentials=credentials, interval=feed.interval)
