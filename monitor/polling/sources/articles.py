"""Recognises articles that several feeds contain: whether a new item's article is known from another feed. Pure.

The canonical link decides, except where it may belong to more than one article:

- if a feed has several items with one link (the blocks of a live page), the link does not identify one of them;
- a link that returns after `SAME_LINK_WINDOW` under another title is a page with new content;
- an item of another feed's first poll was published before that poll. It is nevertheless new to the present feed if it
  was not there when this feed was last read, before that poll.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.text.identity_words import identity_words
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.stores.articles import LinkedItem

SAME_LINK_WINDOW = timedelta(days=7)  # time after which the same link with another title is another article


@value
class ReadBefore:
    """The present feed: when it is read, when it was last read before, and whether its items cause no alerts."""

    feed_id: int
    now: datetime
    last_read: datetime | None
    at_first_poll: bool


def known_articles(
    new: Sequence[tuple[str | None, str]], known: Mapping[str, Sequence[LinkedItem]], feed: ReadBefore
) -> list[int | None]:
    """Return for each new item, given by canonical link and title, the first item with its article; None for a new one."""
    together = Counter(link for link, _ in new)
    return [
        None if link is None or together[link] > 1 else _first_with(title, known.get(link, ()), feed)
        for link, title in new
    ]


def _first_with(title: str, known: Sequence[LinkedItem], feed: ReadBefore) -> int | None:
    if not known or any(one.feed_id == feed.feed_id for one in known) or _is_shared(known):
        return None
    first = next((one for one in known if _is_article(one, title, feed)), None)
    return None if first is None else first.same_as or first.item_id


def _is_shared(known: Sequence[LinkedItem]) -> bool:
    """Whether a feed has several items of the link."""
    return any(count > 1 for count in Counter(one.feed_id for one in known).values())


def _is_article(one: LinkedItem, title: str, feed: ReadBefore) -> bool:
    if one.at_first_poll and not feed.at_first_poll and _came_after(one, feed.last_read):
        return False
    return feed.now - one.first_seen <= SAME_LINK_WINDOW or identity_words(one.title) == identity_words(title)


def _came_after(one: LinkedItem, last_read: datetime | None) -> bool:
    return last_read is None or one.first_seen > last_read
