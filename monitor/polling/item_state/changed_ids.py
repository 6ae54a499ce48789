"""Feeds that give their items new ids at every poll: what stood there before is not news (F2).

Pure. Only a whole document of unknown ids is doubted, and only if half of it stood there before, by its text or by its
address and title: an id that changes alone may be another item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.item_state.compare import republished
from monitor.polling.parsing.identity import canonical_link
from monitor.text.words import words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    """Return the sightings, with new items that stood there before called republished, if half of them did.

    Each stored item is found once at the most, by its text first, then by its address and title.
    """
    taken = {one.item_id for one in sightings if one.item_id is not None}
    by_text: dict[object, list[RecentItem]] = {}
    by_place: dict[object, list[RecentItem]] = {}
    for item in recent:
        by_text.setdefault(item.content_hash, []).append(item)
        by_place.setdefault(_place(item.url, item.title), []).append(item)
    settled = _settled(sightings, by_text, lambda one: one.item.content_hash, taken)
    settled = _settled(settled, by_place, _place_of, taken)
    return settled if has_new_ids([one.seen for one in settled], len(settled)) else list(sightings)


def _settled(
    sightings: Sequence[Sighting],
    recent: dict[object, list[RecentItem]],
    mark: Callable[[Sighting], object],
    taken: set[int],
) -> list[Sighting]:
    """Return the sightings with new items of the same mark as a stored one called republished."""
    settled = []
    for one in sightings:
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


def _place_of(one: Sighting) -> object:
    return _place(one.item.publication.url, one.item.publication.title)


def _place(url: str | None, title: str) -> tuple[str, tuple[str, ...]]:
    return canonical_link(url), tuple(words(title))
