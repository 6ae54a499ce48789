"""The tables of the database, the same on SQLite and PostgreSQL.

Work that waits for a pass is marked in its row, never by a time or a number up to which all is done, since another
transaction may commit an earlier one later: `feeds.next_poll`, `to_match`, `matches.story_id IS NULL`, `stories.due_at`,
`deliveries.next_at`, `digests.next_at`, `reports.told_at IS NULL`. Unique constraints ensure that a thing happens once.

Each table is defined when it is first used, with the others of its module: defining all takes 10 ms. Tables name each
other in foreign keys, so that none needs another to be defined. `metadata` holds all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from storage.schema.alerting import (
        alert_matches,
        alerts,
        attempts,
        channel_troubles,
        deliveries,
        digested,
        digests,
        holdings,
        messages,
        mutes,
        silences,
    )
    from storage.schema.base import metadata
    from storage.schema.grouping import corrected_matches, corrections, stories
    from storage.schema.linking import link_uses, recipient_mutes
    from storage.schema.matching import candidates, fits, marks, matches, rule_versions, to_match
    from storage.schema.pages import page_heads, page_texts
    from storage.schema.polling import (
        feeds,
        hosts,
        identities,
        items,
        outlet_feeds,
        readings,
        reports,
        revisions,
    )
    from storage.schema.pushing import hub_offers, hub_subscriptions, pushes
    from storage.schema.visitors import access_tokens, keys, sessions, visits
    from storage.schema.working import claims

_NAMES_BY_MODULE = {
    "linking": ("link_uses", "recipient_mutes"),
    "matching": ("candidates", "fits", "marks", "matches", "rule_versions", "to_match"),
    "pages": ("page_heads", "page_texts"),
    "polling": ("feeds", "hosts", "identities", "items", "outlet_feeds", "readings", "reports", "revisions"),
    "pushing": ("hub_offers", "hub_subscriptions", "pushes"),
    "grouping": ("corrected_matches", "corrections", "stories"),
    "alerting": (
        "alert_matches",
        "alerts",
        "attempts",
        "channel_troubles",
        "deliveries",
        "digested",
        "digests",
        "holdings",
        "messages",
        "mutes",
        "silences",
    ),
    "visitors": ("access_tokens", "keys", "sessions", "visits"),
    "working": ("claims",),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = [
    "access_tokens",
    "alert_matches",
    "alerts",
    "attempts",
    "candidates",
    "channel_troubles",
    "claims",
    "corrected_matches",
    "corrections",
    "deliveries",
    "digested",
    "digests",
    "feeds",
    "fits",
    "holdings",
    "hosts",
    "hub_offers",
    "hub_subscriptions",
    "identities",
    "items",
    "keys",
    "link_uses",
    "marks",
    "matches",
    "messages",
    "metadata",
    "mutes",
    "outlet_feeds",
    "page_heads",
    "page_texts",
    "pushes",
    "readings",
    "recipient_mutes",
    "reports",
    "revisions",
    "rule_versions",
    "sessions",
    "silences",
    "stories",
    "to_match",
    "visits",
]

if not TYPE_CHECKING:  # hidden from type checkers, so that an unknown name stays an error

    def __getattr__(name: str) -> object:
        if name == "metadata":
            return load_every_table()
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        table = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        globals()[name] = table
        return table


def load_every_table() -> MetaData:
    """Define every table; return all of them."""
    for module in _NAMES_BY_MODULE:
        import_module(f"{__name__}.{module}")
    from storage.schema.base import metadata  # noqa: PLC0415  # complete only now

    return metadata
