"""Runs the month: every pass, at the times at which work is due, on a web that publishes and fails by plan."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any

from monitor.demo.loopback_server import LOOPBACK, Answer
from monitor.demo.month.plan import MONTH, Incident, IncidentKind, MonthPlan, month_outlets
from monitor.demo.month.virtual_time import VirtualClock, passes_until
from monitor.demo.prepare import prepare
from monitor.demo.web import HOOK, DemoWeb
from monitor.service.app import ConsoleOutput, open_app
from monitor.service.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.service.app import App

NEW_PATH = "/news/feed.xml"  # of the feed that moves
BUSY = Answer(
    status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Content-Type": "text/plain"}, body=b"try again later"
)
GONE = Answer(status=HTTPStatus.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEvent:
    """Something that happened: an incident in words, or a message of storywatch, as the webhook received it."""

    at: datetime
    words: str = ""
    message: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """The end of the month: the app with its database."""

    at: datetime
    app: App


async def perform_month(
    folder: Path, *, now: datetime, plan: MonthPlan = MONTH
) -> AsyncIterator[MonthEvent | MonthEnd]:
    """Run the days before the day of `now` (UTC) in a folder; yield what happens, and last the end."""
    ends = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = ends - timedelta(days=plan.days)
    async with DemoWeb(now=begins, outlets=month_outlets()) as web:
        stage = _Stage(web, begins, plan.incidents)
        clock = VirtualClock(begins)
        settings = prepare(folder, web, _configuration())
        with open_app(settings, now=begins) as app, app.alone(now=begins):
            async with open_engine(app, console=ConsoleOutput(out=StringIO()), clock=clock) as engine:
                async for moment in passes_until(app, engine, clock, ends, before=stage.set_to):
                    for event in stage.happened(moment):
                        yield event
            yield MonthEnd(at=ends, app=app)


def _configuration() -> str:
    """Return the configuration, with a port for the pages that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = str(probe.getsockname()[1])
    text = (files("monitor.demo.month") / "month.toml").read_text(encoding="utf-8")
    return text.replace("{port}", port)


class _Stage:
    """The web at a time of the month, and what has happened since the last step."""

    def __init__(self, web: DemoWeb, begins: datetime, incidents: tuple[Incident, ...]) -> None:
        self._web = web
        self._begins = begins
        self._incidents = incidents
        self._past = timedelta(0)
        self._reported = 0
        self._news: list[MonthEvent] = []

    async def set_to(self, moment: datetime) -> None:
        """Publish what has appeared until a time, and begin and end the incidents until then."""
        past = moment - self._begins
        self._web.publish(int(past.total_seconds() // 60))
        for incident in self._incidents:
            if self._past < incident.begins <= past:
                await self._begin(incident)
                self._news.append(MonthEvent(at=self._begins + incident.begins, words=incident.words))
            if incident.ends is not None and self._past < incident.ends <= past:
                await self._end(incident)
        self._past = past

    async def _begin(self, incident: Incident) -> None:
        match incident.kind:
            case IncidentKind.OUTLET_FAILS:
                self._web.begin_incident(incident.host, BUSY)
            case IncidentKind.OUTLET_GONE:
                self._web.begin_incident(incident.host, GONE)
            case IncidentKind.FEED_MOVES:
                self._web.move_feed(incident.host, NEW_PATH)
            case IncidentKind.NETWORK_DOWN:
                await self._web.cut_network()
            case IncidentKind.WEBHOOK_FAILS:
                self._web.begin_incident(HOOK, BUSY)

    async def _end(self, incident: Incident) -> None:
        if incident.kind is IncidentKind.NETWORK_DOWN:
            await self._web.restore_network()
        else:
            self._web.end_incident(HOOK if incident.kind is IncidentKind.WEBHOOK_FAILS else incident.host)

    def happened(self, moment: datetime) -> list[MonthEvent]:
        """Return the incidents and messages since the last call."""
        received = [posted.body for posted in self._web.received[self._reported :]]
        self._reported += len(received)
        news, self._news = self._news, []
        return [*news, *(MonthEvent(at=moment, message=json.loads(body)) for body in received)]
