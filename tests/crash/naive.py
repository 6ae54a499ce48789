"""Deliberately naive versions of the pipeline, which the harness must catch before its verdict counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.polling.poll import Polling
from storage.model import Delivery, DeliveryState
from storage.stores.delivery_leases import DeliveryLeases
from storage.stores.items import Items

TWO_COMMITS = "items are committed, and what they wait for in a second transaction"
RECORD_FIRST = "a message is recorded as sent, and sent afterwards"


def install(which: str) -> None:
    """Make this process naive in the named way; an empty name changes nothing."""
    if which == TWO_COMMITS:
        _two_commits()
    elif which == RECORD_FIRST:
        _record_first()


def _two_commits() -> None:
    later: list[Any] = []
    await_match, store = Items._await_match, Polling._store

    def remember(self: Items, item_ids: Any, now: Any) -> None:
        del self
        later.append((item_ids, now))

    def store_twice(self: Polling, ready: Any, now: Any) -> Any:
        polled = store(self, ready, now)
        with self._database.write() as ledger:
            for item_ids, moment in later:
                await_match(ledger.items, item_ids, moment)
        later.clear()
        return polled

    Items._await_match = remember  # type: ignore[method-assign]
    Polling._store = store_twice  # type: ignore[method-assign]


def _record_first() -> None:
    def record(self: DeliveryLeases, delivery: Delivery, *, clock: datetime) -> bool:
        del clock
        statement = f"UPDATE deliveries SET state = '{DeliveryState.SENT}' WHERE id = '{delivery.id}'"
        self._connection.exec_driver_sql(statement)
        return True

    DeliveryLeases.announce = record  # type: ignore[method-assign]
