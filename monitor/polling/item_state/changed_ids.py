"""Recognises the items of feeds that change all ids at every poll: known items are not news (F2).

Pure. Applies only if all ids of a document are unknown and half of its items are known by their text, or by their
address and title. A single changed id may be a different item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.item_state.compare import republished
from monitor.polling.sources.links import canonical_link
from monitor.text.words import words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.polling.item_state.compare import ComparedItem
    from storage.stores.recent_links import RecentItem

LOOKED_AT = 1_000  # newest items of a feed; as many as are read from a document
_UNKNOWN = frozenset({ItemStatus.NEW, ItemStatus.REPUBLISHED})


def has_new_ids(seen: Sequence[ItemStatus], total: int) -> bool:
    """Whether none of a document's `total` items has a known id, although half of the items are known."""
    republished = sum(one is ItemStatus.REPUBLISHED for one in seen)
    return len(seen) == total and set(seen) <= _UNKNOWN and republished > 0 and total <= 2 * republished


def may_be_renamed(compared: Sequence[ComparedItem], total: int) -> bool:
    """Whether a document holds unknown ids only, and an item that was not recognised by its title."""
    kinds = {one.seen for one in compared}
    return len(compared) == total and ItemStatus.NEW in kinds and kinds <= _UNKNOWN


def as_renamed(compared: Sequence[ComparedItem], recent: Sequence[RecentItem]) -> list[ComparedItem]:
    """Return the items, with known ones marked as republished, if at least half of them are known.

    Each stored item is found at most once, by its text first, then by its address and title.
    """
    taken = {one.item_id for one in compared if one.item_id is not None}
    by_text: dict[object, list[RecentItem]] = {}
    by_place: dict[object, list[RecentItem]] = {}
    for item in recent:
        by_text.setdefault(item.content_hash, []).append(item)
        by_place.setdefault(_place(item.url, item.title), []).append(item)
    settled = _settled(compared, by_text, lambda one: one.item.content_hash, taken)
    settled = _settled(settled, by_place, _place_of, taken)
    return settled if has_new_ids([one.seen for one in settled], len(settled)) else list(compared)


def _settled(
    compared: Sequence[ComparedItem],
    recent: dict[object, list[RecentItem]],
    mark: Callable[[ComparedItem], object],
    taken: set[int],
) -> list[ComparedItem]:
    """Return the items, with new ones that share the mark of a stored item marked as republished."""
    settled = []
    for one in compared:
        same = recent.get(mark(one), ()) if one.seen is ItemStatus.NEW else ()
        found = next((item for item in same if item.item_id not in taken), None)
        if found is None:
            settled.append(one)
            continue
        taken.add(found.item_id)
        settled.append(
            republished(one, found.item_id, content_hash=found.content_hash, revisions=found.revisions)
        )
    return settled


def _place_of(one: ComparedItem) -> object:
    return _place(one.item.publication.url, one.item.publication.title)


def _place(url: str | None, title: str) -> tuple[str, tuple[str, ...]]:
    return canonical_link(url), tuple(words(title))
