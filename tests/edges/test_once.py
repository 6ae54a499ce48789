"""One round of every pass over a real network: polite, silent at first, with every failure reported."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from shell import configure, rss, serving, spoken, storywatch

from monitor.config.load import load_settings
from monitor.service.app import ConsoleOutput
from monitor.service.once import RoundResult, run_dry, run_once
from storage.database import Database

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENT = "Police halt trial of harbour cameras"
STANDING = "Police buy a hundred new bicycles"
APART = [
    f"police {word} x{word} y{word} z{word}" for word in ("aaa", "bbb", "ccc", "ddd")
]  # events of their own
WEBHOOK = """
[[channels]]
name = "hook"
type = "webhook"
url = "{url}/hook"
[[routes]]
topics = ["*"]
channels = ["hook"]
group_wait = "0s"
"""


def once(folder: Path, now: datetime = NOW, *, backfill: bool = False) -> tuple[RoundResult, str]:
    """Run a round and return its result and output."""
    console = io.StringIO()
    settings = load_settings(folder / "storywatch.toml", environ={})
    return run_once(
        settings, now=now, console=ConsoleOutput(out=console), backfill=backfill
    ), console.getvalue()


def test_the_first_round_is_silent_and_the_second_alerts(tmp_path: Path) -> None:
    """Items of the first poll are not alerted, new ones are (F1)."""
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        first, printed = once(tmp_path)
        assert not first.failed
        assert printed == ""
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        second, printed = once(tmp_path, NOW + DAY)
    assert second.delivered.sent == 1
    assert EVENT in printed
    assert STANDING not in printed


def test_the_first_poll_of_imported_feeds_is_silent(tmp_path: Path) -> None:
    """A list imported into a watched configuration alerts only on items that appear later (F1)."""
    with serving(feed=rss(STANDING), other=rss(EVENT)) as site:
        configure(tmp_path, f"{site.url}/feed")
        once(tmp_path)
        (tmp_path / "urls").write_text(f"{site.url}/other\n", encoding="utf-8")
        assert storywatch("feeds", "import", "urls", folder=tmp_path).code == 0
        assert once(tmp_path, NOW + DAY)[1] == ""
        site.pages["/other"] = (200, rss(APART[0], EVENT))
        printed = once(tmp_path, NOW + 2 * DAY)[1]
    assert APART[0] in printed
    assert EVENT not in printed


def test_backfill_alerts_items_of_the_first_poll(tmp_path: Path) -> None:
    """It applies only if requested, and only to a first poll."""
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        _, printed = once(tmp_path, backfill=True)
        assert STANDING in printed
        _, again = once(tmp_path, NOW + DAY, backfill=True)
    assert again == ""


def test_a_round_ends_the_group_wait_of_its_stories(tmp_path: Path) -> None:
    """With cron the default wait of two minutes must not delay an alert by an hour."""
    route = '[[routes]]\ntopics = ["*"]\ngroup_wait = "1h"\n'
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed", more=route)
        once(tmp_path)
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        assert EVENT in once(tmp_path, NOW + DAY)[1]


def test_a_second_round_at_once_makes_no_request(tmp_path: Path) -> None:
    """No feed is due yet (P11)."""
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        once(tmp_path)
        ran, _ = once(tmp_path)
        assert ran.polled == ()
        assert len(site.requests) == 1


def test_a_failed_feed_is_named_and_leaves_the_others_alone(tmp_path: Path) -> None:
    """A refused connection, a missing page and a private address each fail alone."""
    with serving(feed=rss(STANDING)) as site:
        urls = [f"{site.url}/feed", f"{site.url}/missing", "http://127.0.0.1:9/feed", "http://10.0.0.1/feed"]
        configure(tmp_path, *urls)
        ran, _ = once(tmp_path)
    assert ran.failed
    assert {one.url: one.failed for one in ran.polled} == dict(
        zip(urls, [False, True, True, True], strict=True)
    )
    assert all(one.failure.error for one in ran.polled if one.failure)


def test_a_failed_delivery_is_named_and_goes_out_later(tmp_path: Path) -> None:
    """After a 503 and a 204 the webhook has one message under one id."""
    with serving(feed=rss(STANDING), hook=(503, b"asleep")) as site:
        configure(tmp_path, f"{site.url}/feed", more=WEBHOOK.format(url=site.url))
        once(tmp_path)
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        ran, _ = once(tmp_path, NOW + DAY)
        [failed] = ran.delivered.failed
        assert re.match(r"hook to hook: HTTP 503", failed)
        site.pages["/hook"] = (204, b"")
        ran, _ = once(tmp_path, NOW + DAY + timedelta(seconds=10))
        assert (ran.delivered.sent, ran.delivered.failed) == (1, ())
        assert site.requests.count("/hook") == 2


def test_one_request_at_a_time_to_a_host_and_a_pause_between(tmp_path: Path) -> None:
    """Requests for six feeds on one host never overlap and are separated by the pause (P12)."""
    pages = {f"feed{number}": rss(f"Item {number}") for number in range(6)}
    with serving(**pages) as site:
        site.slow = 0.03
        config = configure(tmp_path, *(f"{site.url}/{name}" for name in pages))
        config.write_text(config.read_text().replace('host_delay = "0s"', 'host_delay = "60ms"'))
        ran, _ = once(tmp_path)
    assert len(ran.polled) == 6
    spans = sorted(site.spans)
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    assert min(gaps) >= 0.055


def test_hosts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Six hosts are polled concurrently."""
    together = threading.Barrier(6, timeout=120)

    def wait() -> None:
        together.wait()

    with ExitStack() as stack:
        sites = [stack.enter_context(serving(feed=rss("One"))) for _ in range(6)]
        for site in sites:
            site.before = wait
        configure(tmp_path, *(f"{site.url}/feed" for site in sites))
        ran, _ = once(tmp_path)
    assert not ran.failed


def test_a_dry_run_changes_and_sends_nothing(tmp_path: Path) -> None:
    """It prints the messages, the database stays the same byte for byte, and the webhook gets nothing."""
    with serving(feed=rss(STANDING), hook=(204, b"")) as site:
        configure(tmp_path, f"{site.url}/feed", more=WEBHOOK.format(url=site.url))
        once(tmp_path)
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        before = _dump(tmp_path)
        console = io.StringIO()
        settings = load_settings(tmp_path / "storywatch.toml", environ={})
        ran = run_dry(settings, now=NOW + DAY, console=ConsoleOutput(out=console), backfill=False)
        assert ran.delivered.sent == 1
        assert EVENT in console.getvalue()
        assert _dump(tmp_path) == before
        assert "/hook" not in site.requests


def test_a_dry_run_in_a_new_folder_leaves_no_database(tmp_path: Path) -> None:
    """A dry run creates no file."""
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        settings = load_settings(tmp_path / "storywatch.toml", environ={})
        ran = run_dry(settings, now=NOW, console=ConsoleOutput(out=io.StringIO()), backfill=True)
    assert len(ran.polled) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["storywatch.toml"]


def test_a_dry_run_says_that_nothing_was_stored(tmp_path: Path) -> None:
    """The command's last line contradicts the lines on recorded items."""
    with serving(feed=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        done = spoken("once", "--dry-run", folder=tmp_path)
    assert done.err.splitlines()[-1] == "dry run: nothing was stored or sent"


def test_removing_and_returning_a_feed_keeps_its_items(tmp_path: Path) -> None:
    """It is not polled meanwhile, and its return repeats nothing."""
    with serving(feed=rss(STANDING), other=rss("Other")) as site:
        configure(tmp_path, f"{site.url}/feed")
        once(tmp_path)
        configure(tmp_path, f"{site.url}/other")
        once(tmp_path, NOW + DAY)
        assert site.requests.count("/feed") == 1
        configure(tmp_path, f"{site.url}/feed")
        assert once(tmp_path, NOW + 2 * DAY)[1] == ""


def test_a_429_quiets_the_host_for_later_rounds(tmp_path: Path) -> None:
    """After one answer none of its ten feeds is requested until the time it names (P7)."""
    pages = {f"feed{number}": (429, b"") for number in range(10)}
    with serving(**pages) as site:
        site.headers = {"Retry-After": "7200"}
        configure(tmp_path, *(f"{site.url}/{name}" for name in pages))
        once(tmp_path)
        once(tmp_path, NOW + HOUR)
        assert len(site.requests) == 1


def _dump(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "storywatch.db") as connection:
        lines = list(connection.iterdump())
    connection.close()
    return lines


def test_what_a_round_stored_can_be_read_by_the_next_process(tmp_path: Path) -> None:
    """All state is in the database."""
    with serving(feed=rss(EVENT, STANDING)) as site:
        configure(tmp_path, f"{site.url}/feed")
        once(tmp_path)
    database = Database.open(f"sqlite:///{tmp_path / 'storywatch.db'}")
    try:
        with database.read() as ledger:
            assert ledger.items.count() == 2
            assert ledger.matches.count() == 2
            assert ledger.stories.count() == 2
    finally:
        database.close()


def test_after_days_offline_one_message_names_the_gap(tmp_path: Path) -> None:
    """New items of two feeds are in one message, without those of a feed polled in time (F1b)."""
    with serving(one=rss(STANDING), two=rss(STANDING), hook=b"") as site:
        feeds = f"{site.url}/one", f"{site.url}/two"
        configure(tmp_path, *feeds, more=WEBHOOK.format(url=site.url))
        once(tmp_path)
        site.pages["/one"] = (200, rss(*APART[:2], STANDING))
        site.pages["/two"] = (200, rss(APART[2], STANDING))
        once(tmp_path, NOW + 3 * DAY)
        [told] = messages_of(tmp_path)
        assert told["type"] == "stories"
        assert len(told["data"]["stories"]) == 3
        gap = told["data"]["gap"]
        assert (gap["since"], gap["until"]) == ("2026-03-04T12:00:00Z", "2026-03-07T12:00:00Z")
        assert gap["feeds"] == 2
        site.pages["/two"] = (200, rss(APART[3], APART[2], STANDING))
        once(tmp_path, NOW + 4 * DAY + 3 * HOUR)
        assert [one["type"] for one in messages_of(tmp_path)] == ["stories", "story.new"]
        assert "gap" not in messages_of(tmp_path)[1]["data"]


def test_after_days_without_a_feed_one_message_names_it(tmp_path: Path) -> None:
    """Its items after an outage are in one message with its name, although storywatch ran (F1b)."""
    with serving(one=rss(STANDING)) as site:
        configure(tmp_path, f"{site.url}/one")
        once(tmp_path)
        site.pages["/one"] = (503, b"")
        for day in range(1, 4):
            _, printed = once(tmp_path, NOW + day * DAY)
            assert APART[0] not in printed
        site.pages["/one"] = (200, rss(*APART[:2], STANDING))
        _, printed = once(tmp_path, NOW + 5 * DAY)
    assert "2 stories in one message." in printed
    assert "Feed 1 could not be read between" in printed


def messages_of(folder: Path) -> list[dict[str, Any]]:
    """Return the bodies of all messages, the oldest first."""
    with sqlite3.connect(folder / "storywatch.db") as connection:
        rows = connection.execute("SELECT body FROM messages ORDER BY created_at").fetchall()
    return [json.loads(row[0]) for row in rows]
