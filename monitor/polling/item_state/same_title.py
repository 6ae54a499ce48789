"""Items that a publisher gives a new id and keeps the title of: an update of the former item, not news (P19).

Pure. Standing titles ("Weekly notices of the council") return for other items, so a title alone proves nothing. Items
that stand side by side in a document are different. Otherwise a new item is the former one only if it takes that
one's place, or if the two texts are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.polling.item_state.compare import republished
from monitor.polling.parsing.identity import key_hash
from monitor.text.words import plain, words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.polling.item_state.compare import Sighting

MIN_SHARED = 0.8  # of the words of two texts; notices that share a form differ in more


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerItem:
    """A stored item whose title returns: the keys that it is known by, and its text as it was last read."""

    item_id: int
    keys: frozenset[str]
    title_key: str | None
    content_hash: str | None
    revisions: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Hashes of the keys in a document and in the one before it, in document order.

    `before` is empty where it is not known, and for a document that holds only what changed.
    """

    here: tuple[bytes, ...] = ()
    before: tuple[bytes, ...] = ()

    def stands(self, keys: Iterable[str]) -> bool:
        """Whether an item that is known by these keys stands in the document."""
        return not set(map(key_hash, keys)).isdisjoint(self.here)

    def is_in_place(self, key: str, former_keys: Iterable[str]) -> bool:
        """Whether an item stands where the former one, which stands there no more, stood in the document before.

        An item that rolled off the end and one that came at the other end are two.
        """
        names = set(map(key_hash, former_keys))
        stood = next((at for at, one in enumerate(self.before) if one in names), None)
        if stood is None:
            return False
        stands = self.here.index(key_hash(key))
        ahead, behind = set(self.before[:stood]), set(self.before[stood + 1 :])
        is_behind = [stands > at for at, one in enumerate(self.here) if one in ahead]
        is_ahead = [stands < at for at, one in enumerate(self.here) if one in behind]
        if is_behind and is_ahead:
            return True  # it was taken out of the middle
        if is_behind or is_ahead:
            return all(is_behind) and all(is_ahead)
        return stands == stood


def as_updates(
    sightings: Sequence[Sighting], former: Sequence[FormerItem], presence: Presence
) -> list[Sighting]:
    """Return the sightings, with new items that are updates of `former` ones called republished.

    A former item is updated once at the most, by the item that is most like it.
    """
    free = {item.item_id: item for item in former if not presence.stands(item.keys)}
    settled = list(sightings)
    for is_update in (_is_same_text, _is_alike, _is_in_place):
        for number, one in enumerate(settled):
            if one.seen is not ItemStatus.NEW:
                continue
            same_title = (item for item in free.values() if item.title_key == one.item.title_key)
            found = next((item for item in same_title if is_update(one, item, presence)), None)
            if found is not None:
                del free[found.item_id]
                settled[number] = republished(
                    one, found.item_id, content_hash=found.content_hash, revisions=found.revisions
                )
    return settled


def _is_same_text(one: Sighting, former: FormerItem, _: Presence) -> bool:
    return one.item.content_hash == former.content_hash


def _is_alike(one: Sighting, former: FormerItem, _: Presence) -> bool:
    """Whether two texts share most of their words and all of their numbers: notices differ in one or the other."""
    publication = one.item.publication
    here, there = _words_in(f"{publication.summary} {publication.content}"), _words_in(former.text)
    if not here or not there or _numbers(here) != _numbers(there):
        return False
    return len(here & there) >= MIN_SHARED * len(here | there)


def _is_in_place(one: Sighting, former: FormerItem, presence: Presence) -> bool:
    return presence.is_in_place(one.item.key, former.keys)


def _words_in(text: str) -> set[str]:
    return set(words(plain(text)))


def _numbers(found: set[str]) -> set[str]:
    return {word for word in found if any(map(str.isdigit, word))}
