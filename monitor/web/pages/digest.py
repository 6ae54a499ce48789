"""`/digest/DATE`: the stories of a day as an edition to read and to print."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from alerts.render.parts.story_view import story_view
from monitor.views.alerts.digest import read_digest
from monitor.web.looks.times import day_bounds
from monitor.web.request.page import get
from monitor.web.request.page_request import see
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

MOST = 25  # stories of an edition; a busier day shows the largest ones and the number of others


async def show_today(ask: PageRequest) -> Response:
    """Redirect to today's edition."""
    return see(f"/digest/{ask.now.astimezone(ask.zone).date()}")


async def show(ask: PageRequest) -> Response:
    """Show the edition of a day."""
    bounds = day_bounds(ask.path["date"], ask.zone)
    if bounds is None:
        raise PageRefused(404, "There is no such day.", "A day is written like 2026-11-30.")
    since, until = bounds
    digest = await ask.read(lambda ledger: read_digest(ledger, since=since, until=until, most=MOST))
    moment = min(until, ask.now).astimezone(ask.zone)
    views = [story_view(news, since=since, until=moment) for news in digest.stories]
    views.sort(key=lambda one: one.topic)  # stable: the largest first within each
    today, shown = ask.now.astimezone(ask.zone).date(), since.date()
    return ask.page(
        "digest",
        day=since,
        topics=[(topic, list(stories)) for topic, stories in groupby(views, key=lambda one: one.topic)],
        more=digest.more,
        holding=digest.holding,
        troubles=digest.troubles if shown == today else (),
        before=_address(shown - timedelta(days=1)),
        after=_address(shown + timedelta(days=1)) if shown < today else None,
    )


def _address(day: date) -> str:
    return f"/digest/{day}"


PAGES = (
    get("/digest", show_today, nav="Digest"),
    get("/digest/{date}", show),
)
