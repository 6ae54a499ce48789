"""The commands about feeds, and `status`, over a real site."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shell import rss, spoken
from watching import FIRST, LATER, Watched

from storage.database import Database
from storage.engine.errors import AlreadyRunning


def test_show_says_all_about_a_feed_in_words(polled: Watched) -> None:
    """`feeds show` has state, polls, last error and interval with reason, by address, title or a part of either."""
    shown = polled.say("feeds", "show", "Feed 1", "--now", FIRST).out
    for words in (
        "state",
        "ok",
        "a week        not known yet",
        "a first guess",
        "by answers that nothing has changed (304)",
        f"{polled.site.url}/feed",
    ):
        assert words in shown
    failing = polled.say("feeds", "show", f"{polled.site.url}/missing").out
    assert "404" in failing
    assert "failed polls" in failing
    assert polled.feed("missing")["state"] == "failing"
    assert polled.feed("feed 1")["items"] == 2


def test_an_unknown_feed_gets_a_suggestion(polled: Watched) -> None:
    """A mistyped feed is a usage error that names the most similar one."""
    ran = polled.say("feeds", "show", "Feed 11", code=2)
    assert "no feed 'Feed 11'" in ran.err
    assert "Did you mean 'Feed 1'" in ran.err
    assert "matches 2 feeds" in polled.say("feeds", "show", "feed", code=2).err


def test_a_paused_feed_is_not_polled_until_it_is_resumed(polled: Watched) -> None:
    """`pause` persists over rounds, and `resume` polls at once."""
    polled.say("feeds", "pause", "Feed 1")
    assert (polled.feed("Feed 1")["state"], polled.feed("Feed 1")["next_poll"]) == ("paused", None)
    asked = len(polled.site.requests)
    spoken("once", "--now", LATER, folder=polled.folder)
    assert "/feed" not in " ".join(polled.site.requests[asked:])
    polled.say("feeds", "resume", "Feed 1", "--now", LATER)
    spoken("once", "--now", LATER, folder=polled.folder)
    assert polled.feed("Feed 1")["last_poll"] == LATER


def test_feeds_poll_polls_one_feed(polled: Watched) -> None:
    """Only that feed is polled, whatever its interval; a failure is named and exits with 1."""
    asked = len(polled.site.requests)
    ran = spoken("feeds", "poll", "Feed 1", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    assert (ran.code, len(polled.site.requests) - asked) == (0, 1)
    assert "polled 1 feed" in ran.err
    missing = spoken("feeds", "poll", "missing", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    assert missing.code == 1
    assert "404" in missing.err


def test_beside_a_daemon_the_daemon_polls(polled: Watched) -> None:
    """Beside a daemon `feeds poll` only makes the feed due; pausing works as usual."""
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    with database.hold():
        ran = polled.say("feeds", "poll", "Feed 1", "--now", "2026-03-04T12:05:00Z")
        assert "to be polled by the running storywatch within seconds" in ran.err
        assert polled.feed("Feed 1")["next_poll"] == "2026-03-04T12:05:00Z"
        polled.say("feeds", "pause", "Feed 1")
        assert json.loads(polled.say("status", "--format", "json", code=1).out)["running"] is True
    database.close()


def test_beside_a_daemon_topics_are_muted_and_feeds_are_added(polled: Watched) -> None:
    """Both write to the database that the daemon holds (S5)."""
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    with database.hold():
        polled.say("mute", "police", "--for", "7d")
        polled.say("feeds", "add", f"{polled.site.url}/another")
        [mute] = json.loads(polled.say("mute", "--format", "json").out)
        listed = json.loads(polled.say("feeds", "list", "--format", "json").out)
    database.close()
    assert (mute["kind"], mute["target"]) == ("topic", "police")
    assert f"{polled.site.url}/another" in [feed["url"] for feed in listed]


def test_status_is_one_screen_and_an_exit_code(polled: Watched) -> None:
    """Failing feeds are named and exit with 1; `--format json` has the counts."""
    ran = polled.say("status", "--now", FIRST, code=1)
    assert len(ran.out.splitlines()) <= 24
    for words in ("running     no", "1 failing, 1 ok", "2 of them in the last 24 h", "failing: Feed 2"):
        assert words in ran.out
    counts = json.loads(polled.say("status", "--now", FIRST, "--format", "json", code=1).out)
    assert (counts["feeds"], counts["items"]) == ({"failing": 1, "ok": 1}, 2)
    polled.site.pages["/missing"] = (200, rss("Three"))
    spoken("once", "--now", LATER, folder=polled.folder)
    polled.say("status", "--now", LATER)


def test_feeds_poll_takes_failing_and_all(polled: Watched) -> None:
    """`--failing` polls feeds whose last poll failed, `--all` polls every feed, whatever its interval."""
    asked = len(polled.site.requests)
    spoken("feeds", "poll", "--failing", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    assert polled.site.requests[asked:] == ["/missing"]
    polled.site.pages["/missing"] = (200, rss("Three"))
    ran = spoken("feeds", "poll", "--all", "--now", "2026-03-04T12:06:00Z", folder=polled.folder)
    assert (ran.code, "polled 2 feeds" in ran.err) == (0, True)
    assert "give exactly one of FEED, --all and --failing" in polled.say("feeds", "poll", code=2).err


def test_commands_respect_retry_after_and_say_so(polled: Watched) -> None:
    """`feeds poll` and `check --online` name the feed and the time, and ask the others."""
    polled.site.pages["/missing"] = (503, b"")
    polled.site.headers = {"Retry-After": "7200"}
    spoken("feeds", "poll", "missing", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    asked = len(polled.site.requests)
    for words in (("missing",), ("--failing",), ("--all",)):
        ran = spoken("feeds", "poll", *words, "--now", "2026-03-04T12:06:00Z", folder=polled.folder)
        assert ran.code == 1
        assert "/missing); its server asks to wait (Retry-After), so it is polled 2026-03-04 14:" in ran.err
    assert polled.site.requests[asked:] == ["/feed"]
    paused = polled.say("feeds", "resume", "missing", "--now", "2026-03-04T12:06:00Z")
    assert "asks to wait" in paused.err
    assert "/missing" not in " ".join(polled.site.requests[asked:])


def test_check_online_asks_no_server_that_asks_to_wait(polled: Watched) -> None:
    """It names the feed; the others are asked."""
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    with database.write() as ledger:
        feed = next(one for one in ledger.feeds.subscribed() if one.url.endswith("/missing"))
        ledger.feeds.save([replace(feed, retry_at=datetime.now(UTC) + timedelta(hours=2))])
    database.close()
    asked = len(polled.site.requests)
    ran = spoken("check", "--online", folder=polled.folder)
    assert (ran.code, "1 feed of 1 answered" in ran.err) == (0, True)
    assert "asks to wait" in ran.err
    assert polled.site.requests[asked:] == ["/feed"]


def test_feeds_that_failed_by_the_configuration_are_retried_when_it_changes(watched: Watched) -> None:
    """A feed in a network that is now allowed is polled in the next round, before its interval is over."""
    allowed = watched.text()
    config = watched.folder / "storywatch.toml"
    config.write_text(allowed.replace('allow_networks = ["127.0.0.0/8"]', ""), encoding="utf-8")
    os.utime(config, (0, 0))
    assert spoken("once", "--now", FIRST, folder=watched.folder).code == 1
    assert "allow_networks" in str(watched.feed("Feed 1")["last_error"])
    config.write_text(allowed, encoding="utf-8")
    soon = datetime.fromisoformat(FIRST) + timedelta(seconds=30)
    os.utime(config, (soon.timestamp(), soon.timestamp()))
    spoken("once", "--now", "2026-03-04T12:01:00Z", folder=watched.folder)
    assert (watched.feed("Feed 1")["state"], watched.feed("Feed 1")["items"]) == ("ok", 2)


def test_an_overdue_feed_is_called_due(polled: Watched) -> None:
    """The next poll is never shown as a time in the past."""
    assert "due" in polled.say("feeds", "list", "--now", LATER).out.splitlines()[1]
    assert "next poll     due" in polled.say("feeds", "show", "Feed 1", "--now", LATER).out
    row = json.loads(polled.say("feeds", "list", "--format", "json", "--now", FIRST).out)[0]
    assert row["due"] is False


def test_the_feeds_of_a_page_are_discovered(watched: Watched) -> None:
    """Over real HTTP a page names its feeds, a feed names itself, and a page without one exits with 1."""
    rows = json.loads(
        spoken("feeds", "discover", f"{watched.site.url}/page", "--format", "json", folder=watched.folder).out
    )
    assert [(row["url"], row["title"], row["kind"]) for row in rows] == [
        (f"{watched.site.url}/feed", "News", "RSS"),
        (f"{watched.site.url}/comments.atom", "Comments", "Atom"),
    ]
    itself = spoken("feeds", "discover", f"{watched.site.url}/feed", folder=watched.folder)
    assert "this feed" in itself.out
    none = spoken("feeds", "discover", f"{watched.site.url}/nowhere", folder=watched.folder)
    assert (none.code, "404" in none.err) == (1, True)


def test_status_releases_the_lock(polled: Watched) -> None:
    """Checking for a running daemon does not keep one from starting."""
    polled.say("status", code=1)
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    try:
        with database.hold():
            pass
    except AlreadyRunning:
        pytest.fail("status kept the lock")
    finally:
        database.close()


def test_once_reports_a_failing_feed_to_the_operators(polled: Watched) -> None:
    """It is reported once when it fails lastingly and once when it recovers, in the daily message to the readers."""
    rounds = [spoken("once", "--now", f"2026-03-0{day}T12:00:00Z", folder=polled.folder) for day in (5, 6, 7)]
    assert ["feeds: 1 failing" in ran.out for ran in rounds] == [False, True, False]
    polled.site.pages["/missing"] = (200, rss("Three"))
    later = [
        spoken("once", "--now", f"2026-03-{day}T12:00:00Z", folder=polled.folder) for day in ("09", "10")
    ]
    assert ["feeds: 1 working again" in ran.out for ran in later] == [False, True]
    listed = json.loads(polled.say("alerts", "list", "--format", "json").out)
    assert [row["reason"] for row in listed] == ["feed.daily", "feed.daily"]


def test_listing_a_feed_does_not_delay_its_first_poll(watched: Watched) -> None:
    """Listing feeds by the real clock does not delay a round with an earlier `--now`."""
    watched.say("feeds", "list")
    spoken("once", "--now", FIRST, folder=watched.folder)
    assert watched.feed("Feed 1")["items"] == 2
