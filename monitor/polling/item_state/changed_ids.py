"""Recognises the items of feeds that change all ids at every poll: known items are not news (F2).

Pure. Applies only if all ids of a document are unknown and half of its items are known by their text, or by their
address and title. A single changed id may be a different item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.item_state.compare import mark_republished
from monitor.polling.sources.links import canonical_link
from monitor.text.identity_words import identity_words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    taken = {one.item_id for one in compared}
    by_text: dict[object, list[RecentItem]] = {}
    by_place: dict[object, list[RecentItem]] = {}
    for item in recent:
        by_text.setdefault(item.content_hash, []).append(item)
        by_place.setdefault(_place(item.url, item.title), []).append(item)
    settled = mark_republished(compared, lambda one: by_text.get(one.item.content_hash, ()), taken)
    settled = mark_republished(settled, lambda one: by_place.get(_place_of(one), ()), taken)
    return settled if has_new_ids([one.seen for one in settled], len(settled)) else list(compared)


def _place_of(one: ComparedItem) -> object:
    return _place(one.item.publication.url, one.item.publication.title)


def _place(url: str | None, title: str) -> tuple[str, tuple[str, ...]]:
    return canonical_link(url), tuple(identity_words(title))
