"""Pruning: deletes items and stories older than `keep`, in small transactions while everything else runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding.routing import ALERT_TURN
from monitor.stories.index import WINDOW
from storage.engine.errors import AlreadyRunning
from storage.stores.pruning import Pruned

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Database

MIN_KEEP = 4 * WINDOW  # indexes of stories in memory reach back this far; their stories must not be deleted


def prune(database: Database, *, keep: timedelta, now: datetime) -> Pruned:
    """Delete rows that ended longer than `keep` ago, release their space if that is quick, and return their numbers."""
    before = now - max(keep, MIN_KEEP)
    total = Pruned()
    while True:
        with database.write(ALERT_TURN) as ledger:
            pruned = ledger.pruning.prune(before=before)
        if pruned == Pruned():
            break
        total += pruned
    if total != Pruned():
        database.give_back_space()
    return total


def make_shrinkable(database: Database) -> bool:
    """Rewrite a database that cannot shrink in small steps, unless a storywatch runs; return whether it can shrink now.

    This takes a second for each 100 MB, during which no other process can write.
    """
    if database.shrinks_in_steps():
        return True
    try:
        with database.hold():
            database.rewrite()
    except AlreadyRunning:
        return False
    return True
