"""Keeping the ledger small: what is older than its owner keeps goes, in small transactions beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding.routing import TURN
from monitor.stories.index import WINDOW
from storage.stores.pruning import Pruned

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Database

MIN_KEEP = 4 * WINDOW  # an index of stories in memory goes back that far: none of them may vanish under it


def prune(database: Database, *, keep: timedelta, now: datetime) -> Pruned:
    """Let go what ended longer than `keep` ago, give its space back, and return how much it was."""
    before = now - max(keep, MIN_KEEP)
    total = Pruned()
    while True:
        with database.write(TURN) as ledger:
            pruned = ledger.pruning.prune(before=before)
        if pruned == Pruned():
            break
        total += pruned
    if total != Pruned():
        database.give_back_space()
    return total
