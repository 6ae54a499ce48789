"""`/stories/ID`: a story in full, and the owner's corrections. A merged story's address redirects."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.actions.alerts.mute import mute, unmute
from monitor.actions.corrections import merge_stories, split_story
from monitor.config.units import parse_duration
from monitor.views.find_feed import find_feed
from monitor.views.history.story_page import StoryPage, read_story_page
from monitor.web.request.notes import Undo
from monitor.web.request.page import get, post
from monitor.web.request.page_request import needed, see
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

MUTES = (("1d", "a day"), ("7d", "a week"), ("30d", "30 days"))
LONGEST_MUTE = timedelta(days=3660)
LINES = 12  # outlets of a timeline; the first ones if there are more


async def show(ask: PageRequest) -> Response:
    """Show a story."""
    ident = ask.path["story"]
    found = await ask.read(lambda ledger: read_story_page(ledger, ident, now=ask.now))
    if found.merged_from is not None and "from" not in ask.query:
        note = f"&note={ask.query['note']}" if "note" in ask.query else ""
        return see(f"/stories/{found.story.id}?from={found.merged_from}{note}")
    return ask.page("story", page=found, lines=_lines(found), merged=ask.query.get("from"), mutes=MUTES)


def _lines(found: StoryPage) -> list[tuple[str, list[datetime]]]:
    """Return when each outlet wrote about the story, the earliest first."""
    lines: dict[str, list[datetime]] = defaultdict(list)
    for part in found.parts:
        lines[part.outlet].append(part.happened)
    return list(lines.items())[:LINES]


async def merge(ask: PageRequest) -> Response:
    """Move the items of another story into this one."""
    ident, other = ask.path["story"], needed(await ask.form(), "other")
    before = await ask.read(lambda ledger: read_story_page(ledger, other, now=ask.now))
    story = await ask.act(merge_stories, ident, [other], now=ask.now)
    items = tuple(("item", part.id) for part in before.parts)
    undo = Undo(path=f"/stories/s{story.id}/split", fields=items) if not before.hidden else None
    return ask.done(
        f"/stories/s{story.id}", f"“{before.story.title}” is a part of this story now.", undo=undo
    )


async def split(ask: PageRequest) -> Response:
    """Move some items of a story into a new story."""
    items = await ask.form_list("item")
    if not items:
        raise PageRefused(400, "No item is ticked.", "Go back and tick the items that are another story.")
    made = await ask.act(split_story, ask.path["story"], items, now=ask.now)
    undo = Undo(path=f"/stories/s{made.rest.id}/merge", fields=(("other", f"s{made.new.id}"),))
    return ask.done(
        f"/stories/s{made.new.id}", f"These items were split from “{made.rest.title}”.", undo=undo
    )


async def mute_story(ask: PageRequest) -> Response:
    """Hold the alerts about a story for a while."""
    form = await ask.form()
    until = ask.now + mute_length(form.get("for", "7d"))
    ident = ask.path["story"]
    await ask.act(
        mute, _story_id(ident), topics=ask.topic_names, find_feed=find_feed, now=ask.now, until=until
    )
    undo = Undo(path=f"/stories/{ident}/unmute")
    return ask.done(f"/stories/{ident}", f"Muted until {until.astimezone(ask.zone):%d %B, %H:%M}.", undo=undo)


async def unmute_story(ask: PageRequest) -> Response:
    """End the mutes of a story."""
    ident = ask.path["story"]
    await ask.act(unmute, _story_id(ident), topics=ask.topic_names, find_feed=find_feed, now=ask.now)
    return ask.done(f"/stories/{ident}", "No longer muted. Held alerts are sent now.")


def _story_id(ident: str) -> str:
    """Return the id of a story with its prefix."""
    return f"s{ident.removeprefix('s')}"


def mute_length(words: str) -> timedelta:
    """Return the length of a mute from a form (`7d`).

    Raises:
        PageRefused: the text is not a duration, or is too long.
    """
    try:
        span = parse_duration(words)
    except ValueError:
        span = timedelta()
    if not timedelta() < span <= LONGEST_MUTE:
        raise PageRefused(400, f"{words!r} is not a time to mute for.", "Choose one of the list, such as 7d.")
    return span


PAGES = (
    get("/stories/{story}", show),
    post("/stories/{story}/merge", merge),
    post("/stories/{story}/split", split),
    post("/stories/{story}/mute", mute_story),
    post("/stories/{story}/unmute", unmute_story),
)
