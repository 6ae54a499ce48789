"""The stores of one transaction, each imported on first use.

A command needs few of them, and importing all takes a tenth of a second. A daemon or worker imports all at the start
(`monitor.service.process.import_all`): an upgrade may replace the files while it runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from storage.schema import load_every_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from storage.stores.access_tokens import AccessTokens
    from storage.stores.alerts import Alerts
    from storage.stores.articles import Articles
    from storage.stores.candidates import Candidates
    from storage.stores.channels import Channels
    from storage.stores.clock_ahead import ClockAhead
    from storage.stores.corrections import Corrections
    from storage.stores.coverage import Coverage
    from storage.stores.deliveries import Deliveries
    from storage.stores.delivery_leases import DeliveryLeases
    from storage.stores.digests import Digests
    from storage.stores.feed_controls import FeedControls
    from storage.stores.feed_history import FeedHistory
    from storage.stores.feeds import Feeds
    from storage.stores.fits import Fits
    from storage.stores.headlines import Headlines
    from storage.stores.history import History
    from storage.stores.hubs import Hubs
    from storage.stores.integrity import Integrity
    from storage.stores.items import Items
    from storage.stores.keys import Keys
    from storage.stores.link_uses import LinkUses
    from storage.stores.marks import Marks
    from storage.stores.match_queue import MatchQueue
    from storage.stores.matches import Matches
    from storage.stores.mutes import Mutes
    from storage.stores.outbox import Outbox
    from storage.stores.outlets import Outlets
    from storage.stores.page_heads import PageHeads
    from storage.stores.page_texts import PageTexts
    from storage.stores.placements import Placements
    from storage.stores.pruning import Pruning
    from storage.stores.pushes import Pushes
    from storage.stores.recent_links import RecentLinks
    from storage.stores.recipient_mutes import RecipientMutes
    from storage.stores.reports import Reports
    from storage.stores.search import Search
    from storage.stores.sessions import Sessions
    from storage.stores.sitemap_children import SitemapChildren
    from storage.stores.stories import Stories
    from storage.stores.story_list import StoryList
    from storage.stores.topic_counts import TopicCounts
    from storage.stores.worker_leases import WorkerLeases


class Ledger:
    """The stores of one open transaction; each is in the module of its name."""

    feeds: Feeds
    items: Items
    match_queue: MatchQueue
    articles: Articles
    outlets: Outlets
    matches: Matches
    placements: Placements
    stories: Stories
    headlines: Headlines
    story_list: StoryList
    alerts: Alerts
    outbox: Outbox
    delivery_leases: DeliveryLeases
    digests: Digests
    reports: Reports
    feed_controls: FeedControls
    feed_history: FeedHistory
    corrections: Corrections
    coverage: Coverage
    recent_links: RecentLinks
    page_heads: PageHeads
    page_texts: PageTexts
    worker_leases: WorkerLeases
    channels: Channels
    deliveries: Deliveries
    search: Search
    mutes: Mutes
    recipient_mutes: RecipientMutes
    link_uses: LinkUses
    history: History
    marks: Marks
    candidates: Candidates
    fits: Fits
    pruning: Pruning
    integrity: Integrity
    clock_ahead: ClockAhead
    sessions: Sessions
    access_tokens: AccessTokens
    keys: Keys
    topic_counts: TopicCounts
    sitemap_children: SitemapChildren
    hubs: Hubs
    pushes: Pushes

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    if not TYPE_CHECKING:  # hidden from type checkers, so that an unknown name stays an error

        def __getattr__(self, name: str) -> object:
            if name not in Ledger.__annotations__:
                raise AttributeError(f"a ledger has no {name!r}")
            store = _kind(name)(self._connection)
            setattr(self, name, store)
            return store


def _kind(store: str) -> Callable[[Connection], object]:
    module = import_module(f"storage.stores.{store}")
    kind: Callable[[Connection], object] = getattr(module, store.title().replace("_", ""))
    return kind


def load_every_store() -> None:
    """Import every store and every table."""
    load_every_table()
    for store in Ledger.__annotations__:
        _kind(store)
