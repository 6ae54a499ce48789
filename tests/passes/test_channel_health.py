"""A channel in trouble costs one probe, is reported once on another channel, and recovers by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE, SECOND
from fakes import NOW, FakeSender
from outgoing import EMAIL, HOOK, deliveries, post, run

from alerts.channels.interface import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.deciding.routing import Routing
from monitor.polling.notify_operators import report
from storage.database import Database
from storage.model import Delivery, DeliveryState, Message

SILENT = Deferred(text="connection refused")
DESK = Routing(channels={"hook": HOOK, "desk": EMAIL}, routes=(), operators=("hook", "desk"))


def told(database: Database, *, now: datetime, routing: Routing = DESK) -> list[tuple[str, str]]:
    """Seal the reports that wait and return (channel, kind) of each message."""
    with database.read() as ledger:
        before = {posting.message.id for posting in ledger.outbox.postings()}
    report(database, routing, now=now)
    with database.read() as ledger:
        messages = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    return sorted((one.channel, one.kind) for ident, one in messages.items() if ident not in before)


def trouble_of(database: Database, channel: str = "hook") -> datetime | None:
    """Return when a channel is next probed, or None if it is healthy."""
    with database.read() as ledger:
        trouble = ledger.channels.trouble(channel)
    return None if trouble is None else trouble.probe_at


def test_a_failing_channel_gets_no_attempt_for_each_new_message(database: Database) -> None:
    """New messages wait for the probe, which is a single attempt (D8)."""
    post(database, ident="1")
    sender = FakeSender(*[SILENT] * 9)
    run(database, sender)
    for number in range(2, 30):
        post(database, ident=str(number), at=NOW + SECOND)
    run(database, sender, now=NOW + 2 * SECOND)
    assert len(sender.sent) == 1
    run(database, sender, now=NOW + 10 * SECOND)
    assert len(sender.sent) == 2


def test_probes_of_a_long_queue_get_rarer_and_stay_hourly(sqlite_database: Database) -> None:
    """Each probe is another message's first attempt; the pause belongs to the channel, not to the message."""
    for number in range(100):
        post(sqlite_database, ident=str(number))
    sender, now, pauses = FakeSender(*[SILENT] * 200), NOW, []
    for _ in range(8):
        run(sqlite_database, sender, now=now)
        due = trouble_of(sqlite_database)
        assert due is not None
        pauses.append(due - now)
        now = due
    assert pauses[:3] == [4 * SECOND, 4 * MINUTE, 24 * MINUTE]
    assert pauses[4:] == [HOUR] * 4
    assert len(sender.sent) == 8


def test_the_queue_follows_a_successful_probe(sqlite_database: Database) -> None:
    """Waiting messages are sent in the same run, and the channel is healthy again."""
    for number in range(20):
        post(sqlite_database, ident=str(number))
    sender = FakeSender(SILENT)
    run(sqlite_database, sender)
    assert run(sqlite_database, sender, now=NOW + MINUTE).sent == 20
    run(sqlite_database, sender, now=NOW + HOUR)
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}
    assert trouble_of(sqlite_database) is None


def test_a_web_server_that_answers_503_is_not_asked_for_each_message(sqlite_database: Database) -> None:
    """A 5xx or 429 concerns the endpoint, and its Retry-After applies to all messages (D5)."""
    for number in range(50):
        post(sqlite_database, ident=str(number))
    overloaded = Deferred(text="HTTP 503", code=503, retry_after=2 * HOUR)
    sender = FakeSender(*[overloaded] * 50)
    run(sqlite_database, sender)
    assert len(sender.sent) == 1
    run(sqlite_database, sender, now=NOW + 2 * HOUR - SECOND)
    assert len(sender.sent) == 1


def test_greylisting_of_one_recipient_is_no_trouble_of_the_channel(sqlite_database: Database) -> None:
    """The other recipients get their mail at once (D3)."""
    post(sqlite_database, EMAIL, recipients=5)
    sender = FakeSender(Deferred(text="450 greylisted", code=450))
    assert run(sqlite_database, sender, channels=(EMAIL,)).sent == 4
    assert trouble_of(sqlite_database, "desk") is None


@pytest.mark.parametrize("answer", [Accepted(), Refused(text="550", code=550)])
def test_any_answer_about_the_message_says_that_the_channel_works(
    sqlite_database: Database, answer: Answer
) -> None:
    """A refusal of one message does not make the channel unhealthy."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(SILENT))
    run(sqlite_database, FakeSender(answer), now=NOW + MINUTE)
    assert trouble_of(sqlite_database) is None


def test_only_lasting_trouble_is_reported_on_another_channel(sqlite_database: Database) -> None:
    """It is reported after a quarter of an hour, and once more when it is over."""
    post(sqlite_database)
    sender, now = FakeSender(*[SILENT] * 6), NOW
    seen = []
    for _ in range(6):
        run(sqlite_database, sender, EMPTY, channels=(HOOK, EMAIL), now=now)
        seen.append(told(sqlite_database, now=now))
        now += HOUR
    assert seen == [[], [("desk", "channel.failing")], [], [], [], []]
    run(sqlite_database, FakeSender(), EMPTY, channels=(HOOK, EMAIL), now=now + DAY)
    assert told(sqlite_database, now=now + DAY) == [
        ("desk", "channel.recovered"),
        ("hook", "channel.recovered"),
    ]


def test_short_trouble_is_not_reported(sqlite_database: Database) -> None:
    """A restart of the other side is reported neither at its start nor at its end."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(SILENT))
    run(sqlite_database, FakeSender(), now=NOW + MINUTE)
    assert told(sqlite_database, now=NOW + MINUTE) == []


def test_a_wrong_password_is_reported_at_once(sqlite_database: Database) -> None:
    """Only the owner can fix it (D2)."""
    post(sqlite_database, EMAIL)
    run(sqlite_database, FakeSender(Blocked(text="535 wrong password", code=535)), channels=(EMAIL,))
    assert told(sqlite_database, now=NOW) == [("hook", "channel.failing")]


def test_a_dead_delivery_is_reported_on_another_channel(sqlite_database: Database) -> None:
    """Each is reported with its id and the command to replay it (D9)."""
    post(sqlite_database, EMAIL, recipients=2)
    run(sqlite_database, FakeSender(*[Refused(text="550 no such desk", code=550)] * 2), channels=(EMAIL,))
    assert told(sqlite_database, now=NOW) == [("hook", "delivery.dead")] * 2
    with sqlite_database.read() as ledger:
        bodies = [one.message.body for one in ledger.outbox.postings() if one.message.kind == "delivery.dead"]
    assert {b"d1-1" in body for body in bodies} == {True, False}
    assert all(b"no such desk" in body for body in bodies)


def test_a_dead_report_causes_no_further_report(sqlite_database: Database) -> None:
    """Two failing channels do not report each other for ever."""
    post(sqlite_database, EMAIL)
    no = Refused(text="550", code=550)
    run(sqlite_database, FakeSender(no), channels=(EMAIL,))
    assert told(sqlite_database, now=NOW) == [("hook", "delivery.dead")]
    run(sqlite_database, FakeSender(no), channels=(HOOK,))
    assert told(sqlite_database, now=NOW) == []


def test_trouble_of_the_only_channel_is_not_reported(sqlite_database: Database) -> None:
    """There is no other channel; `status` and `doctor` show the trouble."""
    post(sqlite_database, EMAIL)
    run(sqlite_database, FakeSender(Blocked(text="535", code=535)), channels=(EMAIL,))
    alone = replace(DESK, channels={"desk": EMAIL}, operators=("desk",))
    assert told(sqlite_database, now=NOW, routing=alone) == []


def test_a_message_that_breaks_its_receiver_blocks_no_other(sqlite_database: Database) -> None:
    """The message with the fewest attempts is the probe, so the others go first."""

    class Picky(FakeSender):
        async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
            taken = await super().send(message, delivery, now=now, **given)
            return Deferred(text="HTTP 500", code=500) if message.id == "m0" else taken

    post(sqlite_database, ident="0")
    for number in range(1, 10):
        post(sqlite_database, ident=str(number), at=NOW + SECOND)
    sender = Picky()
    run(sqlite_database, sender, now=NOW + SECOND)
    run(sqlite_database, sender, now=NOW + 10 * SECOND)
    assert [one.state for one in deliveries(sqlite_database).values()].count(DeliveryState.SENT) == 9


@pytest.mark.parametrize("answer", [SILENT, Unknown(text="hung up"), Blocked(text="410", probe_after=None)])
def test_a_resumed_channel_sends_everything_at_once(sqlite_database: Database, answer: Answer) -> None:
    """After `channels resume` waiting and held messages go out with the next run."""
    for number in range(9):
        post(sqlite_database, ident=str(number))
    run(sqlite_database, FakeSender(answer))
    with sqlite_database.write() as ledger:
        ledger.channels.clear("hook")
        assert ledger.channels.release("hook", now=NOW + SECOND) == 9
    assert run(sqlite_database, FakeSender(), now=NOW + SECOND).sent == 9


EMPTY = FakeSender()
