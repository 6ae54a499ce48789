"""A ledger in one transaction: its stores, each imported when it is first spoken to.

A command needs few of them, and to import all takes a tenth of a second. Who works for long imports all at the start:
the files may be those of a newer storywatch by the time it needs one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from storage.alerts import Alerts
    from storage.channels import Channels
    from storage.claims import Claims
    from storage.controls import Controls
    from storage.corrections import Corrections
    from storage.digests import Digests
    from storage.feeds import Feeds
    from storage.items import Items
    from storage.leases import Leases
    from storage.letters import Letters
    from storage.links import Links
    from storage.marks import Marks
    from storage.matches import Matches
    from storage.mutes import Mutes
    from storage.outbox import Outbox
    from storage.page_texts import PageTexts
    from storage.pruning import Pruning
    from storage.reports import Reports
    from storage.search import Search
    from storage.soundness import Soundness
    from storage.stories import Stories
    from storage.trail import Trail


class Ledger:
    """The stores of one open transaction; each stands in the module of its name."""

    feeds: Feeds
    items: Items
    matches: Matches
    stories: Stories
    alerts: Alerts
    outbox: Outbox
    leases: Leases
    digests: Digests
    reports: Reports
    controls: Controls
    corrections: Corrections
    links: Links
    page_texts: PageTexts
    claims: Claims
    channels: Channels
    letters: Letters
    search: Search
    mutes: Mutes
    trail: Trail
    marks: Marks
    pruning: Pruning
    soundness: Soundness

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    if not TYPE_CHECKING:  # so that a name which is no store is still an error to whoever checks types

        def __getattr__(self, name: str) -> object:
            if name not in Ledger.__annotations__:
                raise AttributeError(f"a ledger has no {name!r}")
            store = _kind(name)(self._connection)
            setattr(self, name, store)
            return store


def _kind(store: str) -> Callable[[Connection], object]:
    module = import_module(f"storage.{store}")
    kind: Callable[[Connection], object] = getattr(module, store.title().replace("_", ""))
    return kind


def load_every_store() -> None:
    """Import what any pass may need."""
    for store in Ledger.__annotations__:
        _kind(store)
