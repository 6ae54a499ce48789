"""The tables of the database, the same on SQLite and PostgreSQL.

Work that waits for a pass is marked in its row, never by a time or a number up to which all is done, since another
transaction may commit an earlier one later: `feeds.next_poll`, `to_match`, `matches.story_id IS NULL`, `stories.due_at`,
`deliveries.next_at`, `digests.next_at`, `reports.told_at IS NULL`. Unique constraints ensure that a thing happens once.
"""

from __future__ import annotations

from storage.schema.base import metadata
from storage.schema.linking import link_uses, recipient_mutes
from storage.schema.matching import (
    candidates,
    corrected_matches,
    corrections,
    fits,
    marks,
    matches,
    page_heads,
    page_texts,
    rule_versions,
    stories,
    to_match,
)
from storage.schema.polling import feeds, hosts, identities, items, outlet_feeds, readings, reports, revisions
from storage.schema.pushing import hub_offers, hub_subscriptions, pushes
from storage.schema.telling import (
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
from storage.schema.visitors import access_tokens, keys, sessions, visits
from storage.schema.working import claims

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
