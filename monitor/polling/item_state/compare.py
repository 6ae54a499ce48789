"""Compares the items of a polled document with the stored ones: new, edited, or nothing new.

    compared = compare(document, known, first_poll=…)

An item is known by its key (P18). Items with new keys may still be stored ones: `same_title`, `changed_slugs` and
`changed_ids` recognise those. "New" means seen for the first time; dates do not matter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model import ItemStatus
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.polling.parsing.identity import Identified
    from storage.stores.item_rows import KnownItem
    from storage.stores.recent_links import RecentItem

SAME_TITLE_WINDOW = timedelta(days=7)  # a title that returns later is a new edition
MAX_REVISIONS = 24  # a feed that rewrites itself at every poll must not fill the database


@value
class ComparedItem:
    """One item of a document and its status; `item_id` is its stored row, if it has one.

    `is_edited` says that its text replaces the stored one and is to be matched again.
    """

    seen: ItemStatus
    item: Identified
    item_id: int | None = None
    is_edited: bool = False


def compare(
    document: Sequence[Identified], known: Sequence[KnownItem], *, first_poll: bool
) -> list[ComparedItem]:
    """Return the new and changed items of a document, oldest first."""
    by_key = {item.key: item for item in known}
    newest_key = _newest_keys(document, by_key)
    taken: set[str] = set()
    found = []
    # Documents list the newest item first; the oldest should be stored first.
    for item in reversed(document):
        if item.key in taken:
            continue
        taken.add(item.key)
        former = by_key.get(item.key)
        if former is None:
            found.append(
                ComparedItem(seen=ItemStatus.FIRST_POLL if first_poll else ItemStatus.NEW, item=item)
            )
        elif newest_key[former.item_id] == item.key and _is_edited(item, former):
            found.append(
                ComparedItem(seen=ItemStatus.REVISION, item=item, item_id=former.item_id, is_edited=True)
            )
    return found


def republished(one: ComparedItem, item_id: int, *, content_hash: str | None, revisions: int) -> ComparedItem:
    """Return a new item as a stored item under a new id; a changed text is a revision of it (P19, P20)."""
    is_edited = one.item.content_hash != content_hash and revisions < MAX_REVISIONS
    return replace(one, seen=ItemStatus.REPUBLISHED, item_id=item_id, is_edited=is_edited)


def mark_republished(
    compared: Sequence[ComparedItem],
    candidates: Callable[[ComparedItem], Iterable[RecentItem]],
    taken: set[int | None],
) -> list[ComparedItem]:
    """Return the items, with each new one that has a candidate marked as republished.

    The first candidate counts that is not in `taken`, the ids of stored items found already; it is added there.
    """
    settled = []
    for one in compared:
        stored = candidates(one) if one.seen is ItemStatus.NEW else ()
        found = next((item for item in stored if item.item_id not in taken), None)
        if found is None:
            settled.append(one)
            continue
        taken.add(found.item_id)
        settled.append(
            republished(one, found.item_id, content_hash=found.content_hash, revisions=found.revisions)
        )
    return settled


def _newest_keys(document: Sequence[Identified], by_key: Mapping[str, KnownItem]) -> dict[int | None, str]:
    """Return for each known item the key whose text counts: a document may hold it under its old and its new id."""
    return {by_key[item.key].item_id: item.key for item in reversed(document) if item.key in by_key}


def _is_edited(item: Identified, known: KnownItem) -> bool:
    """Whether the text changed; False for a pruned item, or one that changes at every poll."""
    unchanged = known.content_hash == item.content_hash
    return not (known.item_id is None or unchanged or known.revisions >= MAX_REVISIONS)
