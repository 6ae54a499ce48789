"""A check whether the database already follows the configured feeds, channels and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.subscriptions_hash import subscriptions_hash

if TYPE_CHECKING:
    from monitor.config.settings import Settings
    from storage.database import Database

FOLLOWED = "subscriptions"  # the key with the hash of the configuration that the subscriptions follow


def is_in_sync(database: Database, settings: Settings) -> bool:
    """Return whether `sync_subscriptions` has stored exactly this configuration, so that a reader need not write."""
    with database.read() as ledger:
        return ledger.keys.get(FOLLOWED) == subscriptions_hash(settings)
