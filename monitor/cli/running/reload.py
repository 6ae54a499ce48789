"""Reloading the configuration of a running daemon or worker: applied as a whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.config.settings import Settings
    from monitor.service.app import App


def _accept_any(settings: Settings) -> None:
    del settings


def reloaded(
    context: CommandContext, running: App, *, refuse: Callable[[Settings], None] = _accept_any
) -> App | None:
    """Return the app of the configuration as it is now; if it cannot be used, print the reason and return None.

    `refuse` raises UsageError for settings that the running command cannot use.
    """
    from monitor.cli.shared.context import answer_for
    from monitor.cli.shared.phrases import count
    from monitor.config.errors import ConfigErrors, TopicRefused
    from monitor.service.app import joined
    from storage.database import DatabaseRefused

    try:
        settings = context.checked_settings()
        if settings.database != running.settings.database:
            say("`database` cannot be changed while storywatch runs; stop storywatch and start it again")
            return None
        refuse(settings)
        app = joined(settings, running.database)
    except (ConfigErrors, TopicRefused, DatabaseRefused, OSError, click.UsageError) as error:
        words, _ = answer_for(error)
        say(f"configuration not reloaded; still running with the previous one: {words}")
        return None
    watched = f"{count(len(settings.feeds), 'feed')} for {count(len(settings.topics), 'topic')}"
    say(f"configuration reloaded: {watched}")
    return app
