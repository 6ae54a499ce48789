"""The language of short items whose feed states none: that of the feed's earlier items.

The language of a title alone is detected wrongly in one case of 27. Only earlier items count: a document is read in parts, and
a part would give another result than the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.text.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model import Publication

SHORT = 15  # words of an item from which its own language is detected well
EARLIER = 20  # newest items of a feed whose titles show its language
ENOUGH = 8  # of these
AGREEING = 0.6  # share of them that are each detected as that language; with fewer the feed may be in several
_TAG = re.compile(r"<[^<>]*>")


def usual_language(titles: Sequence[str]) -> str | None:
    """Return the language of a feed's titles; None if there are too few or they are in several languages."""
    if len(titles) < ENOUGH:
        return None
    from monitor.text.languages import language_of  # noqa: PLC0415  # for new items without a language

    language = language_of(". ".join(titles))
    agreeing = sum(language_of(title) == language for title in titles)
    return language if agreeing >= AGREEING * len(titles) else None


def is_undecided(item: Publication) -> bool:
    """Return whether an item states no language and is too short to show it."""
    if item.language is not None or _is_clearly_long(item.summary or item.content):
        return False
    body = plain(item.summary) or plain(item.content)
    return len(f"{item.title} {body}".split()) < SHORT


def _is_clearly_long(fragment: str) -> bool:
    """Whether a sanitised fragment has enough words even where tags alone stand between two; `plain` takes ten times as long."""
    return len(_TAG.sub("", fragment).split(maxsplit=SHORT)) >= SHORT
