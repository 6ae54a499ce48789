"""Finds a feed by its address, its title or a part of either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.feeds import spellings
from monitor.polling.http.address import normalise
from monitor.views.refused import ViewRefused

if TYPE_CHECKING:
    from storage.database import Ledger
    from storage.model import Feed

NAMED = 5  # candidates that one message lists


class FeedNotFound(ViewRefused):
    """No subscribed feed, or more than one, fits the text; the message lists candidates."""


def find_feed(ledger: Ledger, words: str) -> Feed:
    """Return the subscribed feed with this address, else this title, else the one whose title or address contains it.

    Raises:
        FeedNotFound: no feed or several feeds match.
    """
    subscribed = ledger.feeds.subscribed()
    url, folded = normalise(words), words.strip().casefold()
    for candidates in (
        [feed for feed in subscribed if url in {feed.url, feed.current_url} or words in spellings(feed.url)],
        [feed for feed in subscribed if folded and feed.title.casefold() == folded],
        [feed for feed in subscribed if folded and folded in f"{feed.title} {feed.url}".casefold()],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            named = ", ".join(feed.url for feed in candidates[:NAMED])
            raise FeedNotFound(f"{words!r} matches {len(candidates)} feeds; give the address of one: {named}")
    import difflib  # noqa: PLC0415  # only for errors

    near = difflib.get_close_matches(
        words, [name for feed in subscribed for name in (feed.url, feed.title)], n=1
    )
    if near:
        raise FeedNotFound(f"no feed {words!r}. Did you mean {near[0]!r}?")
    raise FeedNotFound(f"no feed {words!r}", "`storywatch feeds list` shows them")
