"""The configuration read again for one who runs: taken up without error, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.config.settings import Settings
    from monitor.service.app import App


def _take_any(settings: Settings) -> None:
    del settings


def renewed(
    shell: CommandContext, running: App, *, refuse: Callable[[Settings], None] = _take_any
) -> App | None:
    """Return the app of the configuration as it stands now; None if it cannot be used, which is said.

    `refuse` raises UsageError for what cannot be used besides.
    """
    from monitor.cli.shared.context import answer_for
    from monitor.cli.shared.phrases import count
    from monitor.config.errors import ConfigErrors, TopicRefused
    from monitor.service.app import joined
    from storage.database import DatabaseRefused

    try:
        settings = shell.checked_settings()
        if settings.database != running.settings.database:
            say(
                "the database cannot change while it runs; end storywatch and start it again. Nothing changed"
            )
            return None
        refuse(settings)
        app = joined(settings, running.database)
    except (ConfigErrors, TopicRefused, DatabaseRefused, OSError, click.UsageError) as error:
        words, _ = answer_for(error)
        say(f"configuration not taken up, the running one stays: {words}")
        return None
    watched = f"{count(len(settings.feeds), 'feed')} for {count(len(settings.topics), 'topic')}"
    say(f"configuration read again: {watched}")
    return app
