"""Control feeds show what the other feeds miss: they are matched and grouped, and never alert alone (O4)."""

from __future__ import annotations

import json

from builders import HOUR, MINUTE, NOON
from fakes import NOW, WordJudge, a_desk, a_topic, store, subscribe
from newsroom import a_route, alerts_of, silences

from alerts.alert import alert
from alerts.coverage import read_coverage
from alerts.digest import collect
from alerts.render.digest_message import digest_html, digest_json, digest_markdown, digest_text, render_digest
from alerts.render.formats.ansi import PLAIN
from monitor.actions.feeds.find_outlet_feeds import outlets_to_search
from monitor.matching.match import Matching
from storage.database import Database
from storage.model import MessageForm, Updates
from storage.model.covered import CoverageReport
from storage.stores.feeds import Subscription

OWN, CONTROL = "https://post.example/feed", "https://aggregator.example/feed"
TITLE = "Police reopen the harbour bridge"


def watch(database: Database) -> None:
    subscriptions = [
        Subscription(url=url, title=url, host=url, access_hash=None, interval=HOUR, control=url == CONTROL)
        for url in (OWN, CONTROL)
    ]
    with database.write() as ledger:
        ledger.feeds.subscribe(subscriptions, now=NOON)


def arrive(database: Database, feed: str, *, url: str, after: int = 0, title: str = TITLE) -> None:
    at = NOW + after * MINUTE
    store(database, title, feed=feed, url=url, now=at)
    Matching([a_topic("police")], WordJudge("police")).run(database, now=at)
    alert(database, a_desk(a_route(updates=Updates.EVERY_ITEM)), now=at)


def test_a_control_feed_never_alerts_alone(database: Database) -> None:
    """Its items are silent with that reason."""
    watch(database)
    arrive(database, CONTROL, url="https://daily.example/a")
    assert alerts_of(database) == []
    assert set(silences(database).values()) == {"control-feed"}


def test_a_story_is_alerted_when_another_feed_brings_it(database: Database) -> None:
    """The alert has the other feeds' items, and items of control feeds cause no growth."""
    watch(database)
    arrive(database, CONTROL, url="https://daily.example/a")
    arrive(database, OWN, url="https://post.example/a", after=30)
    [told] = alerts_of(database)
    assert (told.sources, len(told.match_ids)) == (1, 1)
    for number in range(4):
        arrive(database, CONTROL, url=f"https://paper{number}.example/a", after=40 + number)
    assert len(alerts_of(database)) == 1


def test_an_article_that_another_feed_brings_too_is_alerted(database: Database) -> None:
    """The control feed had it first, and the other feed's item is the same article."""
    watch(database)
    arrive(database, CONTROL, url="https://post.example/a")
    arrive(database, OWN, url="https://www.post.example/a?utm_source=rss", after=30)
    assert len(alerts_of(database)) == 1


def read(database: Database) -> CoverageReport:
    with database.read() as ledger:
        return read_coverage(ledger, since=NOW - HOUR, until=NOW + 24 * HOUR)


def test_coverage_names_missed_stories_and_their_outlets(database: Database) -> None:
    """A story that only a control feed carried is missed."""
    watch(database)
    arrive(database, CONTROL, url="https://daily.example/a", title="Police alpha bravo charlie")
    arrive(database, CONTROL, url="https://post.example/b", title="Police delta echo foxtrot")
    arrive(database, OWN, url="https://post.example/b", title="Police delta echo foxtrot", after=90)
    found = read(database)
    assert (found.stories, found.control_feeds) == (2, 1)
    assert [one.story.title for one in found.missed] == ["Police alpha bravo charlie"]
    assert [(one.id, one.stories, one.feeds) for one in found.outlets] == [("daily.example", 1, None)]


def test_coverage_says_how_many_hours_each_feed_came_after_the_first(database: Database) -> None:
    """This includes feeds that brought the same article as a control feed."""
    watch(database)
    arrive(database, CONTROL, url="https://post.example/b")
    arrive(database, OWN, url="https://post.example/b", after=90)
    arrive(database, OWN, url="https://post.example/c", title="Police golf hotel india", after=95)
    [own] = read(database).feeds
    assert (own.stories, own.first, own.hours_after) == (2, 1, 0.8)


def test_items_of_a_first_poll_do_not_count_for_coverage(database: Database) -> None:
    """They were published before the feed was polled."""
    watch(database)
    store(database, TITLE, feed=CONTROL, url="https://daily.example/a", at_first_poll=True)
    Matching([a_topic("police")], WordJudge("police")).run(database, now=NOW)
    found = read(database)
    assert (found.stories, found.missed) == (0, ())


def test_an_outlets_feeds_are_searched_once(database: Database) -> None:
    """The result is stored, also an empty one; platforms and hosts are not searched."""
    watch(database)
    for number, url in enumerate(
        ("https://daily.example/a", "https://x.com/bob/status/1", "http://192.0.2.7:8000/a")
    ):
        arrive(database, CONTROL, url=url, title=f"Police {'kilo' * (number + 1)} lima{number} mike{number}")
    assert outlets_to_search(read(database).outlets) == ["daily.example"]
    with database.write() as ledger:
        ledger.coverage.note_found("daily.example", ["https://daily.example/feed"], now=NOW)
    found = read(database).outlets
    assert outlets_to_search(found) == []
    assert {one.id: one.feeds for one in found}["daily.example"] == ("https://daily.example/feed",)


def test_a_digest_lists_missed_stories_separately(database: Database) -> None:
    """They are not among the digest's stories, and every format has them."""
    watch(database)
    arrive(database, CONTROL, url="https://daily.example/a", title="Police alpha bravo charlie")
    arrive(database, CONTROL, url="https://post.example/b", title="Police delta echo foxtrot")
    arrive(database, OWN, url="https://post.example/b", title="Police delta echo foxtrot", after=90)
    with database.read() as ledger:
        told = collect(ledger, since=NOW - HOUR, until=NOW + 3 * HOUR)
    assert [news.story.title for news in told.stories] == ["Police delta echo foxtrot"]
    text = digest_text(told, width=80, style=PLAIN)
    _, heading, missed = text.partition("In none of your feeds")
    assert heading
    assert "Police alpha bravo charlie" in missed
    assert "daily.example" in missed
    assert "1.5" in missed
    for rendered in (digest_markdown(told), digest_html(told).decode()):
        assert "Police alpha bravo charlie" in rendered
    [body] = [json.loads(one.body) for one in render_digest(told, form=MessageForm.JSON, now=NOW)]
    assert [one["title"] for one in body["data"]["coverage"]["missed"]] == ["Police alpha bravo charlie"]


def test_without_control_feeds_a_digest_says_nothing_of_coverage(database: Database) -> None:
    """The digest is unchanged."""
    subscribe(database, OWN)
    arrive(database, OWN, url="https://post.example/b")
    with database.read() as ledger:
        told = collect(ledger, since=NOW - HOUR, until=NOW + HOUR)
    assert told.coverage is None
    assert b"coverage" not in digest_json(told)
