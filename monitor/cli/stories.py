"""`storywatch stories`: what was grouped into which story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import format_option, iso, show
from monitor.cli.shell import Duration, Shell, common, moment_or_now, now_option

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.model import Match, Story


@click.group()
def stories() -> None:
    """See stories and the items they are made of."""


@stories.command("list")
@click.option("--since", type=Duration(), default="7d", show_default=True, help="How far back.")
@format_option
@now_option
@common
def list_stories(shell: Shell, *, since: timedelta, form: str, now: datetime | None) -> None:
    """List the stories with items seen lately, largest and newest first."""
    with shell.ledger() as ledger:
        rows = [_row(story) for story in ledger.stories.since(moment_or_now(now) - since)]
    columns = {
        "STORY": lambda row: row["id"],
        "OUTLETS": lambda row: str(row["sources"]),
        "ITEMS": lambda row: str(row["size"]),
        "TOPIC": lambda row: row["topic"],
        "HEADLINE": lambda row: row["title"],
    }
    show(rows, form, columns=columns)


@stories.command("show")
@click.argument("story")
@format_option
@common
def show_story(shell: Shell, *, story: str, form: str) -> None:
    """List the items of STORY (an id such as s12) in the order they joined it."""
    number = story.removeprefix("s")
    with shell.ledger() as ledger:
        found = ledger.stories.get([int(number)]) if number.isdecimal() else []
        if not found:
            raise click.UsageError(f"no story {story}; `storywatch stories list` shows them with their ids")
        rows = [_item_row(match) for match in ledger.matches.of_story(found[0].id)]
    columns = {
        "ITEM": lambda row: row["id"],
        "SEEN": lambda row: row["first_seen"],
        "SCORE": lambda row: f"{row['score']:.2f}",
        "FEED": lambda row: row["feed"],
        "TITLE": lambda row: row["title"],
    }
    show(rows, form, columns=columns)


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
    }


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
