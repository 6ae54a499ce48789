"""Which feed a person means."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from storage.database import Ledger
    from storage.model import Feed


def find_feed(ledger: Ledger, words: str) -> Feed:
    """Return the subscribed feed with this address, else title, else the one whose title or address holds the words.

    Raises:
        click.UsageError: none or several do.
    """
    from monitor.polling.http.address import normalise

    subscribed = ledger.feeds.subscribed()
    url, folded = normalise(words), words.strip().casefold()
    for candidates in (
        [feed for feed in subscribed if url in {feed.url, feed.current_url} or words in spellings(feed.url)],
        [feed for feed in subscribed if feed.title.casefold() == folded],
        [feed for feed in subscribed if folded and folded in f"{feed.title} {feed.url}".casefold()],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            named = ", ".join(feed.url for feed in candidates[:5])
            raise click.UsageError(
                f"{words!r} may be {len(candidates)} feeds; give the address of one: {named}"
            )
    near = difflib.get_close_matches(
        words, [name for feed in subscribed for name in (feed.url, feed.title)], n=1
    )
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise click.UsageError(f"no feed {words!r}; `storywatch feeds list` shows them.{hint}")


def spellings(url: str) -> tuple[str, str]:
    """Return an address as it is written and as shells complete it, to whom a colon is the end of a word."""
    return url, url.partition("://")[2]
