"""`storywatch stories`: list, show, merge and split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import one_line, titled
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, minute, show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from storage.model import Story


@click.group(cls=Group)
def stories() -> None:
    """List stories, show their items, merge and split them."""


@stories.command("list")
@click.option("--since", type=Duration(), default="7d", show_default=True, help="The length of the period.")
@format_option
@common
def list_stories(context: CommandContext, *, since: timedelta, form: str) -> None:
    """List the stories with recently seen items, largest and newest first.

    Example: storywatch stories list --since 30d
    """
    from monitor.views.history.stories import read_stories, story_row_json

    with context.ledger() as ledger:
        found = read_stories(ledger, since=moment_or_now() - since)
    columns = {
        "STORY": lambda row: row["id"],
        "OUTLETS": lambda row: str(row["sources"]),
        "ITEMS": lambda row: str(row["size"]),
        "LAST SEEN": lambda row: minute(row["last_seen"]),
        "TOPIC": lambda row: row["topic"],
        "HEADLINE": lambda row: titled(row["title"]),
    }
    show([story_row_json(one) for one in found], form, columns=columns)


@stories.command("show")
@click.argument("story", shell_complete=completers.stories)
@format_option
@common
def show_story(context: CommandContext, *, story: str, form: str) -> None:
    """List the items of STORY (an id such as s12) in the order they joined it.

    Example: storywatch stories show s12
    """
    from monitor.views.history.stories import read_story, story_item_json

    with context.ledger() as ledger:
        found = read_story(ledger, story)
    if found.merged_from is not None:
        say(f"{found.merged_from} was merged into {found.story.id}")
    if found.story.continues is not None:
        say(f"{found.story.id} continues {found.story.continues}")
    columns = {
        "ITEM": lambda row: row["id"],
        "SEEN": lambda row: minute(row["first_seen"]),
        "SCORE": lambda row: f"{row['score']:.2f}",
        "OUTLET": lambda row: row["outlet_name"],
        "FEEDS": lambda row: ", ".join(row["feeds"]),
        "TITLE": lambda row: titled(row["title"]),
    }
    show([story_item_json(item) for item in found.items], form, columns=columns)


@stories.command()
@click.argument("story", shell_complete=completers.stories)
@click.argument("others", nargs=-1, required=True, metavar="OTHER…", shell_complete=completers.stories)
@common
def merge(context: CommandContext, *, story: str, others: Sequence[str]) -> None:
    """Move all items of each OTHER story into STORY. A daemon may be running; no item is alerted twice.

    Example: storywatch stories merge s12 s14
    """
    from monitor.actions.corrections import merge_stories
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now()
    with open_ledger(context.settings(), now=moment) as database:
        merged = merge_stories(database, story, others, now=moment)
    say(f"merged: {_summary(merged)}")


@stories.command()
@click.argument("story", shell_complete=completers.stories)
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@common
def split(context: CommandContext, *, story: str, items: Sequence[str]) -> None:
    """Move ITEMs (ids such as i7) of STORY into a new story and print its id. A daemon may be running.

    Example: storywatch stories split s12 i7 i9
    """
    from monitor.actions.corrections import split_story
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now()
    with open_ledger(context.settings(), now=moment) as database:
        done = split_story(database, story, items, now=moment)
    click.echo(f"s{done.new.id}")
    say(f"split off: {_summary(done.new)}\nleft: {_summary(done.rest)}")


def _summary(story: Story) -> str:
    from alerts.render.parts.phrases import count, reach

    return f"s{story.id}, {count(story.size, 'item')} of {reach(story)}: {one_line(story.title)}"
