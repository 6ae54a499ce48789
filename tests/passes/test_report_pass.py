"""Reports to operators are rows, sent once by the first process that reads them, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from builders import DAY, HOUR
from fakes import NOW, FakeFetcher, a_polling, contents, fetched, subscribe
from statements import statements

from alerts.deciding.routing import Routing, is_for_people
from alerts.render.daily_message import KIND
from alerts.render.event_kind import EventKind
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import Failed, FailureKind, Fetched, Outcome
from monitor.polling.notify_operators import day_ends, report
from monitor.polling.record import Received, record
from storage.database import Database
from storage.model import Channel, FeedState
from storage.stores.reports import NewReport

FEED, OTHER = "https://example.org/feed", "https://example.net/feed"
DEAD = Failed(kind=FailureKind.DNS, words="no such name")
OOPS = Failed(kind=FailureKind.HTTP, status=500, words="the server answered 500")
FINE = fetched(("a", "One"))


def readers(**types: str) -> Routing:
    """Return the channels of a configuration without operators."""
    channels = {name: Channel(name=name, type=kind, to=("one@example.org",)) for name, kind in types.items()}
    people = tuple(name for name, channel in channels.items() if is_for_people(channel))
    return Routing(channels=channels, routes=(), operators=tuple(channels), daily=people)


def a_desk(*names: str) -> Routing:
    channels = {name: Channel(name=name, type="console") for name in names}
    return Routing(channels=channels, routes=(), operators=names)


def poll(database: Database, now: datetime, feed: Outcome, other: Outcome = FINE) -> int:
    """Poll both feeds, due or not, and run the report pass; return how many messages were sealed."""
    polling = a_polling(database, FakeFetcher({FEED: feed, OTHER: other}))
    with database.read() as ledger:
        feeds = ledger.feeds.named([FEED, OTHER])
    asyncio.run(polling.poll(feeds, now=now))
    return report(database, a_desk("desk"), now=now)


def told(database: Database) -> list[str]:
    with database.read() as ledger:
        postings = sorted(ledger.outbox.postings(), key=lambda one: one.delivery.created_at)
    return [posting.message.kind for posting in postings]


@pytest.fixture
def ledger(database: Database) -> Database:
    """A ledger with two healthy feeds."""
    subscribe(database, FEED, OTHER)
    poll(database, NOW, FINE)
    return database


def test_reports_are_sent_once(ledger: Database) -> None:
    """Running the pass again, at any time, changes nothing."""
    poll(ledger, NOW + HOUR, OOPS)
    assert poll(ledger, NOW + 2 * HOUR, OOPS) == 1
    before = contents(ledger)
    assert report(ledger, a_desk("desk"), now=NOW + 3 * HOUR) == 0
    assert contents(ledger) == before
    assert poll(ledger, NOW + 4 * HOUR, FINE) == 1
    assert told(ledger) == ["feed.failing", "feed.recovered"]


def test_every_channel_of_the_operators_gets_the_report(ledger: Database) -> None:
    """Each gets one message; without channels the reports count as sent."""
    polling = a_polling(ledger, FakeFetcher({FEED: OOPS, OTHER: OOPS}))
    for hours in (1, 2):
        asyncio.run(polling.poll(_feeds(ledger), now=NOW + hours * HOUR))
    assert report(ledger, a_desk(), now=NOW + 2 * HOUR) == 0
    assert report(ledger, a_desk("one", "two"), now=NOW + 2 * HOUR) == 0
    for hours in (3, 4):
        asyncio.run(
            a_polling(ledger, FakeFetcher({FEED: FINE, OTHER: FINE})).poll(
                _feeds(ledger), now=NOW + hours * HOUR
            )
        )
    assert report(ledger, a_desk("one", "two"), now=NOW + 5 * HOUR) == 4


def fail(database: Database, routing: Routing, *outcomes: Outcome, since: datetime) -> list[int]:
    """Poll the first feed each hour, and return how many messages were sealed each time."""
    sealed = []
    for hours, outcome in enumerate(outcomes):
        now = since + hours * HOUR
        polling = a_polling(database, FakeFetcher({FEED: outcome, OTHER: FINE}))
        asyncio.run(polling.poll(_feeds(database), now=now))
        sealed.append(report(database, routing, now=now))
    return sealed


def test_readers_get_one_message_a_day_about_feeds(ledger: Database) -> None:
    """Without operators, events of feeds wait for the next morning, but JSON channels get them at once."""
    routing = readers(desk="email", hook="webhook", screen="console")
    noon = NOW.replace(hour=12)
    assert fail(ledger, routing, OOPS, OOPS, OOPS, FINE, OOPS, OOPS, since=noon) == [0, 1, 0, 1, 0, 1]
    morning = (noon + DAY).replace(hour=8)
    assert report(ledger, routing, now=morning - HOUR / 60) == 0
    assert report(ledger, routing, now=morning) == 2
    assert report(ledger, routing, now=morning + 5 * HOUR) == 0
    with ledger.read() as reading:
        sent = {
            one.delivery.channel: one.message for one in reading.outbox.postings() if one.message.kind == KIND
        }
    assert set(sent) == {"desk", "screen"}
    assert sent["desk"].subject == "[storywatch] feeds: 1 failing, 1 working again"
    body = " ".join(sent["screen"].body.decode().split())
    assert FEED in body
    assert "the server answered 500" in body
    assert "it answered after 3 failed polls over 3 h" in body


def test_readers_get_reports_on_network_and_channels_at_once(ledger: Database) -> None:
    """Only events of feeds wait for the morning."""
    with ledger.write() as writing:
        for kind, channel in ((EventKind.CHANNEL_FAILING, "hook"), (EventKind.NETWORK_DOWN, None)):
            writing.reports.note(NewReport(kind=kind, since=NOW, channel=channel), now=NOW)
    assert report(ledger, readers(desk="email", hook="webhook"), now=NOW) == 3


def test_waiting_reports_go_to_operators_configured_since(ledger: Database) -> None:
    """A change of the configuration loses no event, and one that is over is reported by its recovery alone."""
    fail(ledger, readers(desk="email"), OOPS, OOPS, since=NOW.replace(hour=9))
    assert report(ledger, a_desk("other"), now=NOW + 2 * DAY) == 1
    with ledger.read() as reading:
        [one] = reading.outbox.postings()
    assert (one.delivery.channel, one.message.kind) == ("other", KIND)


@pytest.mark.parametrize(
    ("noted", "told_at"),
    [
        ("2026-03-28T07:59:00+01:00", "2026-03-28T08:00:00+01:00"),
        ("2026-03-28T08:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_the_day_ends_in_the_readers_morning(noted: str, told_at: str) -> None:
    """The daily message is sent in the local morning, also when the clocks change."""
    ends = day_ends(datetime.fromisoformat(noted), ZoneInfo("Europe/Berlin"))
    assert ends == datetime.fromisoformat(told_at)


def test_a_network_outage_is_reported_instead_of_its_feeds(ledger: Database) -> None:
    """It is reported once when it begins and once when it ends, and backed-off feeds become due."""
    for hours in range(1, 30):
        poll(ledger, NOW + hours * HOUR, DEAD, DEAD)
    assert told(ledger) == ["network.down"]
    with ledger.read() as reading:
        assert reading.feed_controls.overview(now=NOW).network_down_since == NOW + HOUR
    polling = a_polling(ledger, FakeFetcher({FEED: FINE}))
    asyncio.run(polling.poll([feed for feed in _feeds(ledger) if feed.url == FEED], now=NOW + 31 * HOUR))
    report(ledger, a_desk("desk"), now=NOW + 31 * HOUR)
    assert told(ledger) == ["network.down", "network.up"]
    with ledger.read() as reading:
        assert [feed.url for feed in reading.feeds.due(now=NOW + 31 * HOUR, limit=9)] == [OTHER]


@pytest.mark.parametrize(
    ("other", "reported"), [(DEAD, ["network.down"]), (OOPS, ["feed.failing"]), (FINE, ["feed.failing"])]
)
def test_the_next_feed_decides_whether_the_network_is_down(
    ledger: Database, other: Outcome, reported: list[str]
) -> None:
    """A feed without any answer is not reported as failing before another feed was polled."""
    polling = a_polling(ledger, FakeFetcher({FEED: DEAD}))
    for hours in range(1, 5):
        now = NOW + hours * HOUR
        asyncio.run(polling.poll([feed for feed in _feeds(ledger) if feed.url == FEED], now=now))
        report(ledger, a_desk("desk"), now=now)
    assert told(ledger) == []
    poll(ledger, NOW + 5 * HOUR, DEAD, other)
    assert told(ledger) == reported


def test_what_can_be_reached_is_counted_once_in_a_pass(ledger: Database) -> None:
    """The suspicion and the waiting reports are judged by the same counts."""
    polling = a_polling(ledger, FakeFetcher({FEED: DEAD}))
    for hours in range(1, 4):
        now = NOW + hours * HOUR
        asyncio.run(polling.poll([feed for feed in _feeds(ledger) if feed.url == FEED], now=now))
    with statements(ledger) as executed:
        assert report(ledger, a_desk("desk"), now=now) == 0
    assert len([one for one in executed if "max(CASE" in one]) == 1


def test_a_feed_that_failed_before_is_no_sign_of_an_outage(ledger: Database) -> None:
    """If one feed is failing and the other fails too, these are two feed failures."""
    for hours in range(1, 4):
        poll(ledger, NOW + hours * HOUR, DEAD)
    for hours in range(4, 7):
        poll(ledger, NOW + hours * HOUR, DEAD, DEAD)
    assert told(ledger) == ["feed.failing", "feed.failing"]


def test_a_poll_rolled_back_reports_nothing(ledger: Database) -> None:
    """Reports are part of the poll's transaction."""
    before = contents(ledger)
    with pytest.raises(RuntimeError), ledger.write() as writing:
        [feed] = writing.feeds.named([FEED])
        received = Received(feed=feed, outcome=OOPS, read=None, bounds=Bounds())
        record(writing, [received], now=NOW + DAY, backfill=False)
        raise RuntimeError
    assert contents(ledger) == before


def test_a_paused_feed_stays_paused_though_a_poll_was_under_way(ledger: Database) -> None:
    """A pause during a poll is not overwritten by the poll's result."""
    [feed, _] = _feeds(ledger)
    with ledger.write() as writing:
        writing.feed_controls.pause(feed.id)
    with ledger.write() as writing:
        writing.feeds.save([feed])
    assert _feeds(ledger)[0].state is FeedState.PAUSED
    with ledger.write() as writing:
        writing.feed_controls.resume(feed.id, now=NOW + DAY)
    assert (_feeds(ledger)[0].state, _feeds(ledger)[0].next_poll) == (FeedState.OK, NOW + DAY)


def test_the_overview_counts_on_both_databases(ledger: Database) -> None:
    """Feeds by state, items and waiting work are counted alike."""
    poll(ledger, NOW + HOUR, OOPS)
    with ledger.read() as reading:
        seen = reading.feed_controls.overview(now=NOW + 2 * HOUR)
    assert (seen.feeds, seen.items, seen.unmatched) == ({"failing": 1, "ok": 1}, 2, 2)
    assert seen.last_poll == NOW + HOUR


def _feeds(database: Database) -> list:  # type: ignore[type-arg]
    with database.read() as ledger:
        return ledger.feeds.named([FEED, OTHER])


def test_a_document_of_rewritten_slugs_is_republished(ledger: Database) -> None:
    """Items whose slug and title changed are recognised by the number in their URL (P19)."""

    def article(slug: str, title: str) -> Fetched:
        link = f"https://example.org/news/story14883-{slug}"
        item = f"<item><title>{title}</title><link>{link}</link></item>"
        return fetched(body=f"<rss version='2.0'><channel><title>Feed</title>{item}</channel></rss>".encode())

    poll(ledger, NOW + HOUR, article("college-recovers-from-attack", "College recovers from malware attack"))
    polling = a_polling(
        ledger,
        FakeFetcher({FEED: article("college-responds-to-attack", "College responds to malware attack")}),
    )
    [polled] = asyncio.run(
        polling.poll([feed for feed in _feeds(ledger) if feed.url == FEED], now=NOW + 2 * HOUR)
    )
    assert [str(noted.seen) for noted in polled.noted] == ["republished"]


def test_what_a_clock_that_was_ahead_noted_does_not_wait_for_that_day(ledger: Database) -> None:
    """Nobody waits nine years for the message of the day."""
    routing = readers(desk="email")
    fail(ledger, routing, OOPS, OOPS, since=NOW + 3_000 * DAY)
    assert report(ledger, routing, now=NOW + DAY) == 1
