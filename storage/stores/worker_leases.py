"""Worker leases: the exclusive use of a resource by one worker, until it is given back or expires.

Each lease has a fresh token, so that a worker whose lease expired cannot store an answer by mistake: the transaction
that stores an answer checks `still_held`, which also prevents others from taking the lease until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import delete, func, literal, select, update

from storage import schema
from storage.engine.sql import insert
from storage.stores.polled_feeds import is_polled, longest_overdue

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_claims = schema.claims.c
_feeds = schema.feeds.c
HOST = "host:"
NOBODY = ""  # the token of a lease that was given back

Names: TypeAlias = "Collection[str]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRequest:
    """A request for leases: the worker, the token, the present time by the leases' clock, and the end."""

    holder: str
    token: str
    clock: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLease:
    """A lease as stored."""

    name: str
    holder: str
    taken_at: datetime
    until: datetime


class WorkerLeases:
    """The leases of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, names: Names, taking: LeaseRequest) -> set[str]:
        """Take the free ones of these leases and return their names.

        A lease whose holder is storing an answer at this moment does not count as free, even if it has expired: waiting
        for a holder that was cut off could take long.
        """
        rows = [
            {
                "name": name,
                "holder": taking.holder,
                "token": taking.token,
                "taken_at": taking.clock,
                "until": taking.until,
            }
            for name in sorted(
                self._free(names, taking.clock)
            )  # always in the same order, to prevent deadlocks
        ]
        if not rows:
            return set()
        statement = insert(self._connection, schema.claims)
        taken = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={name: statement.excluded[name] for name in ("holder", "token", "taken_at", "until")},
            where=_claims.until <= taking.clock,
        ).returning(_claims.name)
        return set(self._connection.execute(taken, rows).scalars())

    def _free(self, names: Names, clock: datetime) -> set[str]:
        """Return which of these leases are free; rows of expired ones are locked against others."""
        known = select(_claims.name).where(_claims.name.in_(names))
        unknown = set(names).difference(self._connection.execute(known).scalars())
        run_out = known.where(_claims.until <= clock).with_for_update(skip_locked=True)
        return unknown.union(self._connection.execute(run_out).scalars())

    def take_due_hosts(self, taking: LeaseRequest, *, now: datetime, feeds: int) -> list[str]:
        """Take the free hosts of the feeds longest overdue, among this many feeds; return the hosts.

        Only one worker may call it at a time: others would see the same feeds and find their hosts taken.
        """
        quiet = select(schema.hosts.c.host).where(schema.hosts.c.quiet_until > now)
        leased = select(_claims.name).where(
            _claims.name == literal(HOST) + _feeds.host, _claims.until > taking.clock
        )
        overdue = select(_feeds.id, _feeds.host, _feeds.last_poll).where(
            is_polled(),
            _feeds.next_poll <= now,
            _feeds.host.not_in(quiet),
            ~leased.exists(),
        )
        hosts = {row.host for row in longest_overdue(self._connection, overdue, limit=feeds)}
        taken = self.take([f"{HOST}{host}" for host in hosts], taking)
        return sorted(name.removeprefix(HOST) for name in taken)

    def renew(self, token: str, names: Names, *, until: datetime) -> set[str]:
        """Extend the leases that this token still holds and return them; other workers hold the rest."""
        renewed = update(schema.claims).where(*_of(token, names)).values(until=until)
        return set(self._connection.execute(renewed.returning(_claims.name)).scalars())

    def still_held(self, token: str, names: Names) -> set[str]:
        """Return which of these leases this token holds; no other worker can take them before this transaction ends.

        The holder can still renew them: a key share lock blocks only those who take.
        """
        held = select(_claims.name).where(*_of(token, names)).with_for_update(read=True, key_share=True)
        return set(self._connection.execute(held).scalars())

    def give_back(self, token: str, names: Names, *, free_at: datetime) -> None:
        """Give back the leases that this token holds; no worker takes them before `free_at`."""
        freed = update(schema.claims).where(*_of(token, names))
        self._connection.execute(freed.values(token=NOBODY, until=free_at))

    def current(self, prefix: str, *, clock: datetime) -> list[WorkerLease]:
        """Return the held leases whose names begin with a prefix."""
        held = select(schema.claims).where(
            _claims.name.startswith(prefix, autoescape=True), _claims.token != NOBODY, _claims.until > clock
        )
        return [
            WorkerLease(name=row.name, holder=row.holder, taken_at=row.taken_at, until=row.until)
            for row in self._connection.execute(held.order_by(_claims.name))
        ]

    def count_by_holder(self, prefix: str, *, clock: datetime) -> dict[str, int]:
        """Return how many leases with a prefix each holder has."""
        held = _claims.name.startswith(prefix, autoescape=True) & (_claims.until > clock)
        counted = select(_claims.holder, func.count()).where(held, _claims.token != NOBODY)
        rows = self._connection.execute(counted.group_by(_claims.holder))
        return {row[0]: row[1] for row in rows}

    def forget(self, *, before: datetime) -> int:
        """Delete leases that expired before a time; return how many."""
        return self._connection.execute(delete(schema.claims).where(_claims.until < before)).rowcount


def _of(token: str, names: Names) -> tuple[ColumnElement[bool], ...]:
    return _claims.token == token, _claims.name.in_(names)
