"""A story's mails are one thread, which continues with later stories and over merges (D7)."""

from __future__ import annotations

from builders import DAY, HOUR
from fakes import NOW, a_desk
from newsroom import FEEDS, a_route, arrive, messages

from alerts.alert import alert
from monitor.actions.corrections import merge
from storage.database import Database

BAN = "Velmont bars police from harbour cameras"
STRIKE = "Police union calls strike over wages"
DESK = a_desk(a_route("desk", "hook"))


def threads(database: Database, channel: str = "desk") -> list[str | None]:
    return [one.thread for one in messages(database, channel)]


def grow(database: Database, title: str, *, now: object) -> None:
    for number in range(1, 6):
        arrive(database, title, feed=FEEDS[number], now=now)  # type: ignore[arg-type]


def test_a_continuation_is_in_the_thread_of_the_older_story(both: Database) -> None:
    """Continuations months later and their updates stay in the thread; another event has its own."""
    arrive(both, BAN)
    alert(both, DESK, now=NOW)
    later = NOW + 200 * DAY
    arrive(both, f"{BAN} for good", "Brevik hires police", now=later)
    alert(both, DESK, now=later)
    grow(both, f"{BAN} for good", now=later + HOUR)
    alert(both, DESK, now=later + HOUR)
    first, *others, last = threads(both)
    assert others.count(first) == 1
    assert (len(set(others)), last) == (2, first)


def test_a_continuation_of_a_continuation_stays_in_the_thread(ledger_: Database) -> None:
    """This holds also if the story between was never alerted on the channel."""
    moments = [NOW + number * 100 * DAY for number in range(3)]
    for now, at_first_poll in zip(moments, (False, True, False), strict=True):
        arrive(ledger_, BAN, now=now, at_first_poll=at_first_poll)
        alert(ledger_, DESK, now=now)
    assert len(threads(ledger_)) == 2
    assert len(set(threads(ledger_))) == 1


def test_a_channel_without_the_older_story_begins_a_thread(ledger_: Database) -> None:
    """A recipient who has no mail of the older story gets a new thread."""
    arrive(ledger_, BAN)
    alert(ledger_, a_desk(a_route("hook")), now=NOW)
    arrive(ledger_, f"{BAN} for good", now=NOW + 200 * DAY)
    alert(ledger_, DESK, now=NOW + 200 * DAY)
    assert len(set(threads(ledger_, "hook"))) == 1
    assert set(threads(ledger_)).isdisjoint(threads(ledger_, "hook"))


def test_a_merge_does_not_change_the_thread(both: Database) -> None:
    """The thread stays, whichever of the merged stories is older or was alerted."""
    arrive(both, STRIKE)
    alert(both, DESK, now=NOW)
    arrive(both, BAN, now=NOW + HOUR)
    alert(both, DESK, now=NOW + HOUR)
    strike, ban = threads(both)
    with both.write() as ledger:
        gone, kept = ledger.stories.get([1, 2])
        merge(ledger, kept, [gone], now=NOW + HOUR)
    grow(both, BAN, now=NOW + 2 * HOUR)
    alert(both, DESK, now=NOW + 2 * HOUR)
    assert threads(both) == [strike, ban, ban]


def test_a_merged_story_continues_the_thread_already_used(ledger_: Database) -> None:
    """If only the merged story was alerted, its thread goes on."""
    arrive(ledger_, STRIKE)
    alert(ledger_, DESK, now=NOW)
    arrive(ledger_, BAN, at_first_poll=True, now=NOW + HOUR)
    with ledger_.write() as ledger:
        gone, kept = ledger.stories.get([1, 2])
        merge(ledger, kept, [gone], now=NOW + HOUR)
    grow(ledger_, BAN, now=NOW + 2 * HOUR)
    alert(ledger_, DESK, now=NOW + 2 * HOUR)
    assert len(threads(ledger_)) == 2
    assert len(set(threads(ledger_))) == 1
