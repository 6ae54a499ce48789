"""The headline of a story links to an outlet's own article where an aggregator has the same headline (O2)."""

from __future__ import annotations

import pytest
from builders import HOUR
from fakes import FakeFetcher, a_polling, fetched, subscribe
from rounds import poll
from test_aggregated import FEED, TITLE, Watch, google_news

from alerts.alert import alert
from monitor.actions.corrections import split_story
from storage.database import Database

OWN = "https://www.gazette.example/feed"
ARTICLE = "https://www.gazette.example/bridge"


def gazette(title: str = "") -> bytes:
    """Return the feed of an outlet, with one article if it has a title."""
    item = f"<item><title>{title}</title><link>{ARTICLE}</link><guid>{ARTICLE}</guid></item>" if title else ""
    head = "<title>The Gazette</title><link>https://www.gazette.example</link>"
    return f"<rss version='2.0'><channel>{head}{item}</channel></rss>".encode()


def read(watch: Watch, aggregated: bytes, own: bytes) -> None:
    """Poll both feeds, group and alert."""
    watch.now += 2 * HOUR
    answers = {FEED: fetched(body=aggregated), OWN: fetched(body=own)}
    poll(a_polling(watch.database, FakeFetcher(answers), clock=lambda: watch.now), watch.now)
    watch.matching.run(watch.database, now=watch.now)
    alert(watch.database, watch.desk, now=watch.now)


@pytest.fixture
def watch(both: Database) -> Watch:
    watch = Watch(both, FEED)
    subscribe(both, FEED, OWN)
    read(watch, google_news({}), gazette())
    return watch


def test_an_outlets_own_article_is_the_headline(watch: Watch) -> None:
    """Even if the aggregator was first, or brought more items with this headline."""
    read(watch, google_news({"post": 1, "daily": 1}), gazette())
    assert "news.google.com" in str(watch.story().url)
    read(watch, google_news({"post": 1, "daily": 1, "echo": 1}), gazette(TITLE.upper()))
    assert (watch.story().url, watch.story().size) == (ARTICLE, 4)
    read(watch, google_news({"post": 1, "daily": 1, "echo": 1, "herald": 1}), gazette(TITLE.upper()))
    assert (watch.story().url, watch.story().size) == (ARTICLE, 5)


def test_of_one_round_too(watch: Watch) -> None:
    """Items that join in one transaction are compared like earlier ones."""
    read(watch, google_news({"post": 1, "daily": 1}), gazette(TITLE))
    assert watch.story().url == ARTICLE


def test_another_headline_of_an_outlet_is_no_substitute(watch: Watch) -> None:
    """The most central item stays the headline, with the link it has."""
    other = "Police say the harbour bridge will reopen, but a week late"
    read(watch, google_news({"post": 1, "daily": 1}), gazette(other))
    assert "news.google.com" in str(watch.story().url)


def test_a_correction_keeps_the_rule(watch: Watch) -> None:
    """The headline of a story that was split is chosen in the same way."""
    read(watch, google_news({"post": 1, "daily": 1}), gazette(TITLE))
    with watch.database.read() as ledger:
        items = [match.item for match in ledger.matches.of_story(watch.story().id)]
    by_post = next(item for item in items if "/post" in str(item.url))
    done = split_story(watch.database, f"s{watch.story().id}", [f"i{by_post.id}"], now=watch.now)
    assert (done.rest.url, done.rest.size) == (ARTICLE, 2)
