"""`storywatch feeds list|show`, and the group of all commands about feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.feeds.control import pause, poll, resume
from monitor.cli.feeds.subscribe import add, discover, export, import_feeds, remove
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, minute, show
from monitor.views.find_feed import find_feed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from monitor.views.feeds import FeedDetail, FeedPush, FeedRow


@click.group(cls=Group)
def feeds() -> None:
    """See, add, remove, pause and poll the subscribed feeds."""


for _command in (add, discover, export, import_feeds, pause, poll, remove, resume):
    feeds.add_command(_command)


@feeds.command("list")
@format_option
@now_option
@common
def list_feeds(context: CommandContext, *, form: str, now: datetime | None) -> None:
    """List every feed: its state, its last and next poll, and its last error.

    Example: storywatch feeds list --format json
    """
    from monitor.views.feeds import feed_row_json, read_feeds

    with context.ledger() as ledger:
        rows = [feed_row_json(row) for row in read_feeds(ledger, now=moment_or_now(now))]
    columns = {
        "STATE": lambda row: row["state"],
        "ITEMS": lambda row: str(row["items"]),
        "NEXT POLL": _next_poll,
        "FEED": lambda row: row["title"] or row["url"],
        "TROUBLE": lambda row: row["last_error"] or ("changes its ids" if row["unstable_ids"] else ""),
    }
    show(rows, form, columns=columns)


@feeds.command("show")
@click.argument("feed", shell_complete=completers.feeds)
@format_option
@now_option
@common
def show_feed(context: CommandContext, *, feed: str, form: str, now: datetime | None) -> None:
    """Show everything about FEED (its address or title): state, polls, interval and the reason for it.

    Example: storywatch feeds show example.org/feed.xml
    """
    from monitor.views.feeds import feed_detail_json, read_feed

    moment = moment_or_now(now)
    with context.ledger() as ledger:
        detail = read_feed(ledger, find_feed(ledger, feed), now=moment)
    if form != "text":
        show([feed_detail_json(detail)], form, columns={})
        return
    lines = [
        *_state_lines(detail.row, moment),
        *_push_lines(detail.push, moment),
        *_item_lines(detail, moment),
        *_sitemap_lines(detail, moment),
    ]
    width = max(len(name) for name, _ in lines)
    click.echo("\n".join(f"{name:<{width}}  {text}" for name, text in lines))


def _next_poll(row: Mapping[str, Any]) -> str:
    if row["next_poll"] is None:
        return "-"
    return "due" if row["due"] else minute(row["next_poll"])


def _state_lines(row: FeedRow, now: datetime) -> Iterator[tuple[str, str]]:
    from alerts.render.formats.escape import one_line
    from alerts.render.parts.times import duration
    from monitor.cli.shared.phrases import ago, ahead

    yield "feed", one_line(row.title or row.url)
    yield "address", one_line(row.url)
    if row.kind is not None and row.kind != "feed":
        yield "kind", row.kind.words
    if row.current_url != row.url:
        yield "moved to", one_line(row.current_url)
    since = f" since {ago(row.failing_since, now=now)}" if row.failing_since else ""
    yield "state", f"{row.state}{since}"
    if row.last_error:
        yield "last error", one_line(row.last_error)
    if row.failures:
        yield "failed polls", f"{row.failures} in a row"
    yield "last poll", ago(row.last_poll, now=now)
    yield "last success", ago(row.last_success, now=now)
    if row.next_poll is None:
        yield "next poll", f"none while it is {row.state}; `storywatch feeds resume` polls it again"
    else:
        yield "next poll", "due" if row.is_due else ahead(row.next_poll, now=now)
    yield "interval", f"{duration(row.interval)}: {row.interval_words}"


def _push_lines(push: FeedPush | None, now: datetime) -> Iterator[tuple[str, str]]:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import ago

    if push is None:
        return
    state = str(push.state or "offered")
    if push.until is not None:
        state = f"{state} until {minute(push.until.isoformat())}, last push {ago(push.last_push, now=now)}"
    yield "push", f"{state}, hub {one_line(push.hub)}"
    if push.error:
        yield "push error", one_line(push.error)


def _sitemap_lines(detail: FeedDetail, now: datetime) -> Iterator[tuple[str, str]]:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import ago, ahead

    for one in detail.sitemaps:
        if one.next_poll is None:
            planned = "not polled now"
        else:
            planned = "due" if one.is_due else f"next {ahead(one.next_poll, now=now)}"
        error = f"; {one_line(one.last_error)}" if one.last_error else ""
        yield "sitemap", f"{one_line(one.url)}: last polled {ago(one.last_poll, now=now)}, {planned}{error}"


def _item_lines(detail: FeedDetail, now: datetime) -> Iterator[tuple[str, str]]:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import ago, size

    row, weekly = detail.row, detail.items_a_week
    yield "items", f"{row.items:,}, the last new one {ago(row.last_new, now=now)}"
    yield "a week", "not known yet" if weekly is None else f"{weekly:g} new items"
    if row.missed_items_at:
        when = ago(row.missed_items_at, now=now)
        yield "may miss", f"items: at {when} every item was new, so earlier ones may have been missed"
    if row.unstable_ids:
        yield "ids", "new at every poll; its items are recognised by text, address and title instead"
    yield "not sent", f"{size(row.saved_bytes)}, by answers that nothing has changed (304)"
    if detail.move_target:
        yield "may move to", f"{one_line(detail.move_target)} ({detail.move_polls} polls in a row say so)"
