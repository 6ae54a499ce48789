"""Pruning: deletes what is older than its owner keeps, in small transactions beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding.routing import ALERT_TURN
from monitor.stories.index import WINDOW
from storage.engine.errors import AlreadyRunning
from storage.stores.pruning import Pruned

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Database

MIN_KEEP = 4 * WINDOW  # an index of stories in memory goes back that far: none of them may vanish under it


def prune(database: Database, *, keep: timedelta, now: datetime) -> Pruned:
    """Delete what ended longer than `keep` ago, give its space back where that is quick, and return how much it was."""
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


def lay_out_anew(database: Database) -> bool:
    """Rewrite a database that cannot shrink in small steps, if no storywatch runs; return whether it can from now on.

    It takes a second for each 100 MB, in which nobody else can write.
    """
    if database.shrinks_in_steps():
        return True
    try:
        with database.hold():
            database.rewrite()
    except AlreadyRunning:
        return False
    return True
