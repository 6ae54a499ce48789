"""`storywatch feeds`: the subscribed feeds, how they do, and what is done with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.feeds.control import pause, poll, resume
from monitor.cli.feeds.subscribe import add, discover, export, import_feeds, remove
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option
from monitor.cli.shared.find_feed import find_feed
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, iso, show
from monitor.polling.feed_state.habits import has_unstable_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.model import Feed

RATE_WINDOW = timedelta(days=28)  # over which items a week are counted
WEEK = timedelta(days=7)


@click.group(cls=Group)
def feeds() -> None:
    """See, add, remove, pause and poll the subscribed feeds."""


for _command in (add, discover, export, import_feeds, pause, poll, remove, resume):
    feeds.add_command(_command)


@feeds.command("list")
@format_option
@common
def list_feeds(shell: CommandContext, *, form: str) -> None:
    """List every feed: its state, when it was and will be polled, and its last error in words.

    Example: storywatch feeds list --format json
    """
    with shell.ledger() as ledger:
        rows = [_row(feed) for feed in ledger.feeds.subscribed()]
    columns = {
        "STATE": lambda row: row["state"],
        "ITEMS": lambda row: str(row["items"]),
        "NEXT POLL": lambda row: _to_the_minute(row["next_poll"]),
        "FEED": lambda row: row["title"] or row["url"],
        "TROUBLE": lambda row: row["last_error"] or ("changes its ids" if row["unstable_ids"] else ""),
    }
    show(rows, form, columns=columns)


@feeds.command("show")
@click.argument("feed", shell_complete=completers.feeds)
@format_option
@now_option
@common
def show_feed(shell: CommandContext, *, feed: str, form: str, now: datetime | None) -> None:
    """Show all there is to know of FEED (its address or title).

    Example: storywatch feeds show example.org/feed.xml
    """
    moment = moment_or_now(now)
    with shell.ledger() as ledger:
        found = find_feed(ledger, feed)
        [counted] = [one for one in ledger.feeds.subscribed() if one.id == found.id]
        new = ledger.items.new_since([found.id], moment - RATE_WINDOW).get(found.id, 0)
    row = _row(counted) | {"items_a_week": _weekly(counted, new, moment)}
    if form != "text":
        show([row], form, columns={})
        return
    lines = list(_lines(counted, row, moment))
    width = max(len(name) for name, _ in lines)
    click.echo("\n".join(f"{name:<{width}}  {text}" for name, text in lines))


def _weekly(feed: Feed, new: int, now: datetime) -> float | None:
    """Return how many items a week a feed brings, once it was watched for a day."""
    if feed.first_success is None or now - feed.first_success < timedelta(days=1):
        return None
    return round(new / (min(now - feed.first_success, RATE_WINDOW) / WEEK), 1)


def _to_the_minute(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else "-"


def _row(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "state": str(feed.state),
        "last_poll": iso(feed.last_poll),
        "next_poll": iso(feed.next_poll) if str(feed.state) not in {"paused", "gone"} else None,
        "interval": int(feed.interval.total_seconds()),
        "interval_reason": feed.interval_reason,
        "last_error": feed.last_error,
        "items": feed.items,
        "current_url": feed.current_url,
        "last_success": iso(feed.last_success),
        "failing_since": iso(feed.failing_since),
        "failures": feed.failures,
        "last_new": iso(feed.habit.last_new),
        "unstable_ids": has_unstable_ids(feed.habit),
        "saved_bytes": feed.traffic.saved_bytes,
    }


def _lines(feed: Feed, row: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    from alerts.render.formats.escape import one_line
    from alerts.render.parts.times import duration
    from monitor.cli.shared.phrases import ago, ahead, size

    yield "feed", one_line(feed.title or feed.url)
    yield "address", one_line(feed.url)
    if feed.current_url != feed.url:
        yield "moved to", one_line(feed.current_url)
    since = f" since {ago(feed.failing_since, now=now)}" if feed.failing_since else ""
    yield "state", f"{feed.state}{since}"
    if feed.last_error:
        yield "last error", one_line(feed.last_error)
    if feed.failures:
        yield "failed polls", f"{feed.failures} in a row"
    yield "last poll", ago(feed.last_poll, now=now)
    yield "last success", ago(feed.last_success, now=now)
    yield (
        "next poll",
        ahead(feed.next_poll, now=now) if row["next_poll"] else f"none while it is {feed.state}",
    )
    yield "interval", f"{duration(feed.interval)}: {feed.interval_reason or 'not polled yet'}"
    weekly = row["items_a_week"]
    yield "items", f"{feed.items:,}, the last new one {ago(feed.habit.last_new, now=now)}"
    yield "a week", "not known yet" if weekly is None else f"{weekly:g} new items"
    if row["unstable_ids"]:
        yield "ids", "new at every poll; its items are known by text, address and title instead"
    yield "saved by 304", size(feed.traffic.saved_bytes)
    if feed.move:
        yield "may move to", f"{one_line(feed.move.target)} ({feed.move.polls} polls in a row say so)"
