"""Partial indexes, most of them over the rows that wait for a pass.

They are separate from the tables because defining one imports PostgreSQL's dialect, which SQLite does not need.
"""

from __future__ import annotations

from sqlalchemy import Index, null

from storage.schema import alerts, feeds, items, metadata, page_heads, page_texts, reports, to_match

__all__ = ["metadata"]

Index(
    "ix_page_texts_waiting",
    page_texts.c.wanted_at,
    sqlite_where=page_texts.c.done_at.is_(null()),
    postgresql_where=page_texts.c.done_at.is_(null()),
)
Index(
    "ix_page_heads_waiting",
    page_heads.c.wanted_at,
    sqlite_where=page_heads.c.done_at.is_(null()),
    postgresql_where=page_heads.c.done_at.is_(null()),
)
Index(
    "ix_alerts_untold",
    alerts.c.held_until,
    sqlite_where=alerts.c.message_id.is_(null()),
    postgresql_where=alerts.c.message_id.is_(null()),
)
Index(
    "ix_alerts_message_id",
    alerts.c.message_id,
    sqlite_where=alerts.c.message_id.is_not(null()),
    postgresql_where=alerts.c.message_id.is_not(null()),
)
Index("ix_reports_daily", reports.c.told_at, sqlite_where=reports.c.daily, postgresql_where=reports.c.daily)
Index(
    "ix_feeds_parent_id",
    feeds.c.parent_id,
    sqlite_where=feeds.c.parent_id.is_not(null()),
    postgresql_where=feeds.c.parent_id.is_not(null()),
)
Index(
    "ix_reports_waiting",
    reports.c.id,
    sqlite_where=reports.c.told_at.is_(null()) & reports.c.ended_at.is_(null()),
    postgresql_where=reports.c.told_at.is_(null()) & reports.c.ended_at.is_(null()),
)
Index(
    "ix_items_article_link",
    items.c.article_link,
    sqlite_where=items.c.article_link.is_not(null()),
    postgresql_where=items.c.article_link.is_not(null()),
)
Index(
    "ix_items_same_as",
    items.c.same_as,
    sqlite_where=items.c.same_as.is_not(null()),
    postgresql_where=items.c.same_as.is_not(null()),
)
Index(
    "ix_items_without_outlet",
    items.c.id,
    sqlite_where=items.c.outlet.is_(null()),
    postgresql_where=items.c.outlet.is_(null()),
)
Index("ix_feeds_control", feeds.c.id, sqlite_where=feeds.c.control, postgresql_where=feeds.c.control)
Index(
    "ix_to_match_news",
    to_match.c.item_id,
    sqlite_where=~to_match.c.backlog,
    postgresql_where=~to_match.c.backlog,
)
# To find the feeds that are polled at an address: few feeds have moved.
Index(
    "ix_feeds_moved",
    feeds.c.current_url,
    sqlite_where=feeds.c.current_url != feeds.c.url,
    postgresql_where=feeds.c.current_url != feeds.c.url,
)
