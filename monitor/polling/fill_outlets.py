"""Fills in the outlets of items stored by an earlier version, in small transactions alongside other work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model import Publication

if TYPE_CHECKING:
    from storage.database import Database
    from storage.stores.outlets import FilledItem, ItemSource

SLICE = 100  # items per transaction, which stays under 100 ms


def fill_outlets(database: Database, *, at_once: int = SLICE) -> int:
    """Give every stored item its outlet, the newest first, and return how many had none."""
    filled = 0
    while True:
        with database.read() as ledger:
            lacking = ledger.outlets.lacking(limit=at_once)
        if not lacking:
            break
        outlets = [_filled(one) for one in lacking]
        with database.write() as ledger:
            ledger.outlets.fill(outlets)
        filled += len(lacking)
    if filled:
        _find_homes(database)
    return filled


def _filled(one: ItemSource) -> FilledItem:
    from monitor.polling.sources.aggregators import unwrapped  # noqa: PLC0415  # after an upgrade only
    from monitor.polling.sources.links import article_link  # noqa: PLC0415  # the same
    from monitor.polling.sources.outlets import outlet_of  # noqa: PLC0415  # the same
    from storage.stores.outlets import FilledItem  # noqa: PLC0415  # the same

    item = unwrapped(Publication(url=one.url, author=one.author))
    return FilledItem(
        item_id=one.item_id,
        outlet=outlet_of(item, feed_id=one.feed_id, home=None),
        article_link=article_link(item.url),
    )


def _find_homes(database: Database) -> None:
    """Find the outlets of known feeds from their items."""
    from monitor.polling.sources.outlets import feed_outlet, home_of  # noqa: PLC0415  # after an upgrade only

    with database.read() as ledger:
        homes = {}
        for feed_id, url in ledger.outlets.homeless().items():
            outlets = [one for one in ledger.outlets.recent(feed_id) if one != feed_outlet(feed_id)]
            home = home_of(outlets, site_url=None, url=url)
            if home is not None:
                homes[feed_id] = home
    with database.write() as ledger:
        ledger.outlets.settle(homes)
