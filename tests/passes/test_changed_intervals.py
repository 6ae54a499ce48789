"""A lowered interval moves the polls that the former one planned, and none before the publisher allows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from builders import DAY, HOUR, MINUTE
from fakes import NOW, FakeFetcher, a_polling, fetched
from rounds import FEED, feed_of, poll
from sqlalchemy import create_engine, text

from monitor.actions.feeds.follow_intervals import owner_bounds
from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.config.load import parse_settings
from monitor.config.settings import Settings
from monitor.polling.feed_state.reschedule import rescheduled
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.feed_state.transition import PollContext
from monitor.polling.http.outcome import Failed, FailureKind, Outcome
from monitor.polling.poll_rules import Access, PollRules
from storage.database import Database
from storage.engine.migrate import SCRIPTS

SOON = 10 * MINUTE
LONG_AGO = datetime(2020, 1, 1, tzinfo=NOW.tzinfo)


def configured(polling: str = "", own: str = "", *urls: str) -> Settings:
    """Return a configuration of these feeds, each with an interval of its own if one is given."""
    line = f'interval = "{own}"' if own else ""
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\n{line}\n' for url in urls or (FEED,))
    text = f'contact = "https://example.org/bot"\n[polling]\n{polling}\n{feeds}'
    return parse_settings(text, Path("/nonexistent/storywatch.toml"), environ={})


def polled(database: Database, settings: Settings, *answers: Outcome, now: datetime = NOW) -> None:
    """Subscribe the feeds, and poll them with each of these answers; the time of the last one is `now`."""
    sync_subscriptions(database, settings, now=LONG_AGO)
    bounds = owner_bounds(settings.polling)
    access = {feed.url: Access(interval=feed.interval) for feed in settings.feeds if feed.interval}
    rules = PollRules(bounds=bounds, concurrency=50, host_delay=timedelta(0))
    for before, answer in zip(reversed(range(len(answers))), answers, strict=True):
        fetcher = FakeFetcher({feed.url: answer for feed in settings.feeds})
        poll(a_polling(database, fetcher, rules=rules, access=access), now - before * 2 * DAY)


A_FORMER_FEED = (
    "INSERT INTO feeds (url, title, current_url, host, state, failures, interval_seconds, interval_reason, last_poll, next_poll) "
    "VALUES (:url, 'T', :url, :url, 'ok', :failures, 86400, :reason, :last, :next)"
)
BODY = fetched(("a", "One"))
BUSY = fetched(*((str(number), f"Item {number}") for number in range(200)))


@pytest.mark.parametrize(
    ("before", "after", "within"),
    [
        (("", "1d"), ("", "10m"), SOON),
        (('interval = "1d"', ""), ('interval = "1d"', "10m"), SOON),
        (("", "1d"), ('interval = "10m"\nmin_interval = "10m"', ""), SOON),
        (('interval = "1d"', ""), ('interval = "10m"\nmin_interval = "10m"', ""), SOON),
        (('interval = "1d"', ""), ('max_interval = "2h"', ""), 2 * HOUR),
        (('interval = "1d"\nmax_interval = "7d"', ""), ('interval = "30m"', ""), HOUR),
    ],
)
def test_a_lowered_interval_moves_the_next_poll(
    both: Database, before: tuple[str, str], after: tuple[str, str], within: timedelta
) -> None:
    """The next poll is at most one new interval away, whether the feed's own interval or a default was lowered."""
    polled(both, configured(*before), BODY)
    assert feed_of(both).next_poll >= NOW + DAY
    sync_subscriptions(both, configured(*after), now=NOW + HOUR)
    found = feed_of(both)
    assert NOW + HOUR <= found.next_poll <= NOW + HOUR + within
    assert found.interval <= within
    sync_subscriptions(both, configured(*after), now=NOW + HOUR + MINUTE)
    assert feed_of(both) == found


def test_a_busy_feed_follows_a_lowered_minimum(sqlite_database: Database) -> None:
    """An adapted interval is computed again from the feed's items."""
    former = configured('interval = "1d"\nmin_interval = "1d"')
    polled(sqlite_database, former, BODY, BUSY, BUSY)
    sync_subscriptions(sqlite_database, configured(), now=NOW + HOUR)
    assert feed_of(sqlite_database).next_poll <= NOW + HOUR + 15 * MINUTE


@pytest.mark.parametrize(
    ("answer", "earliest"),
    [
        (fetched(("a", "One"), cache_control="max-age=21600"), NOW + 6 * HOUR),
        (Failed(kind=FailureKind.HTTP, words="busy", status=503, headers={"retry-after": "21600"}), NOW + 6 * HOUR),
        (fetched(body=BODY.body.replace(b"<item>", b"<ttl>300</ttl><item>", 1)), NOW + 5 * HOUR),
    ],
)  # fmt: skip
def test_what_the_publisher_asked_for_still_holds(
    sqlite_database: Database, answer: Outcome, earliest: datetime
) -> None:
    """Cache-Control, Retry-After and ttl of the last response are not passed over."""
    polled(sqlite_database, configured("", "1d"), BODY, answer)
    sync_subscriptions(sqlite_database, configured("", "10m"), now=NOW + HOUR)
    assert earliest <= feed_of(sqlite_database).next_poll <= earliest + HOUR


def test_a_failing_feed_waits_as_its_new_interval_says(sqlite_database: Database) -> None:
    """Three failures in a row are four intervals, of the new length."""
    down = Failed(kind=FailureKind.TIMEOUT, words="no answer")
    polled(sqlite_database, configured("", "1d"), BODY, down, down, down)
    sync_subscriptions(sqlite_database, configured("", "1h"), now=NOW + HOUR)
    assert NOW + 4 * HOUR <= feed_of(sqlite_database).next_poll <= NOW + 5 * HOUR


def test_a_raised_interval_or_none_changes_no_poll(sqlite_database: Database) -> None:
    """A planned poll is never put off, and feeds whose interval is as before stay exactly as they are."""
    polled(sqlite_database, configured("", "1h"), BODY)
    before = feed_of(sqlite_database)
    sync_subscriptions(sqlite_database, configured("", "1h"), now=NOW + MINUTE)
    assert feed_of(sqlite_database) == before
    sync_subscriptions(sqlite_database, configured("", "1d"), now=NOW + MINUTE)
    assert feed_of(sqlite_database).next_poll == before.next_poll


def test_many_feeds_are_spread_over_the_new_interval(sqlite_database: Database) -> None:
    """Feeds whose interval was lowered together do not become due together."""
    polled(sqlite_database, configured("", "1d"), BODY)
    feed = feed_of(sqlite_database)
    context = PollContext(now=NOW + HOUR, bounds=Bounds(own=SOON))
    feeds = [replace(feed, url=f"https://{number}.example/feed") for number in range(1_200)]
    due = [rescheduled(one, context).next_poll for one in feeds]
    assert max(due) <= NOW + HOUR + SOON
    assert max(Counter(moment.replace(microsecond=0) for moment in due).values()) <= 15


def test_an_upgrade_keeps_what_publishers_asked_for(ledger_url: str) -> None:
    """A lowered interval right after the upgrade does not pass over a Retry-After or a Cache-Control of before."""
    config, engine = Config(), create_engine(ledger_url)
    config.set_main_option("script_location", str(SCRIPTS))
    reasons = (
        "its response stays fresh for 1 d (Cache-Control)",
        "the server asks to wait 1 d (Retry-After)",
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0028")
        for failures, reason in enumerate((*reasons, "the configuration sets it")):
            values = {"url": f"https://{failures}.example/feed", "failures": failures, "reason": reason}
            planned = {"last": "2026-03-04 12:00:00.000000", "next": "2026-03-05 12:00:00.000000"}
            connection.execute(text(A_FORMER_FEED), values | planned)
    engine.dispose()
    database = Database.open(ledger_url)
    urls = [f"https://{number}.example/feed" for number in range(3)]
    sync_subscriptions(database, configured("", "10m", *urls), now=NOW + HOUR)
    with database.read() as ledger:
        moved = [feed.url for feed in ledger.feeds.subscribed() if feed.next_poll < NOW + DAY]
    assert moved == urls[2:]
    database.close()
