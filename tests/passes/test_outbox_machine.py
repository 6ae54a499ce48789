"""The outbox as a state machine with crashes: in any order of events nothing is lost, and repeats keep their id."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from builders import HOUR
from fakes import NOW
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from outgoing import HOOK
from sqlalchemy import select

from alerts.channels.interface import (
    Accepted,
    Announce,
    Answer,
    Blocked,
    Deferred,
    Refused,
    Unknown,
    unannounced,
)
from alerts.deliver import SendContext, deliver
from storage import schema
from storage.database import Database, Ledger
from storage.model import Delivery, DeliveryState, Message
from storage.stores.delivery_leases import DeliveryLeases

OWNER = "run on a test"


class Killed(BaseException):
    """The process was killed and writes nothing more."""


class Mortal:
    """A database whose process may be killed at any moment."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self._database = database
        self.is_dead = False

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        if self.is_dead:
            raise Killed
        with self._database.write() as ledger:
            yield ledger
            if self.is_dead:
                raise Killed


class Receiver:
    """Accepts, refuses or kills the sender, as `script` says next, and keeps the messages."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.took: dict[str, list[bytes]] = {}
        self.doubts: Counter[str] = Counter()  # messages it accepted whose answer was lost
        self.mortal: Mortal | None = None

    async def send(
        self, message: Message, delivery: Delivery, *, now: object, announce: Announce = unannounced
    ) -> Answer:
        del now
        fate = self.script.pop(0) if self.script else "taken"
        if fate == "killed before":
            self._kill()
        if fate == "no connection":
            return Deferred(text="connection refused")
        await announce()
        if fate in ("busy", "refused", "blocked"):
            return {
                "busy": Deferred(text="450 busy", code=450),
                "refused": Refused(text="404", code=404, retryable=True),
                "blocked": Blocked(text="535", code=535),
            }[fate]
        self.took.setdefault(delivery.id, []).append(message.body)
        if fate == "taken":
            return Accepted(text="204", code=204)
        self.doubts[delivery.id] += 1
        if fate == "hung up":
            return Unknown(text="hung up after the last byte")
        if fate == "a bug":
            raise RuntimeError(fate)
        return self._kill()

    def _kill(self) -> Answer:
        assert self.mortal is not None
        self.mortal.is_dead = True
        raise Killed


FATES = st.sampled_from(
    [
        "taken",
        "no connection",
        "busy",
        "refused",
        "blocked",
        "hung up",
        "a bug",
        "killed before",
        "killed after",
    ]
)


class Outbox(RuleBasedStateMachine):
    """Messages are sealed and delivered by a process that crashes, over a channel that fails at times."""

    fresh: ClassVar[Callable[[], Database]]

    @initialize()
    def begin(self) -> None:
        self.database = type(self).fresh()
        self.receiver = Receiver()
        self.now = NOW
        self.enqueued: dict[str, bytes] = {}
        self.tries: list[tuple[object, ...]] = []
        self.is_configured = True

    @rule(recipients=st.integers(1, 3))
    def enqueue(self, recipients: int) -> None:
        number = len(self.enqueued)
        body = f"message {number}".encode()
        message = Message(
            id=f"m{number}", channel="hook", kind="story.new", subject="S", body=body, created_at=self.now
        )
        ids = [f"d{number}-{one}" for one in range(recipients)]
        with self.database.write() as ledger:
            ledger.outbox.enqueue(message, recipients={one: f"to {one}" for one in ids})
        self.enqueued |= dict.fromkeys(ids, body)

    @rule(fates=st.lists(FATES, max_size=6))
    def deliver(self, fates: list[str]) -> None:
        if not self.is_configured:
            return
        self.receiver.script = fates
        self.receiver.mortal = mortal = Mortal(self.database)
        context = SendContext(
            senders={"hook": self.receiver},
            channels={"hook": HOOK},
            clock=lambda: self.now,
            owner=OWNER,
        )
        try:
            asyncio.run(deliver(mortal, context, now=self.now))  # type: ignore[arg-type]
        except Killed:
            assert mortal.is_dead

    @rule(hours=st.sampled_from([0.2, 1, 30]))
    def wait(self, hours: float) -> None:
        self.now += hours * HOUR

    @rule()
    def restart(self) -> None:
        with self.database.write() as ledger:
            ledger.delivery_leases.take_over(OWNER, now=self.now)

    @rule(is_configured=st.booleans())
    def reconfigure(self, *, is_configured: bool) -> None:
        self.is_configured = is_configured
        with self.database.write() as ledger:
            ledger.outbox.hold_removed(["hook"] if is_configured else ["other"], [], now=self.now)

    @invariant()
    def every_message_stands_with_its_bytes(self) -> None:
        if self._has_begun:
            with self.database.read() as ledger:
                stand = {one.delivery.id: one.message.body for one in ledger.outbox.postings()}
            assert stand == self.enqueued

    @invariant()
    def what_is_sent_arrived_and_came_twice_only_in_doubt(self) -> None:
        if not self._has_begun:
            return
        for ident, state in self._states().items():
            took = self.receiver.took.get(ident, [])
            assert state is not DeliveryState.SENT or took
            assert set(took) <= {self.enqueued[ident]}
            assert len(took) <= 1 + self.receiver.doubts[ident]

    @invariant()
    def tries_are_only_added(self) -> None:
        if self._has_begun:
            with self.database.read() as ledger:
                rows = ledger.outbox._connection.execute(
                    select(schema.attempts).order_by(schema.attempts.c.id)
                )
                tries = [tuple(row) for row in rows]
            assert tries[: len(self.tries)] == self.tries
            self.tries = tries

    def teardown(self) -> None:
        """Let everything work for a fortnight: each message arrives, or is dead after a refusal or its last attempt."""
        if not self._has_begun:
            return
        self.reconfigure(is_configured=True)
        self.restart()
        for _ in range(14):
            self.deliver([])
            self.wait(24)
        for ident, state in self._states().items():
            assert state in (DeliveryState.SENT, DeliveryState.DEAD)
            assert state is DeliveryState.DEAD or self.receiver.took.get(ident)
        self.database.close()

    @property
    def _has_begun(self) -> bool:
        return hasattr(self, "database")

    def _states(self) -> dict[str, DeliveryState]:
        with self.database.read() as ledger:
            return {one.delivery.id: one.delivery.state for one in ledger.outbox.postings()}


def _run(fresh: Callable[[], Database], *, examples: int, steps: int, shrink: bool = True) -> None:
    machine = type("Outbox", (Outbox,), {"fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=[phase for phase in Phase if shrink or phase is not Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def _files(template: Path, folder: str) -> Iterator[Database]:
    number = 0
    while True:
        path = shutil.copy(template, Path(folder) / f"{number}.db")
        yield Database.open(f"sqlite:///{path}")
        number += 1


def test_no_message_is_lost(sqlite_template: Path) -> None:
    """No message is lost in a sample of random histories."""
    with TemporaryDirectory() as folder:
        _run(_files(sqlite_template, folder).__next__, examples=10, steps=15)


def test_the_machine_catches_a_naive_outbox(sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox that records a message as sent before sending it loses some, and the test notices."""

    def record_first(leases: DeliveryLeases, delivery: Delivery, *, clock: object) -> bool:
        del clock
        sent = schema.deliveries.update().where(schema.deliveries.c.id == delivery.id)
        leases._connection.execute(sent.values(state=DeliveryState.SENT))
        return True

    monkeypatch.setattr(DeliveryLeases, "announce", record_first)
    with TemporaryDirectory() as folder, pytest.raises(AssertionError):
        _run(_files(sqlite_template, folder).__next__, examples=200, steps=30, shrink=False)


@pytest.mark.slow
def test_no_message_is_lost_in_long_histories(sqlite_template: Path) -> None:
    """No message is lost in many long random histories."""
    with TemporaryDirectory() as folder:
        _run(_files(sqlite_template, folder).__next__, examples=150, steps=40)


def test_no_message_is_lost_on_postgresql(postgresql_ledger_url: str) -> None:
    """No message is lost in a sample of histories on PostgreSQL."""

    def emptied() -> Database:
        database = Database.open(postgresql_ledger_url)
        with database._engine.begin() as connection:
            connection.exec_driver_sql(
                "TRUNCATE attempts, deliveries, messages, channel_troubles, reports CASCADE"
            )
        return database

    _run(emptied, examples=6, steps=15)
