"""Recognises items that return under a new id with the same title: an update of the former item, not news (P19).

Pure. Recurring titles ("Weekly notices of the council") belong to different items, so a title alone proves nothing.
Two items of the same document are different. Otherwise a new item is the former one only if it takes its place in the
document, or if the two texts are similar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.item_state.compare import republished
from monitor.polling.parsing.identity import key_hash
from monitor.text.identity_words import identity_words
from monitor.text.words import plain
from storage.model import ItemStatus
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.polling.item_state.compare import ComparedItem

MIN_SHARED = 0.8  # of the words of two texts; notices written from one template share fewer


@value
class FormerItem:
    """A stored item whose title returns: its keys, and its text as last read."""

    item_id: int
    keys: frozenset[str]
    title_key: str | None
    content_hash: str | None
    revisions: int
    text: str


@value
class Presence:
    """Hashes of the keys in a document and in the previous one, in document order.

    `before` is empty if the previous document is not known or the document holds only what changed.
    """

    here: tuple[bytes, ...] = ()
    before: tuple[bytes, ...] = ()

    def has_any(self, keys: Iterable[str]) -> bool:
        """Whether the document holds an item with one of these keys."""
        return not set(map(key_hash, keys)).isdisjoint(self.here)

    def is_in_place(self, key: str, former_keys: Iterable[str]) -> bool:
        """Whether an item takes the place that the former item, now missing, had in the previous document.

        An item that dropped off one end and an item that came in at the other end are different items.
        """
        names = set(map(key_hash, former_keys))
        former_place = next((at for at, one in enumerate(self.before) if one in names), None)
        if former_place is None:
            return False
        place = self.here.index(key_hash(key))
        ahead, behind = set(self.before[:former_place]), set(self.before[former_place + 1 :])
        is_behind = [place > at for at, one in enumerate(self.here) if one in ahead]
        is_ahead = [place < at for at, one in enumerate(self.here) if one in behind]
        if is_behind and is_ahead:
            return True  # the former item was removed from the middle
        if is_behind or is_ahead:
            return all(is_behind) and all(is_ahead)
        return place == former_place


def as_updates(
    compared: Sequence[ComparedItem], former: Sequence[FormerItem], presence: Presence
) -> list[ComparedItem]:
    """Return the items, with new ones that are updates of `former` items marked as republished.

    A former item is updated at most once, by the most similar item.
    """
    free = {item.item_id: item for item in former if not presence.has_any(item.keys)}
    settled = list(compared)
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


def _is_same_text(one: ComparedItem, former: FormerItem, _: Presence) -> bool:
    return one.item.content_hash == former.content_hash


def _is_alike(one: ComparedItem, former: FormerItem, _: Presence) -> bool:
    """Whether two texts share most words and all numbers; different notices differ in one or the other."""
    publication = one.item.publication
    here, there = _words_in(f"{publication.summary} {publication.content}"), _words_in(former.text)
    if not here or not there or _numbers(here) != _numbers(there):
        return False
    return len(here & there) >= MIN_SHARED * len(here | there)


def _is_in_place(one: ComparedItem, former: FormerItem, presence: Presence) -> bool:
    return presence.is_in_place(one.item.key, former.keys)


def _words_in(text: str) -> set[str]:
    return set(identity_words(plain(text)))


def _numbers(found: set[str]) -> set[str]:
    return {word for word in found if any(map(str.isdigit, word))}
