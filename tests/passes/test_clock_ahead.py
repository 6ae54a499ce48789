"""After a clock that was ahead, nothing waits for the time it showed."""

from __future__ import annotations

from datetime import timedelta

from builders import DAY, HOUR, MINUTE
from fakes import NOW, fetched, subscribe
from outgoing import only, post
from rounds import feed_of, poll_once

from storage.database import Database
from storage.model import ChannelTrouble, Mute, MuteKind
from storage.stores.clock_ahead import LongestWaits
from storage.stores.digests import DigestTurn

FEED = "https://example.org/feed"
AHEAD = NOW + timedelta(days=3_650)
LONGEST = LongestWaits(poll=14 * DAY, quiet=8 * DAY)


def pull_back(database: Database, *, longest: LongestWaits = LONGEST) -> dict[str, int]:
    with database.write() as ledger:
        return ledger.clock_ahead.pull_back(now=NOW, clock=NOW, longest=longest)


def test_a_feed_polled_years_ahead_is_due_again_once(database: Database) -> None:
    """Its due time and its last poll are moved back to the present, and a second check changes nothing."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", "One")), AHEAD)
    assert pull_back(database) == {"feeds": 1}
    feed = feed_of(database)
    assert (feed.next_poll, feed.last_poll, feed.first_success) == (NOW, NOW, NOW)
    assert pull_back(database) == {}


def test_a_clock_a_little_ahead_keeps_the_wait_between_two_polls(database: Database) -> None:
    """A wait requested by the server still applies."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", "One")), NOW + 10 * MINUTE)
    before = feed_of(database)
    assert before.last_poll is not None
    assert pull_back(database) == {"feeds": 1}
    assert feed_of(database).next_poll == NOW + (before.next_poll - before.last_poll)


def test_plausible_times_are_kept(database: Database) -> None:
    """Waits of days, mutes of years and throttled hosts are no sign of a wrong clock."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", "One")), NOW)
    with database.write() as ledger:
        ledger.feeds.quiet_host("example.org:443", until=NOW + 7 * DAY)
        ledger.mutes.add(Mute(kind=MuteKind.TOPIC, target="x", since=NOW, until=NOW + 900 * DAY))
        ledger.channels.note(
            ChannelTrouble(channel="desk", since=NOW - DAY, failures=9, probe_at=NOW + 5 * HOUR, error="down")
        )
        ledger.digests.schedule(DigestTurn(route="r", next_at=NOW + 300 * DAY, reported_until=NOW - DAY))
    assert pull_back(database) == {}


def test_hosts_channels_mutes_and_digests_are_moved_back(database: Database) -> None:
    """A mute keeps its length, and a channel that waits for its owner goes on waiting."""
    with database.write() as ledger:
        ledger.feeds.quiet_host("example.org:443", until=AHEAD)
        ledger.mutes.add(Mute(kind=MuteKind.TOPIC, target="x", since=AHEAD, until=AHEAD + HOUR))
        for name, probe_at in (("hook", AHEAD + HOUR), ("desk", None)):
            ledger.channels.note(
                ChannelTrouble(channel=name, since=AHEAD, failures=1, probe_at=probe_at, error="down")
            )
        ledger.digests.schedule(DigestTurn(route="r", next_at=AHEAD + DAY, reported_until=AHEAD))
    assert pull_back(database) == {"hosts": 1, "channels": 1, "mutes": 1, "digests": 1}
    with database.read() as ledger:
        assert not ledger.feeds.is_quiet("example.org:443", now=NOW)
        assert [mute.until for mute in ledger.mutes.active(now=NOW)] == [NOW + HOUR]
        probes = {name: trouble.probe_at for name, trouble in ledger.channels.troubles().items()}
        turn = ledger.digests.turn("r")
    assert probes == {"hook": NOW, "desk": None}
    assert turn is not None
    assert turn.reported_until == NOW


def test_a_delivery_retried_years_ahead_is_sent_now(sqlite_database: Database) -> None:
    """The time of its next attempt came from the wrong clock."""
    post(sqlite_database, at=AHEAD)
    assert pull_back(sqlite_database) == {"deliveries": 1}
    assert only(sqlite_database).next_at == NOW
