"""`storywatch check`: every error in the configuration, with its file and line."""

from __future__ import annotations

import click

from monitor.cli.shell import Shell, common, say
from monitor.cli.words import count


@click.command()
@common
def check(shell: Shell) -> None:
    """Read the configuration and everything it names, and say what is wrong with it, every error at once."""
    settings = shell.checked_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")
    parts = [
        count(len(settings.feeds), "feed"),
        count(len(settings.topics), "topic"),
        count(len(settings.channels), "channel"),
        count(len(settings.routes), "route"),
    ]
    say(f"{settings.path}: no errors; {', '.join(parts)}")
