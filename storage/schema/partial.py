"""Indexes over what waits in a table.

Apart from the tables, since to describe one loads PostgreSQL's dialect, which a database on SQLite can do without.
"""

from __future__ import annotations

from sqlalchemy import Index, null

from storage.schema.base import metadata
from storage.schema.matching import page_texts
from storage.schema.polling import reports
from storage.schema.telling import alerts

__all__ = ["metadata"]

Index(
    "ix_page_texts_waiting",
    page_texts.c.wanted_at,
    sqlite_where=page_texts.c.done_at.is_(null()),
    postgresql_where=page_texts.c.done_at.is_(null()),
)
Index(
    "ix_alerts_untold",
    alerts.c.held_until,
    sqlite_where=alerts.c.message_id.is_(null()),
    postgresql_where=alerts.c.message_id.is_(null()),
)
Index("ix_reports_daily", reports.c.told_at, sqlite_where=reports.c.daily, postgresql_where=reports.c.daily)
Index(
    "ix_reports_waiting",
    reports.c.id,
    sqlite_where=reports.c.told_at.is_(null()) & reports.c.ended_at.is_(null()),
    postgresql_where=reports.c.told_at.is_(null()) & reports.c.ended_at.is_(null()),
)
