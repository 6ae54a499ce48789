"""What the items of a polled document are to us: new, edited, the same under another id, or nothing new.

    sightings = compare(document, known, first_poll=…)

An item is known by its key (P18). A new key with the title of a recent item of the same feed is that item
republished (P19): publishers rewrite slugs. "New" is decided by first sight, never by a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.polling.parsing.identity import Identified
    from storage.stores.items import KnownItem

SAME_TITLE_WINDOW = timedelta(days=7)  # a title that comes back later is a new edition
MAX_REVISIONS = 24  # a feed that rewrites itself at every poll must not fill the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One item of a document and what it is; `item_id` is the stored item it is, `same_as` the key of a new one."""

    seen: ItemStatus
    item: Identified
    item_id: int | None = None
    same_as: str | None = None


def compare(
    document: Sequence[Identified], known: Sequence[KnownItem], *, first_poll: bool, since: datetime
) -> list[Sighting]:
    """Return what is worth noting of a document, oldest item first; unchanged items are left out.

    A title makes an item a republished one only if its item was first seen after `since`.
    """
    by_key = {item.key: item for item in known}
    by_title = {item.title_key: item for item in known if item.title_key and item.first_seen > since}
    newest_key = _newest_keys(document, by_key)
    fresh_titles: dict[str, str] = {}
    taken: set[str] = set()
    found = []
    # Documents run from the newest item to the oldest; what happened first should be stored first.
    for item in reversed(document):
        if item.key in taken:
            continue
        taken.add(item.key)
        if item.key in by_key:
            former = by_key[item.key]
            sighting = _seen_again(item, former) if newest_key[former.item_id] == item.key else None
        elif item.title_key in by_title:
            sighting = Sighting(
                seen=ItemStatus.REPUBLISHED, item=item, item_id=by_title[item.title_key].item_id
            )
        elif item.title_key in fresh_titles:
            sighting = Sighting(seen=ItemStatus.REPUBLISHED, item=item, same_as=fresh_titles[item.title_key])
        else:
            sighting = Sighting(seen=ItemStatus.FIRST_POLL if first_poll else ItemStatus.NEW, item=item)
            if item.title_key:
                fresh_titles[item.title_key] = item.key
        if sighting:
            found.append(sighting)
    return found


def _newest_keys(document: Sequence[Identified], by_key: Mapping[str, KnownItem]) -> dict[int | None, str]:
    """Return the key whose text counts for each known item: one may stand under its old and its new id."""
    return {by_key[item.key].item_id: item.key for item in reversed(document) if item.key in by_key}


def _seen_again(item: Identified, known: KnownItem) -> Sighting | None:
    """Return a revision if the text changed; nothing for a pruned item, or one that changes at every poll."""
    unchanged = known.content_hash == item.content_hash
    if known.item_id is None or unchanged or known.revisions >= MAX_REVISIONS:
        return None
    return Sighting(seen=ItemStatus.REVISION, item=item, item_id=known.item_id)
