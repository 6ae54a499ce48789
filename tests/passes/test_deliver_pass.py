"""The deliver pass: every message is tried until its receiver has it or will never take it, and never lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from alerts.channels.protocol import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.deliver import LEASE, Carriers, Delivered, deliver
from fakes import DAY, HOUR, MINUTE, NOW, SECOND, FakeSender, contents
from sqlalchemy import select
from storage import schema
from storage.database import Database
from storage.model import Channel, ChannelType, Delivery, DeliveryState, Message

EMAIL = Channel(name="desk", type=ChannelType.EMAIL, to=("a@b.example", "c@d.example"), sender="s@b.example")
HOOK = Channel(name="hook", type=ChannelType.WEBHOOK, url="http://x.example")
STANDARD_WEBHOOKS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]


def post(database: Database, channel: Channel = HOOK, *, recipients: int = 1, ident: str = "1", at: datetime = NOW) -> None:
    """Put a message before delivery, with ids `d<ident>-1` and so on."""
    message = Message(
        id=f"m{ident}", channel=channel.name, kind="story.new", subject="S", body=b"body", created_at=at
    )
    with database.write() as ledger:
        ledger.outbox.seal(
            message, recipients={f"d{ident}-{number}": f"to{number}" for number in range(1, recipients + 1)}
        )


def run(
    database: Database, *senders: FakeSender, channels: tuple[Channel, ...] = (HOOK,), now: datetime = NOW, clock: datetime | None = None
) -> Delivered:
    """Run the pass once; the real clock stands at `now` unless it is given."""
    carriers = Carriers(
        senders={channel.name: sender for channel, sender in zip(channels, senders, strict=True)},
        channels={channel.name: channel for channel in channels},
        clock=lambda: clock or now,
    )
    return asyncio.run(deliver(database, carriers, now=now))


def deliveries(database: Database) -> dict[str, Delivery]:
    with database.read() as ledger:
        return {posting.delivery.id: posting.delivery for posting in ledger.outbox.postings()}


def only(database: Database) -> Delivery:
    [delivery] = deliveries(database).values()
    return delivery


def attempts(database: Database) -> list[tuple[str, int, str]]:
    with database.read() as ledger:
        rows = ledger.outbox._connection.execute(select(schema.attempts).order_by(schema.attempts.c.id)).all()
    return [(row.delivery_id, row.number, row.outcome) for row in rows]


def lease(database: Database, *, clock: datetime = NOW) -> None:
    """Claim everything due and say no more, as a process that was killed while sending."""
    with database.write() as ledger:
        ledger.outbox.claim(now=NOW, clock=clock, until=clock + LEASE, token="dead", limit=99)


def test_what_is_due_is_sent_once_and_is_done(database: Database) -> None:
    """Accepted is final: a second run sends nothing and changes nothing."""
    post(database)
    sender = FakeSender(Accepted(text="taken", code=204))
    assert run(database, sender) == Delivered(sent=1)
    assert (only(database).state, only(database).attempts, only(database).last_error) == (DeliveryState.SENT, 1, None)
    assert attempts(database) == [("d1-1", 1, "accepted")]
    before = contents(database)
    assert run(database, sender, now=NOW + DAY) == Delivered()
    assert contents(database) == before
    assert len(sender.sent) == 1


def test_a_message_keeps_its_bytes_and_a_delivery_its_id_over_all_tries(sqlite_database: Database) -> None:
    """The id is the webhook-id and stands in the Message-ID (invariant 4)."""
    post(sqlite_database)
    sender = FakeSender(Deferred(text="503"), Unknown(text="hung up"), Accepted())
    for hour in range(3):
        run(sqlite_database, sender, now=NOW + hour * HOUR)
    assert [(message.body, delivery.id) for message, delivery in sender.sent] == [(b"body", "d1-1")] * 3
    assert [delivery.attempts for _, delivery in sender.sent] == [1, 2, 3]


def test_a_webhook_is_tried_by_the_schedule_and_then_dead(sqlite_database: Database) -> None:
    """Ten tries, each pause within a fifth of Standard Webhooks' (D5)."""
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
    """1, 5, 15, 30 minutes, then hourly; the last try is within the fifth day (D1)."""
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
    """A receiver that asks for an hour is not asked before."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(Deferred(text="429", code=429, retry_after=HOUR)))
    assert only(sqlite_database).next_at == NOW + HOUR


@pytest.mark.parametrize(
    ("answer", "tries"), [(Refused(text="550 no such user", code=550), 1), (Refused(text="404", code=404, retryable=True), 3)]
)
def test_a_refusal_is_a_dead_letter_after_its_tries(sqlite_database: Database, answer: Answer, tries: int) -> None:
    """SMTP 5xx at once (D2), HTTP 4xx after a few (D5)."""
    post(sqlite_database)
    sender, now = FakeSender(*[answer] * 9), NOW
    while only(sqlite_database).state is not DeliveryState.DEAD:
        now = only(sqlite_database).next_at or now
        run(sqlite_database, sender, now=now)
    assert len(sender.sent) == tries


def test_an_unknown_outcome_is_tried_again_under_the_same_id(sqlite_database: Database) -> None:
    """The connection was lost after the last byte: nobody knows, so it is said and sent again (D4)."""
    post(sqlite_database)
    sender = FakeSender(Unknown(text="hung up after the final dot"))
    run(sqlite_database, sender)
    assert only(sqlite_database).state is DeliveryState.UNKNOWN
    run(sqlite_database, sender, now=NOW + MINUTE)
    assert only(sqlite_database).state is DeliveryState.SENT


def test_one_recipient_of_two_is_retried_alone(sqlite_database: Database) -> None:
    """One accepted, one 450: only the second is tried again (D3)."""
    post(sqlite_database, EMAIL, recipients=2)
    sender = FakeSender(Accepted(code=250), Deferred(text="450 mailbox busy", code=450))
    run(sqlite_database, sender, channels=(EMAIL,))
    run(sqlite_database, sender, channels=(EMAIL,), now=NOW + 2 * MINUTE)
    assert [delivery.recipient for _, delivery in sender.sent] in (["to1", "to2", "to2"], ["to2", "to1", "to1"])
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}


def test_a_blocked_channel_is_probed_after_its_pause_and_drops_nothing(sqlite_database: Database) -> None:
    """Wrong credentials: the delivery waits an hour, as often as it takes, and then goes (D2)."""
    post(sqlite_database, EMAIL)
    sender, now = FakeSender(*[Blocked(text="535 wrong password", code=535)] * 150), NOW
    for _ in range(150):  # more than five days
        run(sqlite_database, sender, channels=(EMAIL,), now=now)
        assert only(sqlite_database).next_at == now + HOUR
        now += HOUR
    run(sqlite_database, sender, channels=(EMAIL,), now=now)
    assert only(sqlite_database).state is DeliveryState.SENT


@pytest.mark.parametrize("channel", [EMAIL, HOOK])
def test_tries_while_a_channel_was_blocked_do_not_count_against_a_message(sqlite_database: Database, channel: Channel) -> None:
    """A passing fault right after a long pause is no dead letter: nothing is dropped (D2)."""
    post(sqlite_database, channel)
    blocked = [Blocked(text="535 wrong password", code=535)] * 150
    sender, now = FakeSender(*blocked, Deferred(text="451 busy", code=451)), NOW
    for _ in range(151):
        run(sqlite_database, sender, channels=(channel,), now=now)
        now += HOUR
    assert only(sqlite_database).state is DeliveryState.PENDING
    run(sqlite_database, sender, channels=(channel,), now=now)
    assert only(sqlite_database).state is DeliveryState.SENT


def test_an_endpoint_that_is_gone_holds_what_waits_for_the_owner(sqlite_database: Database) -> None:
    """HTTP 410: nothing is tried again by itself, nothing is thrown away (D5)."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(Blocked(text="HTTP 410", code=410, probe_after=None)))
    assert (only(sqlite_database).state, only(sqlite_database).next_at) == (DeliveryState.HELD, None)
    assert run(sqlite_database, FakeSender(), now=NOW + 9 * DAY) == Delivered()


def test_a_blocked_channel_costs_one_try_not_one_for_each_message(sqlite_database: Database) -> None:
    """The rest of the queue waits for the probe (D2, D8)."""
    for number in range(30):
        post(sqlite_database, ident=str(number))
    sender = FakeSender(*[Blocked(text="535", code=535)] * 60)
    run(sqlite_database, sender)
    assert len(sender.sent) <= 8  # those that were under way together
    tried = len(sender.sent)
    run(sqlite_database, sender, now=NOW + 30 * MINUTE)
    assert len(sender.sent) == tried
    sender.answers.clear()
    run(sqlite_database, sender, now=NOW + 2 * HOUR)
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}
    assert {one.attempts for one in deliveries(sqlite_database).values()} <= {1, 2}


def test_a_sender_that_raises_harms_no_other_delivery(sqlite_database: Database) -> None:
    """The fault is recorded on that delivery, which is tried again; the others arrive."""
    post(sqlite_database, HOOK, ident="1")
    post(sqlite_database, EMAIL, recipients=2, ident="2")
    faulty, sound = FakeSender(RuntimeError("a bug")), FakeSender()
    result = run(sqlite_database, faulty, sound, channels=(HOOK, EMAIL))
    assert result.sent == 2
    assert len(result.failed) == 1
    assert deliveries(sqlite_database)["d1-1"].state is DeliveryState.UNKNOWN
    assert "RuntimeError" in str(deliveries(sqlite_database)["d1-1"].last_error)
    run(sqlite_database, faulty, sound, channels=(HOOK, EMAIL), now=NOW + MINUTE)
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}


def test_a_failure_names_the_channel_the_recipient_and_the_cause(sqlite_database: Database) -> None:
    """What `once` says of it."""
    post(sqlite_database)
    [failed] = run(sqlite_database, FakeSender(Deferred(text="HTTP 503: sleeping"))).failed
    assert failed == "hook to to1: HTTP 503: sleeping"


def test_a_lease_keeps_others_away_until_it_runs_out(database: Database) -> None:
    """A killed process costs a pause and then at most a duplicate with the same id, never a miss (S1)."""
    post(database)
    lease(database)
    sender = FakeSender()
    assert run(database, sender, now=NOW + MINUTE) == Delivered()
    assert run(database, sender, now=NOW + MINUTE, clock=NOW + LEASE).sent == 1
    assert [delivery.id for _, delivery in sender.sent] == ["d1-1"]


def test_leases_run_by_the_real_clock_whatever_time_decides(sqlite_database: Database) -> None:
    """`--now` in the far future does not take a delivery out of another's hands."""
    post(sqlite_database)
    lease(sqlite_database)
    assert run(sqlite_database, FakeSender(), now=NOW + 300 * DAY, clock=NOW + MINUTE) == Delivered()


def test_a_late_answer_of_a_lost_lease_changes_nothing(database: Database) -> None:
    """Stopped beyond its lease and resumed: what the new holder recorded stands."""
    post(database)
    with database.write() as ledger:
        [(mine, _)] = ledger.outbox.claim(now=NOW, clock=NOW, until=NOW + LEASE, token="mine", limit=9)
    run(database, FakeSender(), now=NOW, clock=NOW + LEASE)
    from storage.outbox import Attempt

    late = Attempt(delivery=mine, outcome="refused", code=550, text="no", state=DeliveryState.DEAD, next_at=None)
    with database.write() as ledger:
        assert not ledger.outbox.record(late, now=NOW)
    assert only(database).state is DeliveryState.SENT
    assert len(attempts(database)) == 1


def test_a_lease_left_on_a_channel_that_left_is_held_and_stops_nobody(sqlite_database: Database) -> None:
    """A crash, then a channel out of the configuration: other channels go on (S11)."""
    post(sqlite_database, EMAIL, ident="1")
    lease(sqlite_database)
    post(sqlite_database, HOOK, ident="2")
    sender = FakeSender()
    assert run(sqlite_database, sender, now=NOW + HOUR).sent == 1
    left = deliveries(sqlite_database)["d1-1"]
    assert left.state is not DeliveryState.DEAD
    assert not any(delivery.channel == "desk" for _, delivery in sender.sent)


def test_what_waits_for_a_removed_channel_is_held_and_goes_when_it_returns(sqlite_database: Database) -> None:
    """Nothing vanishes with a line of the configuration (S11)."""
    post(sqlite_database, EMAIL)
    with sqlite_database.write() as ledger:
        ledger.outbox.hold_removed(["hook"], now=NOW)
    assert only(sqlite_database).state is DeliveryState.HELD
    assert "removed" in str(only(sqlite_database).last_error)
    with sqlite_database.write() as ledger:
        ledger.outbox.hold_removed(["hook", "desk"], now=NOW + DAY)
    assert run(sqlite_database, FakeSender(), channels=(EMAIL,), now=NOW + DAY).sent == 1


class Slow(FakeSender):
    """Counts how many of its sends are under way at once."""

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
    """A small mail server is not overrun, and nothing is left over."""
    wide = replace(EMAIL, to=tuple(f"to{number}" for number in range(1, 251)))
    post(sqlite_database, wide, recipients=250)
    sender = Slow()
    assert run(sqlite_database, sender, channels=(wide,)).sent == 250
    assert 1 < sender.most <= 8


def test_a_hanging_channel_does_not_hold_up_another(sqlite_database: Database) -> None:
    """One endpoint that never answers, and what arrives meanwhile for the others goes out (D8)."""

    class Hanging(FakeSender):
        async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
            await super().send(message, delivery, now=now, **given)
            post(sqlite_database, EMAIL, ident="2")  # it comes while this one hangs
            await asyncio.wait_for(arrived.wait(), timeout=5)
            return Deferred(text="no answer within 30 seconds")

    class Noting(FakeSender):
        async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
            arrived.set()
            return await super().send(message, delivery, now=now, **given)

    async def both() -> None:
        wake = asyncio.create_task(deliver(sqlite_database, carriers, now=NOW, channel="hook"))
        while not deliveries(sqlite_database).get("d2-1"):
            await asyncio.sleep(0.01)
        assert (await deliver(sqlite_database, carriers, now=NOW, channel="desk")).sent == 1
        await wake

    arrived = asyncio.Event()
    post(sqlite_database, HOOK, ident="1")
    carriers = Carriers(
        senders={"hook": Hanging(), "desk": Noting()}, channels={"hook": HOOK, "desk": EMAIL}, clock=lambda: NOW
    )
    asyncio.run(both())
