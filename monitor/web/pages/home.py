"""`/`: the stories of the topics, the latest first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from monitor.actions.access.sign_in import note_visit
from monitor.views.history.front import FrontPage, read_front
from monitor.web.looks.times import day, day_bounds
from monitor.web.request.page import get
from storage.model.messages import AlertState, StoryFilter

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest
    from storage.database import Ledger

UNREAD = "unread"
SHOWN = {
    UNREAD: "New since your last visit",
    AlertState.ALERTED: "Alerted",
    AlertState.HELD: "Held",
    AlertState.SILENT: "Silent",
    AlertState.WAITING: "Waiting",
}


async def show(ask: PageRequest) -> Response:
    """Show the stories that fit the filters in the address."""
    await ask.act(note_visit, ask.who.name, now=ask.now)
    asked = {name: ask.query.get(name, "") for name in ("topic", "day", "show")}
    after = ask.query.get("after")

    def read(ledger: Ledger) -> tuple[FrontPage, datetime | None]:
        visited = ledger.sessions.visit_before(ask.who.name)
        return read_front(ledger, _filter(ask, asked, visited), visited=visited, after=after), visited

    front, visited = await ask.read(read)
    chosen = {name: value for name, value in asked.items() if value}
    return ask.page(
        "home",
        front=front,
        days=[
            (label, list(stories))
            for label, stories in groupby(
                front.stories, key=lambda one: day(one.last_seen, now=ask.now, zone=ask.zone)
            )
        ],
        visited=visited,
        asked=asked,
        filtered=bool(chosen),
        continued=after is not None,
        older=f"/?{urlencode({**chosen, 'after': front.after})}" if front.after else None,
        shown=SHOWN,
        topics=ask.topic_names,
        feeds=ask.settings.feeds,
    )


def _filter(ask: PageRequest, asked: dict[str, str], visited: datetime | None) -> StoryFilter:
    bounds = day_bounds(asked["day"], ask.zone)
    show = asked["show"]
    return StoryFilter(
        topic=asked["topic"] or None,
        since=None if bounds is None else bounds[0],
        until=None if bounds is None else bounds[1],
        alert_state=AlertState(show) if show in set(AlertState) else None,
        unread_since=visited if show == UNREAD else None,
    )


PAGES = (get("/", show, nav="Stories"),)
