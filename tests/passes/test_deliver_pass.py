"""The deliver pass: every message is attempted until it is accepted or permanently refused; none is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE, STANDARD_WEBHOOKS
from fakes import NOW, FakeSender, contents
from outgoing import EMAIL, attempts, deliveries, only, post, run

from alerts.channels.interface import Accepted, Answer, Deferred, Refused, Unknown
from alerts.deliver import Delivered
from storage.database import Database
from storage.model import Delivery, DeliveryState, Message


def test_a_due_delivery_is_sent_once(database: Database) -> None:
    """An accepted delivery is final, and a second run sends and changes nothing."""
    post(database)
    sender = FakeSender(Accepted(text="taken", code=204))
    assert run(database, sender) == Delivered(sent=1)
    assert (only(database).state, only(database).attempts, only(database).last_error) == (
        DeliveryState.SENT,
        1,
        None,
    )
    assert attempts(database) == [("d1-1", 1, "accepted")]
    before = contents(database)
    assert run(database, sender, now=NOW + DAY) == Delivered()
    assert contents(database) == before
    assert len(sender.sent) == 1


def test_bytes_and_id_are_the_same_at_every_attempt(sqlite_database: Database) -> None:
    """The delivery's id is the webhook-id and is part of the Message-ID (invariant 4)."""
    post(sqlite_database)
    sender = FakeSender(Deferred(text="503"), Unknown(text="hung up"), Accepted())
    for hour in range(3):
        run(sqlite_database, sender, now=NOW + hour * HOUR)
    assert [(message.body, delivery.id) for message, delivery in sender.sent] == [(b"body", "d1-1")] * 3
    assert [delivery.attempts for _, delivery in sender.sent] == [1, 2, 3]


def test_a_webhook_is_tried_by_the_schedule_and_then_dead(sqlite_database: Database) -> None:
    """There are ten attempts, each pause within a fifth of the Standard Webhooks schedule (D5)."""
    post(sqlite_database)
    sender, now = FakeSender(*[Deferred(text="503", code=503)] * 10), NOW
    for planned in STANDARD_WEBHOOKS:
        result = run(sqlite_database, sender, now=now)
        assert len(result.failed) == 1
        due = only(sqlite_database).next_at
        assert due is not None
        assert planned * 0.8 <= due - now <= planned * 1.2
        assert run(sqlite_database, sender, now=due - timedelta(milliseconds=1)) == Delivered()
        now = due
    run(sqlite_database, sender, now=now)
    assert (only(sqlite_database).state, only(sqlite_database).attempts) == (DeliveryState.DEAD, 10)
    assert only(sqlite_database).last_error == "503"
    assert run(sqlite_database, sender, now=now + 30 * DAY) == Delivered()


def test_mail_is_tried_for_five_days(sqlite_database: Database) -> None:
    """Pauses are 1, 5, 15 and 30 minutes, then hourly; the last attempt is within the fifth day (D1)."""
    post(sqlite_database, EMAIL)
    sender, now, pauses = FakeSender(*[Deferred(text="451 greylisted", code=451)] * 200), NOW, []
    while True:
        run(sqlite_database, sender, channels=(EMAIL,), now=now)
        due = only(sqlite_database).next_at
        if due is None:
            break
        pauses.append(due - now)
        now = due
    assert [round(pause / MINUTE) for pause in pauses[:4]] == pytest.approx([1, 5, 15, 30], rel=0.21)
    assert all(HOUR <= pause <= 1.2 * HOUR for pause in pauses[4:])
    assert 5 * DAY - 2 * HOUR < now - NOW <= 5 * DAY
    assert only(sqlite_database).state is DeliveryState.DEAD


def test_retry_after_is_obeyed(sqlite_database: Database) -> None:
    """A receiver that sends Retry-After of an hour gets no attempt before."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(Deferred(text="429", code=429, retry_after=HOUR)))
    assert only(sqlite_database).next_at == NOW + HOUR


@pytest.mark.parametrize(
    ("answer", "tries"),
    [(Refused(text="550 no such user", code=550), 1), (Refused(text="404", code=404, retryable=True), 3)],
)
def test_a_refused_delivery_is_dead_after_its_attempts(
    sqlite_database: Database, answer: Answer, tries: int
) -> None:
    """SMTP 5xx is final at once (D2), HTTP 4xx after a few attempts (D5)."""
    post(sqlite_database)
    sender, now = FakeSender(*[answer] * 9), NOW
    while only(sqlite_database).state is not DeliveryState.DEAD:
        now = only(sqlite_database).next_at or now
        run(sqlite_database, sender, now=now)
    assert len(sender.sent) == tries


def test_an_unknown_outcome_is_tried_again_under_the_same_id(sqlite_database: Database) -> None:
    """If the connection is lost after the last byte, the outcome is recorded as unknown and retried (D4)."""
    post(sqlite_database)
    sender = FakeSender(Unknown(text="hung up after the final dot"))
    run(sqlite_database, sender)
    assert only(sqlite_database).state is DeliveryState.UNKNOWN
    run(sqlite_database, sender, now=NOW + MINUTE)
    assert only(sqlite_database).state is DeliveryState.SENT


def test_one_recipient_of_two_is_retried_alone(sqlite_database: Database) -> None:
    """If one recipient is accepted and one deferred with 450, only the second is retried (D3)."""
    post(sqlite_database, EMAIL, recipients=2)
    sender = FakeSender(Accepted(code=250), Deferred(text="450 mailbox busy", code=450))
    run(sqlite_database, sender, channels=(EMAIL,))
    run(sqlite_database, sender, channels=(EMAIL,), now=NOW + 2 * MINUTE)
    assert [delivery.recipient for _, delivery in sender.sent] in (
        ["to1", "to2", "to2"],
        ["to2", "to1", "to1"],
    )
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}


def test_a_failure_names_the_channel_the_recipient_and_the_cause(sqlite_database: Database) -> None:
    """`once` prints this text."""
    post(sqlite_database)
    [failed] = run(sqlite_database, FakeSender(Deferred(text="HTTP 503: sleeping"))).failed
    assert failed == "hook to to1: HTTP 503: sleeping"


class Slow(FakeSender):
    """Counts how many of its sends run at once."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = 0

    async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        self.under_way -= 1
        return await super().send(message, delivery, now=now, **given)


def test_more_than_a_batch_is_sent_a_few_at_a_time(sqlite_database: Database) -> None:
    """The number of concurrent sends is bounded, and nothing is left over."""
    wide = replace(EMAIL, to=tuple(f"to{number}" for number in range(1, 251)))
    post(sqlite_database, wide, recipients=250)
    sender = Slow()
    assert run(sqlite_database, sender, channels=(wide,)).sent == 250
    assert 1 < sender.most <= 8
