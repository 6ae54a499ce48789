"""`/topics`: every topic at a glance, and muting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.actions.alerts.mute import MuteRefused, mute, unmute
from monitor.views.topics.overview import read_overview
from monitor.web.pages.topics.present_settings import named_topic, present_settings
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.request.notes import Undo
from monitor.web.request.page import get, post

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest
    from storage.database import Ledger
    from storage.model import Feed

MUTED_FOR = timedelta(days=7)


async def show(ask: PageRequest) -> Response:
    """Show the topics."""
    settings = await present_settings(ask)
    rows = await ask.read(lambda ledger: read_overview(ledger, settings.topics, now=ask.now))
    return ask.page("topics/list", topics=rows)


async def mute_topic(ask: PageRequest) -> Response:
    """Mute a topic for a week."""
    settings, topic = await named_topic(ask)
    names = [one.name for one in settings.topics]
    until = ask.now + MUTED_FOR
    await ask.act(mute, topic.name, until=until, topics=names, find_feed=_no_feed, now=ask.now)
    undo = Undo(path=f"{topic_path(topic.name)}/unmute")
    return ask.done(_back(ask, topic.name), f"{topic.name} is muted for 7 days.", undo=undo)


async def unmute_topic(ask: PageRequest) -> Response:
    """End the mute of a topic."""
    settings, topic = await named_topic(ask)
    names = [one.name for one in settings.topics]
    await ask.act(unmute, topic.name, topics=names, find_feed=_no_feed, now=ask.now)
    return ask.done(_back(ask, topic.name), f"{topic.name} alerts again.")


def _no_feed(ledger: Ledger, words: str) -> Feed:
    del ledger
    raise MuteRefused(f"no topic {words!r}")


def _back(ask: PageRequest, name: str) -> str:
    return "/topics" if ask.query.get("from") == "list" else topic_path(name)


PAGES = (
    get("/topics", show, nav="Topics"),
    post("/topics/{topic:path}/mute", mute_topic),
    post("/topics/{topic:path}/unmute", unmute_topic),
)
