"""The language of short items whose feed states none: that of the feed's earlier items.

The language of a title alone is detected wrongly in one case of 27. Only earlier items count: a document is read in parts, and
a part would give another result than the whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.text.languages import language_of
from monitor.text.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.polling.parsing.identity import Identified
    from storage.database import Ledger
    from storage.model import Publication

SHORT = 15  # words of an item from which its own language is detected well
EARLIER = 20  # newest items of a feed whose titles show its language
ENOUGH = 8  # of these
AGREEING = (
    0.6  # share of them that are each detected as that language; fewer may be of a feed in several languages
)


def in_language_of_feed(ledger: Ledger, feed_id: int, items: Sequence[Identified]) -> list[Identified]:
    """Return the items, those that are short and state no language in the language of the feed's earlier items."""
    if not any(_is_undecided(item.publication) for item in items):
        return [*items]
    language = usual_language([title for _, title, _ in ledger.feed_history.latest(feed_id, limit=EARLIER)])
    if language is None:
        return [*items]
    return [
        replace(item, publication=replace(item.publication, language=language))
        if _is_undecided(item.publication)
        else item
        for item in items
    ]


def usual_language(titles: Sequence[str]) -> str | None:
    """Return the language of a feed's titles; None if there are too few or they are in several languages."""
    if len(titles) < ENOUGH:
        return None
    language = language_of(". ".join(titles))
    agreeing = sum(language_of(title) == language for title in titles)
    return language if agreeing >= AGREEING * len(titles) else None


def _is_undecided(item: Publication) -> bool:
    if item.language is not None:
        return False
    body = plain(item.summary) or plain(item.content)
    return len(f"{item.title} {body}".split()) < SHORT
