"""The configuration read again for one who runs: taken up without error, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shell import Shell, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.app import App
    from monitor.config.values import Settings


def _take_any(settings: Settings) -> None:
    del settings


def renewed(shell: Shell, running: App, *, refuse: Callable[[Settings], None] = _take_any) -> App | None:
    """Return the app of the configuration as it stands now; None if it cannot be used, which is said.

    `refuse` raises UsageError for what cannot be used besides.
    """
    from monitor.app import joined
    from monitor.cli.shell import answer_for
    from monitor.cli.words import count
    from monitor.config.errors import ConfigErrors, TopicRefused
    from storage.errors import DatabaseRefused

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
