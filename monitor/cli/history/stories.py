"""`storywatch stories`: what was grouped into which story, and the owner's corrections of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, iso, minute, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from storage.database import Database, Ledger
    from storage.model import Match, Story


@click.group(cls=Group)
def stories() -> None:
    """See stories and the items they are made of, and correct them."""


@stories.command("list")
@click.option("--since", type=Duration(), default="7d", show_default=True, help="How far back.")
@format_option
@now_option
@common
def list_stories(shell: CommandContext, *, since: timedelta, form: str, now: datetime | None) -> None:
    """List the stories with items seen lately, largest and newest first.

    Example: storywatch stories list --since 30d
    """
    with shell.ledger() as ledger:
        rows = [_row(story) for story in ledger.stories.since(moment_or_now(now) - since)]
    columns = {
        "STORY": lambda row: row["id"],
        "OUTLETS": lambda row: str(row["sources"]),
        "ITEMS": lambda row: str(row["size"]),
        "LAST SEEN": lambda row: minute(row["last_seen"]),
        "TOPIC": lambda row: row["topic"],
        "HEADLINE": lambda row: row["title"],
    }
    show(rows, form, columns=columns)


@stories.command("show")
@click.argument("story", shell_complete=completers.stories)
@format_option
@common
def show_story(shell: CommandContext, *, story: str, form: str) -> None:
    """List the items of STORY (an id such as s12) in the order they joined it.

    Example: storywatch stories show s12
    """
    with shell.ledger() as ledger:
        found = _find(ledger, story)
        if found.merged_into is not None:
            say(f"s{found.id} was merged into s{found.merged_into}")
            found = _find(ledger, f"s{found.merged_into}")
        if found.continues is not None:
            say(f"s{found.id} continues s{found.continues}")
        rows = [_item_row(match) for match in ledger.matches.of_story(found.id)]
    columns = {
        "ITEM": lambda row: row["id"],
        "SEEN": lambda row: minute(row["first_seen"]),
        "SCORE": lambda row: f"{row['score']:.2f}",
        "FEED": lambda row: row["feed"],
        "TITLE": lambda row: row["title"],
    }
    show(rows, form, columns=columns)


@stories.command()
@click.argument("story", shell_complete=completers.stories)
@click.argument("others", nargs=-1, required=True, metavar="OTHER…", shell_complete=completers.stories)
@now_option
@common
def merge(shell: CommandContext, *, story: str, others: Sequence[str], now: datetime | None) -> None:
    """Put all items of each OTHER story into STORY. Works beside a running daemon; nothing is told twice.

    Example: storywatch stories merge s12 s14
    """
    from monitor.actions import corrections
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    with open_ledger(shell.settings(), now=moment) as database, _correcting(database, story) as ledger:
        into, moved = _find(ledger, story), [_find(ledger, other) for other in dict.fromkeys(others)]
        try:
            merged = corrections.merge(ledger, into, moved, now=moment)
        except corrections.CorrectionRefused as refused:
            raise click.UsageError(str(refused)) from None
    say(f"merged: {_summary(merged)}")


@stories.command()
@click.argument("story", shell_complete=completers.stories)
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@now_option
@common
def split(shell: CommandContext, *, story: str, items: Sequence[str], now: datetime | None) -> None:
    """Give ITEMs (ids such as i7) of STORY a story of their own and print its id. Works beside a running daemon.

    Example: storywatch stories split s12 i7 i9
    """
    from monitor.actions import corrections
    from monitor.service.open_ledger import open_ledger

    moment, numbers = moment_or_now(now), [_number(item, "i", "item") for item in items]
    with open_ledger(shell.settings(), now=moment) as database, _correcting(database, story) as ledger:
        found = _find(ledger, story)
        try:
            rest, new = corrections.split(ledger, found, numbers, now=moment)
        except corrections.CorrectionRefused as refused:
            raise click.UsageError(str(refused)) from None
    click.echo(f"s{new.id}")
    say(f"split off: {_summary(new)}\nleft: {_summary(rest)}")


@contextmanager
def _correcting(database: Database, story: str) -> Iterator[Ledger]:
    """Yield a write transaction in which nobody else groups the story's topic, or decides what is told of it."""
    from alerts.deciding.routing import TURN
    from monitor.matching.group import turn_of

    with database.read() as ledger:
        topic = _find(ledger, story).topic
    with database.write(TURN, turn_of(topic)) as ledger:
        yield ledger


def _find(ledger: Ledger, story: str) -> Story:
    found = ledger.stories.get([_number(story, "s", "story")])
    if not found:
        raise click.UsageError(f"no story {story}; `storywatch stories list` shows them with their ids")
    return found[0]


def _number(named: str, letter: str, thing: str) -> int:
    number = named.removeprefix(letter)
    if not number.isdecimal():
        raise click.UsageError(f"{named!r} is no {thing}; ids look like {letter}12")
    return int(number)


def _summary(story: Story) -> str:
    from monitor.cli.shared.phrases import count

    return f"s{story.id}, {count(story.size, 'item')} of {count(story.sources, 'outlet')}: {one_line(story.title)}"


def _row(story: Story) -> dict[str, Any]:
    return {
        "id": f"s{story.id}",
        "topic": story.topic,
        "title": story.title,
        "url": story.url,
        "first_seen": iso(story.first_seen),
        "last_seen": iso(story.last_seen),
        "sources": story.sources,
        "size": story.size,
        "continues": _id(story.continues),
    }


def _id(story_id: int | None) -> str | None:
    return None if story_id is None else f"s{story_id}"


def _item_row(match: Match) -> dict[str, Any]:
    return {
        "id": f"i{match.item.id}",
        "title": match.item.title,
        "url": match.item.url,
        "feed": match.item.feed,
        "first_seen": iso(match.item.first_seen),
        "score": round(match.score, 4),
        "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in match.why],
    }
