"""`/feeds` and `/feeds/ID`: the subscribed feeds, adding and removing them, OPML in and out, and control of polling."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response

from monitor.actions.alerts.mute import mute, unmute
from monitor.actions.feeds.control_feeds import ServerAsksToWait, pause_feed, poll_now, resume_feed
from monitor.actions.feeds.discover_feeds import DiscoveredFeeds, feeds_at
from monitor.config.lists.opml import Outline
from monitor.config.lists.opml_writer import write_opml
from monitor.polling.http.address import redacted
from monitor.text.ids import id_number
from monitor.views.feed_page import read_feed_list, read_feed_page
from monitor.views.feeds import read_sitemap_kinds
from monitor.views.find_feed import find_feed
from monitor.views.poll_result import read_quiet_hosts
from monitor.web.pages.stories import mute_length
from monitor.web.request.notes import Undo
from monitor.web.request.page import get, post
from monitor.web.request.page_request import needed
from monitor.web.request.refused import PageRefused
from monitor.web.safety.limits import OPML_BYTES
from storage.model import FeedState

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.actions.feeds.subscribe import Imported
    from monitor.views.feeds import FeedRow
    from monitor.web.request.page_request import PageRequest

SECONDS = 8.0  # seconds to look at an address; a request has ten
NAMED = 5  # left-out entries that are listed; the others are counted


async def show_all(ask: PageRequest) -> Response:
    """Show the list of feeds."""
    words, state = ask.query.get("q", ""), ask.query.get("state", "")
    chosen = FeedState(state) if state in set(FeedState) else None
    found = await ask.read(lambda ledger: read_feed_list(ledger, words=words, state=chosen, now=ask.now))
    return ask.page("feeds", found=found, words=words, state=state)


async def show(ask: PageRequest) -> Response:
    """Show one feed."""
    number = _number(ask)
    return ask.page("feed", page=await ask.read(lambda ledger: read_feed_page(ledger, number, now=ask.now)))


def _number(ask: PageRequest) -> int:
    number = id_number(ask.path["feed"], "")
    if number is None:
        raise PageRefused(404, "There is no such feed.", "The list of feeds has all subscribed feeds.")
    return number


async def preview(ask: PageRequest) -> Response:
    """Look at an address and show the feeds there, before one is added."""
    url = needed(await ask.form(), "url")
    if "://" not in url:
        url = f"https://{url}"
    quiet = await ask.read(partial(read_quiet_hosts, now=ask.now))
    try:
        async with asyncio.timeout(SECONDS):
            found = await feeds_at(url, ask.settings, quiet=quiet, now=ask.now)
    except TimeoutError:
        found = DiscoveredFeeds(reason=f"{redacted(url)}: no answer within {SECONDS:.0f} s")
    known = {feed.url for feed in ask.settings.feeds}
    return ask.page("feed_preview", url=url, found=found, known=known)


async def add(ask: PageRequest) -> Response:
    """Subscribe a feed: write it into the configuration."""
    from monitor.actions.feeds.subscribe import add_feed  # noqa: PLC0415 - tomlkit takes 2 MB
    from monitor.config.edit_feeds import with_feeds  # noqa: PLC0415 - see above

    form = await ask.form()
    url, title = needed(form, "url"), form.get("title", "").strip()
    settings = await ask.settings_on_disk()
    try:
        added = await ask.act(add_feed, settings, url, title=title, tags=(), environ=os.environ, now=ask.now)
    except OSError as error:
        piece = with_feeds("", [Outline(url=url, title=title, tags=(), line=0)])
        return ask.page("paste", status=409, piece=piece, path=settings.path, reason=error.strerror or error)
    feed = await ask.read(lambda ledger: ledger.feeds.named([added.url])[0])
    if not added.is_new:
        return ask.done(f"/feeds/{feed.id}", "This feed is subscribed already.")
    ask.context.reload()
    undo = Undo(path=f"/feeds/{feed.id}/remove")
    return ask.done(f"/feeds/{feed.id}", "Subscribed. Its first poll follows within seconds.", undo=undo)


async def remove(ask: PageRequest) -> Response:
    """Unsubscribe a feed: take it out of the configuration."""
    from monitor.actions.feeds.unsubscribe import remove_feed  # noqa: PLC0415 - see above

    row = await _row(ask)
    settings = await ask.settings_on_disk()
    await ask.act(remove_feed, settings, row.url, environ=os.environ, now=ask.now)
    ask.context.reload()
    undo = Undo(path="/feeds/add", fields=(("url", row.url), ("title", row.title)))
    return ask.done("/feeds", f"{row.title or row.url} is unsubscribed. Its items are kept.", undo=undo)


async def import_list(ask: PageRequest) -> Response:
    """Subscribe the feeds of a list."""
    from monitor.actions.feeds.subscribe import import_feeds  # noqa: PLC0415 - see above

    body = await ask.upload("file")
    if not body:
        raise PageRefused(400, "No file was chosen.", "Go back, choose an OPML file and send it again.")
    settings = await ask.settings_on_disk()
    done = await ask.act(import_feeds, settings, body, name="the file", environ=os.environ, now=ask.now)
    if done.added:
        ask.context.reload()
    return ask.done("/feeds", _imported(done), is_problem=not done.is_complete)


def _imported(done: Imported) -> str:
    missing = [*done.left_out, *(f"{one.url} ({one.reason})" for one in done.refused)]
    left = "; ".join(missing[:NAMED])
    more = f", and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    count = f"Subscribed {len(done.added)} of {done.listed} feeds of the list"
    if len(done.added) == done.listed:
        count = f"Subscribed {done.listed} {'feed' if done.listed == 1 else 'feeds'}"
    elif already := done.listed - len(done.added) - len(done.refused):
        count += f"; {already} {'was' if already == 1 else 'were'} subscribed already"
    return f"{count}. Left out: {left}{more}." if missing else f"{count}."


async def export(ask: PageRequest) -> Response:
    """Answer with the subscribed feeds as OPML, without their credentials."""
    sitemaps = await ask.read(read_sitemap_kinds)
    return Response(
        write_opml(ask.settings.feeds, sitemaps),
        media_type="text/x-opml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="storywatch-feeds.opml"'},
    )


async def poll(ask: PageRequest) -> Response:
    """Poll a feed now."""
    row = await _row(ask)
    try:
        await ask.act(poll_now, row.url, now=ask.now)
    except ServerAsksToWait as refusal:
        return ask.done(f"/feeds/{row.id}", _waits(ask, refusal.waiting.until), is_problem=True)
    return ask.done(f"/feeds/{row.id}", "The feed is due now; it is polled within seconds.")


async def pause(ask: PageRequest) -> Response:
    """Stop polling a feed."""
    row = await _row(ask)
    await ask.act(pause_feed, row.url)
    undo = Undo(path=f"/feeds/{row.id}/resume")
    return ask.done(f"/feeds/{row.id}", "Paused: the feed is not polled until you resume it.", undo=undo)


async def resume(ask: PageRequest) -> Response:
    """Poll a feed again."""
    row = await _row(ask)
    resumed = await ask.act(resume_feed, row.url, now=ask.now)
    undo = Undo(path=f"/feeds/{row.id}/pause") if row.state is FeedState.PAUSED else None
    waits = (
        _waits(ask, resumed.next_poll)
        if resumed.next_poll > ask.now
        else "The feed is polled within seconds."
    )
    return ask.done(f"/feeds/{row.id}", f"Resumed. {waits}", undo=undo)


def _waits(ask: PageRequest, until: datetime) -> str:
    at = f"{until.astimezone(ask.zone):%d %B, %H:%M}"
    return f"The server asks to wait until {at} (Retry-After). The feed is polled then."


async def mute_feed(ask: PageRequest) -> Response:
    """Stop a feed's items from causing alerts for a while."""
    row, form = await _row(ask), await ask.form()
    until = ask.now + mute_length(form.get("for", "7d"))
    await ask.act(mute, row.url, topics=(), find_feed=find_feed, now=ask.now, until=until)
    undo = Undo(path=f"/feeds/{row.id}/unmute")
    return ask.done(f"/feeds/{row.id}", f"Muted until {until.astimezone(ask.zone):%d %B, %H:%M}.", undo=undo)


async def unmute_feed(ask: PageRequest) -> Response:
    """End the mute of a feed."""
    row = await _row(ask)
    await ask.act(unmute, row.url, topics=(), find_feed=find_feed, now=ask.now)
    return ask.done(f"/feeds/{row.id}", "No longer muted.")


async def _row(ask: PageRequest) -> FeedRow:
    number = _number(ask)
    found = await ask.read(lambda ledger: read_feed_page(ledger, number, now=ask.now))
    return found.detail.row


PAGES = (
    get("/feeds", show_all, nav="Feeds"),
    get("/feeds/export.opml", export),
    post("/feeds/preview", preview),
    post("/feeds/add", add),
    post("/feeds/import", import_list, max_body=OPML_BYTES),
    get("/feeds/{feed}", show),
    post("/feeds/{feed}/remove", remove),
    post("/feeds/{feed}/poll", poll),
    post("/feeds/{feed}/pause", pause),
    post("/feeds/{feed}/resume", resume),
    post("/feeds/{feed}/mute", mute_feed),
    post("/feeds/{feed}/unmute", unmute_feed),
)
