"""Feeds that give their items new ids at every poll: what stood there before is not news (F2).

Pure. Only a whole document of unknown ids is doubted, and only if half of it stood there before, by its text or by its
address and title: an id that changes alone may be another item.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.polling.parsing.identity import canonical_link
from monitor.text.words import words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.polling.item_state.compare import Sighting
    from storage.stores.recent_links import RecentItem

LOOKED_AT = 1_000  # of a feed's newest items: as many as are read of a document
_UNKNOWN = frozenset({ItemStatus.NEW, ItemStatus.REPUBLISHED})


def has_new_ids(seen: Sequence[ItemStatus], total: int) -> bool:
    """Whether none of a document's `total` items came under a known id, and half of them are known all the same."""
    republished = sum(one is ItemStatus.REPUBLISHED for one in seen)
    return len(seen) == total and set(seen) <= _UNKNOWN and republished > 0 and total <= 2 * republished


def may_be_renamed(sightings: Sequence[Sighting], total: int) -> bool:
    """Whether a document holds unknown ids only, and some item that its title alone did not tell."""
    kinds = {one.seen for one in sightings}
    return len(sightings) == total and ItemStatus.NEW in kinds and kinds <= _UNKNOWN


def as_renamed(sightings: Sequence[Sighting], recent: Sequence[RecentItem]) -> list[Sighting]:
    """Return the sightings with new items that stood there before called republished, if half of them did."""
    by_text = {item.content_hash: item.item_id for item in reversed(recent)}
    by_place = {_place(item.url, item.title): item.item_id for item in reversed(recent)}
    settled = [_settled(one, by_text, by_place) for one in sightings]
    return settled if has_new_ids([one.seen for one in settled], len(settled)) else list(sightings)


def _settled(
    one: Sighting, by_text: dict[str, int], by_place: dict[tuple[str, tuple[str, ...]], int]
) -> Sighting:
    if one.seen is not ItemStatus.NEW:
        return one
    publication = one.item.publication
    stood = by_text.get(one.item.content_hash) or by_place.get(_place(publication.url, publication.title))
    return one if stood is None else replace(one, seen=ItemStatus.REPUBLISHED, item_id=stood)


def _place(url: str | None, title: str) -> tuple[str, tuple[str, ...]]:
    return canonical_link(url), tuple(words(title))
