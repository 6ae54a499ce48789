"""`storywatch demo`: runs the daemon on bundled feeds for about 15 seconds."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.running.demo_month import run_month
from monitor.cli.shared.context import CommandContext, common, moment_or_now, real_clock, say
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.demo.show import Closing, Opening

INTRODUCTION = """\
storywatch demo: the real daemon, on a small web of invented feeds that this machine serves to itself.
The topic is police use of face recognition, learnt from five articles. No network is needed.
"""
PERIOD = timedelta(hours=1)
CONFIGURATION = "storywatch.toml"
MONTH_FOLDER = Path("storywatch-month")


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the configuration and the database in DIR.",
)
@click.option(
    "--month",
    is_flag=True,
    help="Run thirty days in virtual time instead, and keep them in DIR (storywatch-month) to explore.",
)
@real_clock
@common
def demo(context: CommandContext, *, keep: Path | None, month: bool) -> None:
    """Watch eleven invented outlets for a quarter of a minute: a silent first poll, alerts, a digest.

    One has three section feeds, and an aggregator links to several: each article is alerted once.

    With --month, thirty days pass in a minute: outages, a flood, a dead webhook, a feed that moves, and stories that return.

    \b
    storywatch demo --keep demo
    storywatch demo --month
    """
    if month:
        run_month(keep or MONTH_FOLDER, now=moment_or_now(), color=context.color)
        return
    say(INTRODUCTION)
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="storywatch-demo-") as folder:
            asyncio.run(_perform(Path(folder), context, without_commands))
    else:
        keep.mkdir(parents=True, exist_ok=True)
        asyncio.run(_perform(keep, context, partial(as_typed, options={"config": keep / CONFIGURATION})))
        look = as_typed("storywatch alerts list", options={"config": keep / CONFIGURATION})
        say(f"\nLeft in {keep}: {CONFIGURATION} and its database. Look into them:  {look}")
    say("\nNext, on real feeds:  storywatch init watch && storywatch run --config watch/storywatch.toml")


def without_commands(text: str) -> str:
    """Return a message without its commands, which would fail after the demo has deleted its database."""
    kept = [line for line in text.splitlines(keepends=True) if "storywatch " not in line]
    return "".join(kept)


async def _perform(folder: Path, context: CommandContext, edited: Callable[[str], str]) -> None:
    from monitor.demo.show import perform
    from monitor.service.app import ConsoleOutput

    console = context.console()
    edited_console = ConsoleOutput(out=console.out, paint=lambda text: console.paint(edited(text)))
    async for closing in perform(folder, edited_console, opened=partial(_print_opening, edited)):
        _print_closing(closing, edited, color=context.color)


def _print_opening(edited: Callable[[str], str], opening: Opening) -> None:
    from monitor.cli.shared.phrases import failure_lines, round_summary, standing_lines

    lines = [
        *round_summary(opening.polled),
        *failure_lines(opening.polled),
        *standing_lines(opening.stories),
    ]
    say(edited("\n".join(lines)).rstrip())
    say("\nNow news arrives, and with it the alerts:\n")


def _print_closing(closing: Closing, edited: Callable[[str], str], *, color: bool) -> None:
    from alerts.digest import collect
    from monitor.cli.alerts.digest import printed

    now = moment_or_now()
    with closing.app.database.read() as ledger:
        digest = collect(ledger, since=now - PERIOD, until=now)
    say("The same hour as a digest:\n")
    text = printed(digest, "text", color=color)
    assert isinstance(text, str)
    click.echo(edited(text), nl=False)
    say(f"\nThe demo's webhook received {closing.webhooks} signed messages beside the console.")
