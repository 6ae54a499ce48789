"""`storywatch items`: search items, and show one with its topics and earlier titles."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import titled
from monitor.cli.shared import completers
from monitor.cli.shared.context import (
    EXIT_FAILED,
    LIMIT,
    CommandContext,
    Duration,
    common,
    moment_or_now,
    say,
)
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import as_json, format_option, json_option, minute, show
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from monitor.views.history.items import ItemDetail

WIDTH = 80  # columns
SHOWN_TEXT = 1_200  # characters of an item's text, about one screen


@click.group(cls=Group)
def items() -> None:
    """Search items and show one."""


@items.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--since", type=Duration(), help="Only items first seen in this time, such as 7d.")
@click.option(
    "--feed",
    metavar="FEED",
    shell_complete=completers.feeds,
    help="Only items of this feed (its address or title).",
)
@click.option("--limit", type=LIMIT, default=20, show_default=True, help="The largest number of items.")
@format_option
@common
def search_items(
    context: CommandContext,
    *,
    query: tuple[str, ...],
    since: timedelta | None,
    feed: str | None,
    limit: int,
    form: str,
) -> None:
    """Find items by their words, newest first; exits with 1 if there is none.

    All words must occur, in title, summary or the beginning of the content.

    \b
    storywatch items search harbour cameras          both words
    storywatch items search '"harbour cameras"'      in a row
    storywatch items search 'camera*' -- -festival   begins with camera; no festival
    """
    from monitor.views.find_feed import find_feed
    from monitor.views.history.items import item_row_json, search_items

    after = None if since is None else moment_or_now() - since
    with context.ledger() as ledger:
        only = None if feed is None else find_feed(ledger, feed)
        found = search_items(ledger, " ".join(query), limit=limit, after=after, feed=only)
    columns = {
        "ITEM": lambda row: row["id"],
        "SEEN": lambda row: minute(row["first_seen"]),
        "FEED": lambda row: row["feed"],
        "TITLE": lambda row: titled(row["title"]),
    }
    if found or form != "text":
        show([item_row_json(item) for item in found], form, columns=columns)
    if not found:
        say("no item contains these words; try fewer words or a beginning such as 'camera*'")
        sys.exit(EXIT_FAILED)


@items.command("show")
@click.argument("item")
@json_option
@common
def show_item(context: CommandContext, *, item: str, form: str) -> None:
    """Show ITEM (an id such as i12): its text, its topics and its earlier titles.

    Example: storywatch items show i12
    """
    from monitor.views.history.items import item_detail_json, read_item

    with context.ledger() as ledger:
        found = read_item(ledger, item)
    if form == "json":
        click.echo(as_json(item_detail_json(found), indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(item: ItemDetail) -> Iterator[str]:
    from alerts.render.formats.columns import wrap
    from alerts.render.formats.escape import clip, one_line, plain

    yield titled(item.row.title)
    if item.row.url:
        yield one_line(item.row.url)
    yield ""
    for name, words in _facts(item):
        yield f"{name:<10} {as_typed(one_line(words))}"
    for text in (plain(item.summary), plain(item.content)):
        if text:
            yield ""
            yield from wrap(clip(text, SHOWN_TEXT), WIDTH)


def _facts(item: ItemDetail) -> Iterator[tuple[str, str]]:
    yield "feed", item.row.feed
    yield "outlet", f"{item.row.outlet_name} ({item.row.outlet})"
    if item.author:
        yield "author", item.author
    if item.row.published:
        yield "published", f"{item.row.published.astimezone():%Y-%m-%d %H:%M}, says the feed"
    silent = ", at the feed's first poll: never alerted" if item.at_first_poll else ""
    yield "seen", f"{item.row.first_seen.astimezone():%Y-%m-%d %H:%M}{silent}"
    for one in item.revisions:
        yield "edited", f"{one.replaced_at.astimezone():%Y-%m-%d %H:%M}; before: {one.title}"
    for topic in item.topics:
        story = "no story yet" if topic.story is None else f"story {topic.story}"
        yield "topic", f"{topic.topic}: score {topic.score:.2f}, {story}"
    if not item.topics:
        yield "topic", f"none; `storywatch topics explain TOPIC {item.row.id}` says why"
