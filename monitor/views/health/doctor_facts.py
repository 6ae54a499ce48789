"""The facts that `doctor` judges: the database, the configuration, the disk and the file's permissions."""

from __future__ import annotations

import shutil
import stat
from dataclasses import field
from typing import TYPE_CHECKING

from monitor.views.alerts.held import read_held
from monitor.views.health.counts import read_counts, read_troubled, read_undelivered
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.views.alerts.held import HeldCount
    from monitor.views.health.counts import StatusCounts, TroubledFeed, UndeliveredView
    from storage.database import Database


@value
class Facts:
    """The state of a configuration, its database and its machine at a time. Sizes are in bytes."""

    now: datetime
    running: bool
    overview: StatusCounts
    troubled: tuple[TroubledFeed, ...]
    undelivered: tuple[UndeliveredView, ...]
    held: Mapping[str, HeldCount] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    alerted: tuple[str, ...] = ()
    free_bytes: int | None = None
    ledger_bytes: int | None = None
    readable_by_others: bool = False


def read_facts(database: Database, settings: Settings, *, now: datetime) -> Facts:
    """Return the facts at a time."""
    running, path = database.is_held(), database.path
    with database.read() as ledger:
        seen = read_counts(ledger, now=now)
        troubled = read_troubled(ledger)
        undelivered = read_undelivered(ledger)
        held = read_held(ledger)
    return Facts(
        now=now,
        running=running,
        overview=seen,
        troubled=troubled,
        undelivered=undelivered,
        held=held,
        warnings=tuple(map(str, settings.warnings)),
        topics=tuple(topic.name for topic in settings.topics),
        alerted=tuple(name for route in settings.routes for name in route.topics),
        free_bytes=None if path is None else shutil.disk_usage(path.parent).free,
        ledger_bytes=None if path is None else path.stat().st_size,
        readable_by_others=path is not None and bool(stat.S_IMODE(path.stat().st_mode) & 0o077),
    )
