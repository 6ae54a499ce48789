"""An article of several feeds is matched, grouped and alerted once; outlets are counted, not feeds (O1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from builders import HOUR, MINUTE, NOON
from fakes import FakeFetcher, WordJudge, a_desk, a_polling, a_topic, fetched, subscribe
from newsroom import a_route, alerts_of
from rounds import poll

from alerts.alert import alert
from monitor.matching.match import Matching
from monitor.views.history.path import path_of_item, path_of_story
from monitor.views.history.stories import StoryDetail, read_story
from storage.database import Database
from storage.model import Mute, MuteKind, Updates

TOP, WORLD, LOCAL = (f"https://feeds.example/{name}" for name in ("top", "world", "local"))
WIRE = "https://wire.example/feed"
ARTICLE = "https://www.paper.example/harbour/police-bridge"
TITLE = "Police reopen the harbour bridge"

Entry = tuple[str, str, str]  # id, title, link


def a_feed(name: str, *entries: Entry, site: str = "https://paper.example/") -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{ident}</guid><title>{title}</title><link>{link}</link></item>"
        for ident, title, link in entries
    )
    head = f"<title>{name}</title><link>{site}</link>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()


OLD: Entry = ("old", "Council minutes of the spring", "https://paper.example/minutes")


class Newsroom:
    """Feeds that are polled round by round, and the resulting alerts."""

    def __init__(self, database: Database, *urls: str, updates: Updates = Updates.WHEN_IT_GROWS) -> None:
        self.database = database
        self.now = NOON
        self.desk = a_desk(a_route(updates=updates))
        self.matching = Matching([a_topic("police")], WordJudge("police"))
        self.standing = {url: [(f"{url}/old", OLD[1], f"{url}/old")] for url in urls}
        subscribe(database, *urls)
        self.round({})

    def round(self, entries: dict[str, list[Entry]], *, after: timedelta = 2 * HOUR) -> None:
        """Put these items at the top of their feeds, and run every pass."""
        for url, new in entries.items():
            self.standing[url] = [*new, *self.standing[url]]
        answers = {
            url: fetched(body=a_feed(f"Paper: {url[-5:]}", *standing))
            for url, standing in self.standing.items()
        }
        self.now += after
        poll(a_polling(self.database, FakeFetcher(answers), clock=lambda: self.now), self.now)
        self.matching.run(self.database, now=self.now)
        alert(self.database, self.desk, now=self.now)

    def story(self) -> StoryDetail:
        with self.database.read() as ledger:
            [story] = ledger.stories.since(datetime.min.replace(tzinfo=NOON.tzinfo))
            return read_story(ledger, f"s{story.id}")


def entry(ident: str = "a", title: str = TITLE, link: str = ARTICLE) -> Entry:
    return (ident, title, link)


def test_three_section_feeds_of_one_paper_are_one_outlet_and_one_article(database: Database) -> None:
    """The article is alerted once with all its feeds, and sections cause no growth."""
    room = Newsroom(database, TOP, WORLD, LOCAL, updates=Updates.EVERY_ITEM)
    links = (ARTICLE, f"{ARTICLE}?utm_source=rss", "https://m.paper.example/harbour/police-bridge#top")
    room.round(dict(zip((TOP, WORLD, LOCAL), [[entry(link=link)] for link in links], strict=True)))
    room.round({})
    story = room.story()
    assert (story.story.sources, story.story.size) == (1, 1)
    assert [set(item.feeds) for item in story.items] == [{TOP, WORLD, LOCAL}]
    assert (story.items[0].outlet, story.items[0].outlet_name) == ("paper.example", TOP)
    assert len(alerts_of(database)) == 1


def test_a_section_that_brings_the_article_later_causes_no_alert(database: Database) -> None:
    """This holds also with `updates = "every-item"`."""
    room = Newsroom(database, TOP, WORLD, updates=Updates.EVERY_ITEM)
    room.round({TOP: [entry()]})
    room.round({WORLD: [entry("b", f"{TITLE} at last")]})
    assert len(alerts_of(database)) == 1
    assert room.story().story.size == 1


def test_why_names_every_feed_of_an_article(database: Database) -> None:
    """`why` names them from either item and from the story."""
    room = Newsroom(database, TOP, WORLD)
    room.round({TOP: [entry()]})
    room.round({WORLD: [entry("b")]})
    with database.read() as ledger:
        items = [ledger.items.get(number) for number in (3, 4)]
        paths = [path_of_item(ledger, item) for item in items if item] + [path_of_story(ledger, 1)]
    assert [[step.what for step in path].count("decided") for path in paths] == [1, 1, 1]
    for path in paths:
        seen = " ".join(step.words for step in path if step.what == "seen")
        assert TOP in seen
        assert WORLD in seen


def test_an_article_matches_by_the_text_of_any_feed(database: Database) -> None:
    """If one feed has only a title, the text from the second feed is judged as well."""
    room = Newsroom(database, TOP, WORLD)
    room.round({TOP: [entry(title="Harbour bridge reopens")]})
    assert alerts_of(database) == []
    room.round({WORLD: [entry("b")]})
    assert len(alerts_of(database)) == 1


def test_the_blocks_of_a_live_page_stay_several_items(database: Database) -> None:
    """If one feed has several items with one link, the link does not identify an item of another feed."""
    room = Newsroom(database, TOP, WORLD, updates=Updates.EVERY_ITEM)
    blocks = [entry(f"b{n}", f"Police block {n} kilo{n} lima{n}", f"{ARTICLE}#block-{n}") for n in range(3)]
    room.round({TOP: blocks})
    room.round({WORLD: [entry("w", "Police mike november oscar papa")]})
    with database.read() as ledger:
        assert ledger.matches.count() == 4


def test_a_link_reused_after_a_week_is_another_article(database: Database) -> None:
    """A link that returns after a week with another title is a new article."""
    room = Newsroom(database, TOP, WORLD)
    room.round({TOP: [entry(title="Police report of the week nine")]})
    for _ in range(8):
        room.round({}, after=24 * HOUR)
    room.round({WORLD: [entry("b", "Police report of quite other things")]})
    with database.read() as ledger:
        assert ledger.matches.count() == 2


def test_items_that_link_to_the_site_itself_are_not_one_article(database: Database) -> None:
    """Some feeds link all their items to the home page."""
    room = Newsroom(database, TOP, WORLD)
    room.round({TOP: [entry(link="https://paper.example/")]})
    room.round({WORLD: [entry("b", "Police alpha bravo charlie", "https://paper.example/")]})
    with database.read() as ledger:
        assert ledger.matches.count() == 2


def test_an_article_known_before_is_no_news_in_another_feed(database: Database) -> None:
    """An article that was in a feed at its first poll stays silent when the feed of a section contains it later."""
    room = Newsroom(database, TOP, WORLD)
    database_before = alerts_of(database)
    room.standing[LOCAL] = [entry()]
    subscribe(database, TOP, WORLD, LOCAL)
    room.round({})  # the first poll of LOCAL
    room.round({})  # TOP and WORLD are read after it, without the article
    room.round({TOP: [entry("t")]})
    assert alerts_of(database) == database_before == []


def test_a_new_feed_does_not_silence_articles_of_other_feeds(database: Database) -> None:
    """An article in a new feed's first poll alerts if another feed publishes it as new."""
    room = Newsroom(database, TOP)
    room.standing[WORLD] = [entry()]
    subscribe(database, TOP, WORLD)
    body = fetched(body=a_feed("Paper: world", *room.standing[WORLD]))
    with database.write() as ledger:
        [world] = ledger.feeds.named([WORLD])
        ledger.feed_controls.make_due([world.id], now=room.now + MINUTE)
    soon = room.now + MINUTE
    poll(a_polling(database, FakeFetcher({WORLD: body}), clock=lambda: soon), soon)
    room.round({TOP: [entry("t")]})
    assert len(alerts_of(database)) == 1


def test_a_muted_feed_does_not_silence_an_article_of_another_feed(database: Database) -> None:
    """Only the item of the muted feed is held; that of the other feed is alerted."""
    room = Newsroom(database, TOP, WORLD)
    with database.write() as ledger:
        [top] = ledger.feeds.named([TOP])
        mute = Mute(kind=MuteKind.FEED, target=str(top.id), since=room.now, until=room.now + 99 * HOUR)
        ledger.mutes.add(mute)
    room.round({TOP: [entry()]})
    assert alerts_of(database) == []
    room.round({WORLD: [entry("b")]})
    assert len(alerts_of(database)) == 1
