"""`storywatch items`: find items by their words, and see what became of one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import (
    EXIT_FAILED,
    CommandContext,
    Duration,
    common,
    moment_or_now,
    now_option,
    say,
)
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import as_json, format_option, iso, json_option, minute, show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from storage.model import Item
    from storage.stores.search import Topical

WIDTH = 80  # columns
SHOWN_TEXT = 1_200  # characters of an item's text: a screen of it


@click.group(cls=Group)
def items() -> None:
    """Look for items and into them."""


@items.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--since", type=Duration(), help="Only items first seen in this time, such as 7d.")
@click.option(
    "--feed",
    metavar="FEED",
    shell_complete=completers.feeds,
    help="Only items of this feed (its address or title).",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@format_option
@now_option
@common
def search_items(
    shell: CommandContext,
    *,
    query: tuple[str, ...],
    since: timedelta | None,
    feed: str | None,
    limit: int,
    form: str,
    now: datetime | None,
) -> None:
    """Find items by their words, newest first; exits with 1 if there is none.

    All words must occur, in title, summary or the beginning of the content.

    \b
    storywatch items search harbour cameras          both words
    storywatch items search '"harbour cameras"'      in a row
    storywatch items search 'camera*' -- -festival   beginning so, and none with that word
    """
    from monitor.cli.shared.find_feed import find_feed
    from storage.stores.search import read_search

    terms = read_search(" ".join(query))
    if all(term.absent for term in terms):
        raise click.UsageError("name a word that must occur, such as: storywatch items search harbour")
    after = None if since is None else moment_or_now(now) - since
    with shell.ledger() as ledger:
        feed_id = None if feed is None else find_feed(ledger, feed).id
        found = ledger.search.items(terms, limit=limit, since=after, feed_id=feed_id)
    columns = {
        "ITEM": lambda row: row["id"],
        "SEEN": lambda row: minute(row["first_seen"]),
        "FEED": lambda row: row["feed"],
        "TITLE": lambda row: row["title"],
    }
    if found or form != "text":
        show([_row(item) for item in found], form, columns=columns)
    if not found:
        say("no item holds these words; fewer words or a beginning such as 'camera*' find more")
        sys.exit(EXIT_FAILED)


@items.command("show")
@click.argument("item")
@json_option
@common
def show_item(shell: CommandContext, *, item: str, form: str) -> None:
    """Show all there is of ITEM (an id such as i12): its text, the topics it is on, its earlier titles.

    Example: storywatch items show i12
    """
    number = item.removeprefix("i")
    with shell.ledger() as ledger:
        stored = ledger.items.get(int(number)) if number.isdecimal() else None
        if stored is None:
            raise click.UsageError(
                f"no item {item}; `storywatch items search WORDS` shows items with their ids"
            )
        topics = ledger.search.topics_of(stored.id)
        edits = ledger.search.revisions_of(stored.id)
    if form == "json":
        more = {
            "summary": stored.summary,
            "content": stored.content,
            "author": stored.author,
            "language": stored.language,
            "publisher_id": stored.publisher_id,
            "at_first_poll": stored.at_first_poll,
            "topics": [_topic_row(topic) for topic in topics],
            "revisions": [{"replaced_at": iso(at), "title": title} for at, title in edits],
        }
        click.echo(as_json({**_row(stored), **more}, indent=2))
        return
    for line in _lines(stored, topics, edits):
        click.echo(line)


def _row(item: Item) -> dict[str, Any]:
    return {
        "id": f"i{item.id}",
        "title": item.title,
        "url": item.url,
        "feed": item.feed,
        "published": iso(item.published_at),
        "first_seen": iso(item.first_seen),
    }


def _topic_row(topic: Topical) -> dict[str, Any]:
    story = None if topic.story_id is None else f"s{topic.story_id}"
    return {"topic": topic.topic, "score": round(topic.score, 4), "story": story}


def _lines(item: Item, topics: list[Topical], edits: list[tuple[datetime, str]]) -> Iterator[str]:
    from alerts.render.formats.columns import wrap
    from alerts.render.formats.escape import clip, one_line, plain

    yield one_line(item.title) or "(untitled)"
    if item.url:
        yield one_line(item.url)
    yield ""
    for name, words in _facts(item, topics, edits):
        yield f"{name:<10} {one_line(words)}"
    for text in (plain(item.summary), plain(item.content)):
        if text:
            yield ""
            yield from wrap(clip(text, SHOWN_TEXT), WIDTH)


def _facts(item: Item, topics: list[Topical], edits: list[tuple[datetime, str]]) -> Iterator[tuple[str, str]]:
    yield "feed", item.feed
    if item.author:
        yield "author", item.author
    if item.published_at:
        yield "published", f"{item.published_at.astimezone():%Y-%m-%d %H:%M}, says the feed"
    silent = ", at the feed's first poll: never alerted" if item.at_first_poll else ""
    yield "seen", f"{item.first_seen.astimezone():%Y-%m-%d %H:%M}{silent}"
    for at, title in edits:
        yield "edited", f"{at.astimezone():%Y-%m-%d %H:%M}; before: {title}"
    for topic in topics:
        story = "no story yet" if topic.story_id is None else f"story s{topic.story_id}"
        yield "topic", f"{topic.topic}: score {topic.score:.2f}, {story}"
    if not topics:
        yield "topic", f"on none; `storywatch topics explain TOPIC i{item.id}` says why"
