"""`storywatch demo`: the main job on bundled feeds, in a quarter of a minute."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, real_clock, say

if TYPE_CHECKING:
    from monitor.demo.show import Closing, Opening

INTRODUCTION = """\
storywatch demo: the real daemon, on a small web of invented feeds that this machine serves to itself.
The topic is police use of face recognition, learnt from five articles. No network is needed.
"""
PERIOD = timedelta(hours=1)


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Leave configuration and database in DIR, to look into afterwards.",
)
@real_clock
@common
def demo(shell: CommandContext, *, keep: Path | None) -> None:
    """Watch eleven invented outlets for a quarter of a minute: a silent first look, alerts, a digest.

    Example: storywatch demo --keep demo
    """
    say(INTRODUCTION)
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="storywatch-demo-") as folder:
            asyncio.run(_perform(Path(folder), shell))
    else:
        keep.mkdir(parents=True, exist_ok=True)
        asyncio.run(_perform(keep, shell))
        say(
            f"\nLeft in {keep}: storywatch.toml and its database. Look into them: cd {keep} && storywatch alerts list"
        )


async def _perform(folder: Path, shell: CommandContext) -> None:
    from monitor.demo.show import perform

    async for closing in perform(folder, shell.console(), opened=_tell_opening):
        _tell_closing(closing, color=shell.color)


def _tell_opening(opening: Opening) -> None:
    from monitor.cli.shared.phrases import failure_lines, round_summary, standing_lines

    lines = [
        *round_summary(opening.polled),
        *failure_lines(opening.polled),
        *standing_lines(opening.standing),
    ]
    for line in lines:
        say(line)
    say("\nNow news arrives, and with it the alerts:\n")


def _tell_closing(closing: Closing, *, color: bool) -> None:
    from alerts.digest import collect
    from monitor.cli.alerts.digest import printed

    now = moment_or_now(None)
    with closing.app.database.read() as ledger:
        told = collect(ledger, since=now - PERIOD, until=now)
    say("The same hour as a digest (storywatch digest --since 1h):\n")
    click.echo(printed(told, "text", color=color), nl=False)
    say(f"\nThe demo's webhook took {closing.webhooks} signed messages beside the console.")
    say("\nNext, on real feeds:  storywatch init watch && cd watch && storywatch run")
