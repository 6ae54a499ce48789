"""Deliberately naive versions of the pipeline, which the harness must catch before its verdict counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.polling.poll import Polling
from storage.model import Delivery, DeliveryState
from storage.stores.delivery_leases import DeliveryLeases
from storage.stores.match_queue import MatchQueue

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
    wait, store = MatchQueue.add, Polling._store

    def remember(self: MatchQueue, articles: Any, **when: Any) -> None:
        del self
        later.append((articles, when))

    def store_twice(self: Polling, ready: Any, now: Any) -> Any:
        polled = store(self, ready, now)
        with self._database.write() as ledger:
            for articles, when in later:
                wait(ledger.match_queue, articles, **when)
        later.clear()
        return polled

    MatchQueue.add = remember  # type: ignore[method-assign]
    Polling._store = store_twice  # type: ignore[method-assign]


def _record_first() -> None:
    def record(self: DeliveryLeases, delivery: Delivery, *, clock: datetime) -> bool:
        del clock
        statement = f"UPDATE deliveries SET state = '{DeliveryState.SENT}' WHERE id = '{delivery.id}'"
        self._connection.exec_driver_sql(statement)
        return True

    DeliveryLeases.announce = record  # type: ignore[method-assign]
