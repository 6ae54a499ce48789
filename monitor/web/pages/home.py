"""`/`: the stories of the last days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.views.history.stories import read_stories
from monitor.web.request.page import get

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

RECENT = timedelta(days=3)
MOST = 50


async def show(ask: PageRequest) -> Response:
    """Show the stories."""
    stories = await ask.read(lambda ledger: read_stories(ledger, since=ask.now - RECENT))
    return ask.page("home", stories=stories[:MOST], topics=ask.settings.topics, feeds=ask.settings.feeds)


PAGES = (get("/", show, nav="Stories"),)
