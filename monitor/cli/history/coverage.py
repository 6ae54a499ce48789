"""`storywatch coverage`: the stories that your feeds miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from alerts.render.formats.escape import one_line, titled
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.output import as_json, json_option, minute, show

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Database
    from storage.model.covered import CoverageReport

NO_CONTROL = """\
no control feed is configured, so nothing shows what your feeds miss
fix: add a [[feeds]] table with control = true, such as a search of Google News or an alert feed on your topic"""


@click.command()
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back.")
@click.option("--topic", "topics", multiple=True, shell_complete=completers.topics, help="Only this topic.")
@click.option(
    "--find", is_flag=True, help="Look for the feeds of up to ten outlets at their sites, once each."
)
@json_option
@now_option
@common
def coverage(
    context: CommandContext,
    *,
    since: timedelta,
    topics: tuple[str, ...],
    find: bool,
    form: str,
    now: datetime | None,
) -> None:
    """Show the stories on your topics that only control feeds contained, their outlets, and how fast your feeds are.

    \b
    A control feed is a [[feeds]] table with control = true: it is read and grouped like any feed, but causes no alerts.
    Example: storywatch coverage --since 7d --find
    """
    from monitor.service.open_ledger import open_to_read
    from monitor.views.coverage import coverage_json, read_coverage

    moment, settings = moment_or_now(now), context.settings()

    with open_to_read(settings, now=moment) as database:

        def read() -> CoverageReport:
            with database.read() as ledger:
                return read_coverage(ledger, since=moment - since, until=moment, topics=topics or None)

        found = read()
        if find and _find(context, database, found, now=moment):
            found = read()
    if form == "json":
        click.echo(as_json(coverage_json(found), indent=2))
        return
    if not found.control_feeds:
        say(NO_CONTROL)
    _print(coverage_json(found), len(found.missed))


def _find(context: CommandContext, database: Database, found: CoverageReport, *, now: datetime) -> bool:
    """Look for feeds of the outlets that were not searched yet; return whether there were any."""
    import asyncio

    from monitor.actions.feeds.find_outlet_feeds import find_outlet_feeds, outlets_to_search

    outlets = outlets_to_search(found.outlets)
    if outlets:
        with context.progress("looking for feeds"):
            asyncio.run(find_outlet_feeds(database, context.settings(), outlets, now=now))
    return bool(outlets)


def _print(found: dict[str, Any], missed: int) -> None:
    from alerts.render.parts.phrases import count

    click.echo(f"{count(found['stories'], 'story')} on your topics; {missed} of them in none of your feeds")
    if found["missed"]:
        click.echo("\nIn none of your feeds")
        columns = {
            "STORY": lambda row: row["story"],
            "FIRST SEEN": lambda row: minute(row["first_seen"]),
            "TOPIC": lambda row: row["topic"],
            "OUTLETS": lambda row: ", ".join(row["outlets"]),
            "HEADLINE": lambda row: titled(row["title"]),
        }
        show(found["missed"], "text", columns=columns)
        click.echo("\nOutlets that had them")
        columns = {
            "OUTLET": lambda row: row["name"],
            "STORIES": lambda row: str(row["stories"]),
            "FEEDS": lambda row: _feeds(row["feeds"]),
        }
        show(found["outlets"], "text", columns=columns)
        known = next((row["feeds"][0] for row in found["outlets"] if row["feeds"]), None)
        if known is not None:
            say(f"to subscribe one: storywatch feeds add {one_line(known)}")
    if found["feeds"]:
        click.echo("\nYour feeds")
        columns = {
            "FEED": lambda row: row["title"],
            "STORIES": lambda row: str(row["stories"]),
            "FIRST": lambda row: str(row["first"]),
            "HOURS AFTER THE FIRST": lambda row: (
                "" if row["hours_after"] is None else f"{row['hours_after']:.1f}"
            ),
        }
        show(found["feeds"], "text", columns=columns)


def _feeds(urls: list[str] | None) -> str:
    if urls is None:
        return "not looked for (--find)"
    return ", ".join(urls) or "none found"
