"""`storywatch check`: every error in the configuration, with its file and line."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, say
from monitor.cli.shared.phrases import count

if TYPE_CHECKING:
    from monitor.config.settings import Settings


@click.command()
@click.option("--online", is_flag=True, help="Also poll every feed; nothing is stored.")
@click.option("--send-test", is_flag=True, help="Also send a test message over every channel.")
@common
def check(context: CommandContext, *, online: bool, send_test: bool) -> None:
    """Read the configuration and the files it names, and report every error in them.

    Exits with 1 if a feed cannot be read or a channel refuses its test message.

    Example: storywatch check --online --send-test
    """
    settings = context.checked_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")
    parts = [
        count(len(settings.feeds), "feed"),
        count(len(settings.topics), "topic"),
        count(len(settings.channels), "channel"),
        count(len(settings.routes), "route"),
    ]
    say(f"{settings.path}: no errors; {', '.join(parts)}")
    for route in settings.routes:
        if route.policy.has_own_cap:
            say(f"  {route.name}: a cap of its own, {count(route.policy.max_per_hour, 'message')} an hour")
    feeds_read = not online or _try_feeds(context, settings)
    if send_test:
        _send_tests(context, settings)
    if not feeds_read:
        sys.exit(EXIT_FAILED)


def _try_feeds(context: CommandContext, settings: Settings) -> bool:
    from monitor.cli.shared.phrases import failure_lines, waiting_lines
    from monitor.service.dry_run import try_feeds

    watch = partial(context.progress, "asking")
    now = moment_or_now(None)
    trial = try_feeds(settings, now=now, console=context.console(), watch=watch)
    say(f"{count(trial.answered, 'feed')} of {trial.feeds} answered with a feed")
    waiting = [(one, one.until) for one in trial.waiting]
    for line in [*failure_lines(trial.results), *waiting_lines(waiting, now=now)]:
        say(line)
    return not trial.failed


def _send_tests(context: CommandContext, settings: Settings) -> None:
    from monitor.cli.alerts.channels import print_trials
    from monitor.service.dry_run import try_channels

    names = [channel.name for channel in settings.channels]
    print_trials(try_channels(settings, names, now=moment_or_now(None), console=context.console()))
