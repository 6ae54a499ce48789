"""Finds which items of a document are stored already, even if their ids have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.item_state import changed_ids, changed_slugs
from monitor.polling.item_state.compare import SAME_TITLE_WINDOW, compare
from monitor.polling.item_state.same_title import FormerItem, Presence, as_updates
from monitor.polling.parsing.document_hashes import key_hashes_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from monitor.polling.item_state.compare import ComparedItem
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.database import Ledger
    from storage.model import Feed
    from storage.stores.item_rows import KnownItem


def recognise(
    ledger: Ledger, feed: Feed, read: ReadFeed, *, now: datetime, first_poll: bool, is_whole: bool
) -> tuple[list[ComparedItem], list[KnownItem]]:
    """Return the new and changed items of a document, oldest first, and the stored items they were compared with.

    `is_whole` is False for a document that contains only the changed items.
    """
    since = now - SAME_TITLE_WINDOW
    feed_id = feed.owner_id
    known = _known(ledger, feed, read, since)
    compared = compare(read.items, known, first_poll=first_poll)
    new_titles = {one.item.title_key for one in compared if one.item_id is None} - {None}
    same_title = [one for one in known if one.title_key in new_titles and one.first_seen > since]
    if same_title:
        before = key_hashes_in(ledger.items.document_hashes(feed.id)) if is_whole else ()
        presence = Presence(here=read.key_hashes(), before=before)
        compared = as_updates(compared, _former_items(ledger, same_title), presence)
    if changed_slugs.may_be_rewritten(compared):
        compared = _with_rewritten(ledger, feed_id, read, compared, since)
    if changed_ids.may_be_renamed(compared, read.total):
        recent = ledger.recent_links.newest(feed_id, limit=changed_ids.LOOKED_AT)
        compared = changed_ids.as_renamed(compared, recent)
    return compared, known


def _known(ledger: Ledger, feed: Feed, read: ReadFeed, since: datetime) -> list[KnownItem]:
    if feed.first_success is None and not ledger.items.are_known(feed.owner_id):
        return []  # looking up every key takes a tenth of a first fetch
    return ledger.items.known(
        feed.owner_id,
        keys=[item.key for item in read.items],
        title_keys=[item.title_key for item in read.items if item.title_key],
        since=since,
    )


def _former_items(ledger: Ledger, same_title: Collection[KnownItem]) -> list[FormerItem]:
    """Return the stored items that have the same title as a new item, newest first."""
    titles = {one.item_id: one for one in same_title if one.item_id is not None}
    keys = ledger.recent_links.keys(titles)
    newest_first = sorted(titles.items(), key=lambda pair: (pair[1].first_seen, pair[0]), reverse=True)
    items = ((known, ledger.items.get(item_id)) for item_id, known in newest_first)
    return [
        FormerItem(
            item_id=item.id,
            keys=keys[item.id],
            title_key=known.title_key,
            content_hash=known.content_hash,
            revisions=known.revisions,
            text=f"{item.summary} {item.content}",
        )
        for known, item in items
        if item is not None
    ]


def _with_rewritten(
    ledger: Ledger, feed_id: int, read: ReadFeed, compared: Sequence[ComparedItem], since: datetime
) -> list[ComparedItem]:
    """Return the compared items, recognising those whose slugs changed. Items of one document are always different."""
    recent = ledger.recent_links.recent(feed_id, since=since)
    settled = changed_slugs.as_rewritten(compared, recent)
    found = {after.item_id for after, before in zip(settled, compared, strict=True) if after is not before}
    keys = ledger.recent_links.keys([item_id for item_id in found if item_id is not None])
    presence = Presence(here=read.key_hashes())
    listed = {item_id for item_id, names in keys.items() if presence.has_any(names)}
    if not listed:
        return settled
    return changed_slugs.as_rewritten(compared, [one for one in recent if one.item_id not in listed])


def each_by_one_key(read: ReadFeed, known: Sequence[KnownItem]) -> bool:
    """Whether the document contains no item under two keys; if it does, the next poll parses the whole document."""
    keys = {item.key for item in read.items}
    ids = [item.item_id for item in known if item.key in keys]
    return len(set(ids)) == len(ids)
