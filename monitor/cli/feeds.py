"""`storywatch feeds`: the subscribed feeds and how they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import format_option, iso, show
from monitor.cli.shell import Shell, common

if TYPE_CHECKING:
    from storage.model import Feed


@click.group()
def feeds() -> None:
    """See the subscribed feeds."""


@feeds.command("list")
@format_option
@common
def list_feeds(shell: Shell, *, form: str) -> None:
    """List every feed: its state, when it was and will be polled, and its last error in words."""
    with shell.ledger() as ledger:
        rows = [_row(feed) for feed in ledger.feeds.subscribed()]
    columns = {
        "STATE": lambda row: row["state"],
        "ITEMS": lambda row: str(row["items"]),
        "NEXT POLL": lambda row: row["next_poll"] or "-",
        "FEED": lambda row: row["title"] or row["url"],
        "TROUBLE": lambda row: row["last_error"] or "",
    }
    show(rows, form, columns=columns)


def _row(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "state": str(feed.state),
        "last_poll": iso(feed.last_poll),
        "next_poll": iso(feed.next_poll),
        "interval": int(feed.interval.total_seconds()),
        "interval_reason": feed.interval_reason,
        "last_error": feed.last_error,
        "items": feed.items,
    }
