"""Feeds of aggregators: each article counts for its own outlet, in whatever form the aggregator writes it (O2)."""

from __future__ import annotations

from datetime import timedelta

from builders import HOUR, NOON
from fakes import FakeFetcher, WordJudge, a_desk, a_polling, a_topic, fetched, subscribe
from newsroom import a_route, alerts_of
from rounds import poll

from alerts.alert import alert
from monitor.matching.match import Matching
from storage.database import Database
from storage.model import Story, Updates

FEED = "https://news.google.com/rss/search?q=police"
ALERTS = "https://www.google.com/alerts/feeds/1/1"
OUTLETS = ("post", "daily", "courier", "echo", "herald")
TITLE = "Police reopen the harbour bridge"


def google_news(editions: dict[str, int]) -> bytes:
    """Return a feed with the same headline of each outlet, under the ids and links of an edition."""
    items = "".join(
        f"<item><title>{TITLE} - The {name.title()}</title>"
        f"<link>https://news.google.com/rss/articles/{name}{edition}?oc=5</link>"
        f"<guid isPermaLink='false'>{name}{edition}</guid>"
        f"<description>&lt;a href='https://news.google.com/rss/articles/x{edition}'&gt;Others on this&lt;/a&gt;</description>"
        f"<source url='https://www.{name}.example'>The {name.title()}</source></item>"
        for name, edition in editions.items()
    )
    head = "<title>police - Google News</title><link>https://news.google.com/search?q=police</link>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()


def google_alerts(outlets: tuple[str, ...]) -> bytes:
    entries = "".join(
        f"<entry><id>tag:google.com,2013:googlealerts/feed:{number}</id>"
        f"<title type='html'>&lt;b&gt;Police&lt;/b&gt; reopen harbour bridge, says {name}</title>"
        f"<link href='https://www.google.com/url?rct=j&amp;url=https://www.{name}.example/a/{number}&amp;ct=ga'/>"
        f"<content type='html'>The &lt;b&gt;police&lt;/b&gt; opened it.</content></entry>"
        for number, name in enumerate(outlets)
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Alert</title>{entries}</feed>".encode()


class Watch:
    """One feed that is polled repeatedly, with every item alerted."""

    def __init__(self, database: Database, url: str) -> None:
        self.database, self.url, self.now = database, url, NOON
        self.desk = a_desk(a_route(updates=Updates.EVERY_ITEM))
        self.matching = Matching([a_topic("police")], WordJudge("police"))
        subscribe(database, url)

    def read(self, body: bytes, *, after: timedelta = 2 * HOUR) -> None:
        self.now += after
        fetcher = FakeFetcher({self.url: fetched(body=body)})
        poll(a_polling(self.database, fetcher, clock=lambda: self.now), self.now)
        self.matching.run(self.database, now=self.now)
        alert(self.database, self.desk, now=self.now)

    def story(self) -> Story:
        with self.database.read() as ledger:
            [story] = ledger.stories.since(NOON - HOUR)
        return story


def test_five_outlets_in_one_feed_of_google_news_are_five_outlets(database: Database) -> None:
    """The aggregator names them, and its own address is none of them."""
    watch = Watch(database, FEED)
    watch.read(google_news({}))
    watch.read(google_news(dict.fromkeys(OUTLETS, 1)))
    assert (watch.story().sources, watch.story().copies, watch.story().size) == (5, 5, 5)
    with database.read() as ledger:
        names = [match.item.outlet_name for match in ledger.matches.of_story(watch.story().id)]
    assert sorted(names) == [f"The {name.title()}" for name in sorted(OUTLETS)]


def test_new_ids_and_links_for_the_same_titles_are_the_same_items(database: Database) -> None:
    """Items are recognised whether all ids change or only some, and another outlet is one more item."""
    watch = Watch(database, FEED)
    watch.read(google_news({}))
    watch.read(google_news(dict.fromkeys(OUTLETS[:4], 1)))
    told = len(alerts_of(database))
    for edition in (2, 3, 4):
        watch.read(google_news(dict.fromkeys(OUTLETS[:4], edition)))
    watch.read(google_news(dict(zip(OUTLETS[:4], (4, 5, 4, 5), strict=True))))
    assert watch.story().size == 4
    assert len(alerts_of(database)) == told
    watch.read(google_news(dict.fromkeys(OUTLETS, 6)))
    assert (watch.story().sources, watch.story().size) == (5, 5)


def test_five_outlets_behind_redirects_are_five_outlets(database: Database) -> None:
    """The outlet is read from the address inside the redirect."""
    watch = Watch(database, ALERTS)
    watch.read(google_alerts(()))
    watch.read(google_alerts(OUTLETS))
    assert watch.story().sources == 5
    with database.read() as ledger:
        items = [match.item for match in ledger.matches.of_story(watch.story().id)]
    assert {item.url for item in items} == {
        f"https://www.{name}.example/a/{number}" for number, name in enumerate(OUTLETS)
    }
    assert all("<" not in item.title for item in items)


def test_an_aggregators_copy_of_an_article_is_that_article(database: Database) -> None:
    """An article known from its outlet's feed adds neither an item nor an outlet when an aggregator contains it too."""
    watch = Watch(database, ALERTS)
    own = "https://www.post.example/feed"
    subscribe(database, ALERTS, own)
    link = "https://www.post.example/a/0"
    item = f"<item><guid>{link}</guid><title>Police reopen harbour bridge</title><link>{link}</link></item>"
    head = "<title>The Post</title><link>https://www.post.example</link>"
    bodies = [
        (google_alerts(()), f"<rss version='2.0'><channel>{head}</channel></rss>".encode()),
        (google_alerts(()), f"<rss version='2.0'><channel>{head}{item}</channel></rss>".encode()),
        (google_alerts(OUTLETS[:1]), f"<rss version='2.0'><channel>{head}{item}</channel></rss>".encode()),
    ]
    for by_alerts, by_post in bodies:
        watch.now += 2 * HOUR
        answers = {ALERTS: fetched(body=by_alerts), own: fetched(body=by_post)}
        poll(a_polling(database, FakeFetcher(answers), clock=lambda: watch.now), watch.now)
        watch.matching.run(database, now=watch.now)
        alert(database, watch.desk, now=watch.now)
    assert (watch.story().sources, watch.story().size) == (1, 1)
    assert len(alerts_of(database)) == 1
