"""The tables of the database, the same on SQLite and PostgreSQL.

What waits for a pass is a row, never a moment or a number that others may commit behind: `feeds.next_poll`, `to_match`,
`matches.story_id IS NULL`, `stories.due_at`, `deliveries.next_at`, `digests.next_at`, `reports.told_at IS NULL`. What must
happen once is a unique constraint.
"""

from __future__ import annotations

from storage.schema.base import metadata
from storage.schema.matching import (
    corrected_matches,
    corrections,
    marks,
    matches,
    page_texts,
    rule_versions,
    stories,
    to_match,
)
from storage.schema.polling import feeds, hosts, identities, items, readings, reports, revisions
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
    "channel_troubles",
    "claims",
    "corrected_matches",
    "corrections",
    "deliveries",
    "digested",
    "digests",
    "feeds",
    "holdings",
    "hosts",
    "identities",
    "items",
    "keys",
    "marks",
    "matches",
    "messages",
    "metadata",
    "mutes",
    "page_texts",
    "readings",
    "reports",
    "revisions",
    "rule_versions",
    "sessions",
    "silences",
    "stories",
    "to_match",
    "visits",
]
