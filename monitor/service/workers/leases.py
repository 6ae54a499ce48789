"""The leases of a worker: taken for its work, renewed while it works, and given back afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

from storage.engine.errors import DatabaseUnavailable
from storage.stores.worker_leases import HOST, LeaseRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Feed

log = logging.getLogger(__name__)

RENEWALS = 3  # renewals within the time of a lease: one may fail
CLAIM = "claim"  # workers claim one at a time: two that look at the same feeds at once would get half of them each
PauseOf: TypeAlias = "Callable[[str], timedelta]"


def no_pause(name: str) -> timedelta:
    """Return no pause: another worker may take the lease at once."""
    del name
    return timedelta(0)


class ServerClock:
    """The database server's time: workers that share leases must agree when these expire.

    It advances by the monotonic clock, so this machine's clock does not matter.
    """

    def __init__(self, database: Database) -> None:
        self.set_by(database)

    def __call__(self) -> datetime:
        """Return the present time."""
        return self._server + timedelta(seconds=monotonic() - self._since)

    def set_by(self, database: Database) -> None:
        """Use the server's time from now on."""
        before = monotonic()
        self._server = database.clock()
        self._since = (before + monotonic()) / 2


@dataclass(slots=True, eq=False)
class HeldLeases:
    """Leases taken together; other workers may have taken some of them since, if this one was stopped for a while."""

    token: str
    names: set[str]
    until: datetime


class LeaseManager:
    """Takes leases for one worker and keeps them until they are given back."""

    def __init__(
        self, database: Database, *, name: str, clock: Callable[[], datetime], lease: timedelta
    ) -> None:
        self._database = database
        self._name = name
        self._lease = lease
        self._held: set[HeldLeases] = set()
        self.clock = clock

    def take(self, names: Collection[str]) -> HeldLeases:
        """Take the free ones of these leases; use them within `renewing`."""
        request = self._new_request()
        with self._database.write() as ledger:
            return HeldLeases(
                token=request.token, names=ledger.worker_leases.take(names, request), until=request.until
            )

    def take_for(self, span: timedelta, name: str) -> bool:
        """Take a lease that is not given back, for work done once in that time; return whether it was free."""
        request = replace(self._new_request(), until=self.clock() + span)
        with self._database.write() as ledger:
            return bool(ledger.worker_leases.take({name}, request))

    def take_batch(self, *, feeds: int, each: int) -> tuple[HeldLeases, list[Feed]]:
        """Take the free hosts of the feeds longest overdue; return a limited number of due feeds of each."""
        request = self._new_request()
        now = request.clock
        with self._database.write(CLAIM) as ledger:
            hosts = ledger.worker_leases.take_due_hosts(request, now=now, feeds=feeds)
        with self._database.read() as ledger:  # rows of hosts already taken need no turn
            due = ledger.feeds.due_of(hosts, now=now, each=each) if hosts else []
        names = {f"{HOST}{host}" for host in hosts}
        return HeldLeases(token=request.token, names=names, until=request.until), due

    def _new_request(self) -> LeaseRequest:
        clock = self.clock()
        return LeaseRequest(holder=self._name, token=uuid4().hex, clock=clock, until=clock + self._lease)

    @asynccontextmanager
    async def renewing(self, held: HeldLeases, *, pause: PauseOf = no_pause) -> AsyncIterator[None]:
        """Renew these leases during the block, then give them back; others may take each after its pause."""
        self._held.add(held)
        try:
            yield
        finally:
            self._held.discard(held)
            await asyncio.to_thread(self._give_back, held, pause)

    def _give_back(self, held: HeldLeases, pause: PauseOf) -> None:
        pauses: dict[timedelta, set[str]] = defaultdict(set)
        for name in held.names:
            pauses[pause(name)].add(name)
        try:
            with self._database.write() as ledger:
                for span, names in pauses.items():
                    ledger.worker_leases.give_back(held.token, names, free_at=self.clock() + span)
        except DatabaseUnavailable as error:
            log.warning("lease outcome=kept; it expires by itself: %s", error)

    @property
    def renewal_seconds(self) -> float:
        """The interval at which `renew` must be called."""
        return self._lease.total_seconds() / RENEWALS

    def renew(self) -> None:
        """Renew every held lease, and drop those that others took meanwhile."""
        until = self.clock() + self._lease
        for held in list(self._held):
            with self._database.write() as ledger:
                kept = ledger.worker_leases.renew(held.token, held.names, until=until)
            if lost := held.names - kept:
                log.warning("lease outcome=lost count=%d first=%s", len(lost), min(lost))
            held.names = kept
            held.until = until


class HostClaim:
    """The right to poll the feeds of the held hosts and to store their answers."""

    def __init__(
        self, held: HeldLeases, *, leases: LeaseManager, patience: timedelta, stopping: Callable[[], bool]
    ) -> None:
        self._held = held
        self._clock = leases.clock
        self._patience = patience
        self._stopping = stopping

    def may_ask(self, host: str) -> bool:
        """Return whether the host is held for as long as a request may last, and polling has not been ended."""
        held = HOST + host in self._held.names
        return held and not self._stopping() and self._clock() + self._patience < self._held.until

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        """Return the feeds whose host stays held until this transaction ends."""
        names = {HOST + feed.host for feed in feeds}
        held = ledger.worker_leases.still_held(self._held.token, names)
        return {feed.id for feed in feeds if HOST + feed.host in held}
