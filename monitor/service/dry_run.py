"""Tests of feeds and channels that store nothing, for `check --online` and test messages."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from alerts.channels.registry import sender_for
from alerts.deciding.routing import as_message, form_of, recipients
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from monitor.actions.fetch_page import network_rules
from monitor.polling.http.fetch import Fetcher
from monitor.service.app import open_app, real_clock
from monitor.service.engine import GuardedHttp, open_engine
from monitor.service.open_ledger import read_if_there
from monitor.service.poll_round import poll_all, unwatched
from monitor.service.process.event_loop import run_async
from monitor.views.alerts.channel_trial import channel_trial
from monitor.views.poll_result import feeds_trial, read_waiting
from storage.model import Delivery, DeliveryState
from storage.shortage import ResourceShortage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from alerts.channels.interface import Answer, Sender
    from monitor.config.settings import Settings
    from monitor.polling.record import Polled
    from monitor.service.app import App, ConsoleOutput
    from monitor.service.poll_round import ProgressWatch
    from monitor.views.alerts.channel_trial import ChannelTrial
    from monitor.views.poll_result import FeedsTrial, WaitingFeed
    from storage.model import Channel


def try_feeds(
    settings: Settings, *, now: datetime, console: ConsoleOutput, watch: ProgressWatch = unwatched
) -> FeedsTrial:
    """Poll every feed once, into a temporary database, except those whose servers ask to wait."""
    configured = {feed.url for feed in settings.feeds}
    known: tuple[WaitingFeed, ...] = read_if_there(settings, partial(read_waiting, now=now), otherwise=())
    waiting = tuple(one for one in known if one.url in configured)
    left_out = {one.url for one in waiting}
    asked = replace(settings, feeds=tuple(feed for feed in settings.feeds if feed.url not in left_out))
    with _scratch(asked, now=now) as app:
        polled = run_async(_poll_all(app, now=now, console=console, watch=watch))
    return feeds_trial(polled, waiting)


def try_channels(
    settings: Settings, names: Sequence[str], *, now: datetime, console: ConsoleOutput
) -> list[ChannelTrial]:
    """Send a test message to every recipient of these channels."""
    return run_async(try_channels_now(settings, names, now=now, console=console))


async def try_channels_now(
    settings: Settings, names: Sequence[str], *, now: datetime, console: ConsoleOutput
) -> list[ChannelTrial]:
    """Send a test message to every recipient of these channels, in a loop that runs."""
    chosen = [channel for channel in settings.channels if channel.name in names]
    async with Fetcher(network_rules(settings.polling, settings.contact)) as fetcher:
        http = GuardedHttp(fetcher)
        return [
            await _send(
                sender_for(channel, http=http, stdout=console.out, paint=console.paint),
                channel,
                recipient,
                now=now,
            )
            for channel in chosen
            for recipient in recipients(channel)
        ]


@contextmanager
def _scratch(settings: Settings, *, now: datetime) -> Iterator[App]:
    """Open the configuration with a temporary database."""
    with (
        tempfile.TemporaryDirectory(prefix="storywatch-trial-") as folder,
        open_app(replace(settings, database=f"sqlite:///{folder}/ledger.db"), now=now) as app,
    ):
        yield app


async def _poll_all(app: App, *, now: datetime, console: ConsoleOutput, watch: ProgressWatch) -> list[Polled]:
    async with open_engine(app, console=console) as engine:
        return await poll_all(app, engine, now=now, watch=watch)


async def _send(sender: Sender, channel: Channel, recipient: str, *, now: datetime) -> ChannelTrial:
    rendered = render_event(Event(kind=EventKind.TEST, name=channel.name), form=form_of(channel), now=now)
    message = as_message(rendered, channel, now=now)
    delivery = Delivery(
        id=f"dlv_{uuid4().hex}",
        message_id=message.id,
        channel=channel.name,
        recipient=recipient,
        state=DeliveryState.LEASED,
        created_at=now,
        attempts=1,
    )
    try:
        answer: Answer | ResourceShortage = await sender.send(message, delivery, now=real_clock())
    except ResourceShortage as shortage:
        answer = shortage
    return channel_trial(channel.name, recipient, answer)
