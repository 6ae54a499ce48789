"""Answers a feed that cannot be found as a usage error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from storage.database import Ledger
    from storage.model import Feed


def find_feed(ledger: Ledger, words: str) -> Feed:
    """Return the subscribed feed that the words of a command name.

    Raises:
        click.UsageError: no feed or several feeds match.
    """
    from monitor.views.find_feed import FeedNotFound
    from monitor.views.find_feed import find_feed as found_feed

    try:
        return found_feed(ledger, words)
    except FeedNotFound as error:
        raise click.UsageError(str(error)) from None
