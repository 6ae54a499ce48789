"""`storywatch once`: runs every pass once, for cron."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be sent; store and send nothing.")
@click.option("--backfill", is_flag=True, help="Also alert about the items of a feed's first poll.")
@now_option
@common
def once(context: CommandContext, *, dry_run: bool, backfill: bool, now: datetime | None) -> None:
    """Run one round: poll the due feeds, match, alert, deliver, and end.

    Exits with 1 if a feed or a delivery failed; with 75 if another storywatch holds the database.

    Example: storywatch once --dry-run
    """
    if not dry_run:
        context.refuse_second()
    from monitor.cli.shared.phrases import delivery_lines, failure_lines, round_summary
    from monitor.service.once import run_dry, run_once

    moment = moment_or_now(now)
    settings = context.checked_settings()
    runs = run_dry if dry_run else run_once
    watch = partial(context.progress, "polling")
    ran = runs(settings, now=moment, console=context.console(), backfill=backfill, watch=watch)
    for line in [*round_summary(ran.polled), *failure_lines(ran.polled), *delivery_lines(ran.delivered)]:
        say(line)
    if dry_run:
        say("dry run: nothing was stored or sent")
    if ran.failed:
        sys.exit(EXIT_FAILED)
