"""A sitemap index is one feed: its newest sitemaps are polled for it, a few at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, FakeFetcher, a_polling, subscribe
from rounds import feed_of, poll, waiting
from sitemaps import child, entry, index, sitemap

from monitor.polling.http.outcome import Fetched, FetchRequest, NotModified, Outcome
from monitor.polling.poll import Polling
from monitor.polling.record import Polled
from storage.database import Database
from storage.model import FeedKind, FeedState, Validators

INDEX = "https://tide.example/index.xml"
FIRST, SECOND = "https://tide.example/news-1.xml", "https://tide.example/news-2.xml"


def body(text: str, url: str = INDEX, etag: str | None = None) -> Fetched:
    return Fetched(body=text.encode(), url=url, status=200, validators=Validators(etag=etag), headers={})


def ago(span: timedelta, now: datetime = NOW) -> str:
    return (now - span).isoformat()


class Site(FakeFetcher):
    """A site of changeable documents, which answers 304 to a current ETag."""

    def __init__(self, **documents: str) -> None:
        super().__init__({})
        self.documents: dict[str, str] = {}
        self.put(**documents)

    def put(self, **documents: str) -> None:
        names = {"index": INDEX, "first": FIRST, "second": SECOND}
        for name, text in documents.items():
            url = names.get(name, name)
            self.documents[url] = text
            self.answers[url] = body(text, url, etag=f'"{hash(text)}"')

    async def fetch(self, request: FetchRequest) -> Outcome:
        answer = await super().fetch(request)
        if isinstance(answer, Fetched) and answer.validators.etag == request.validators.etag:
            return NotModified(validators=answer.validators, url=request.url, headers={})
        return answer

    @property
    def asked(self) -> list[str]:
        """The URLs requested since the last call."""
        asked = [request.url for request in self.requests]
        self.requests.clear()
        return asked


def round_of(database: Database, site: Site, now: datetime = NOW) -> list[Polled]:
    """Poll until nothing is due, as `once` does in a new process."""
    polling: Polling = a_polling(database, site)
    polled = []
    while batch := poll(polling, now):
        polled += batch
    return polled


def titles(database: Database) -> set[tuple[str, bool]]:
    return set(waiting(database))


def test_one_round_reads_an_index_and_the_newest_of_its_sitemaps(database: Database) -> None:
    """Their items belong to the index, which is one feed, and are silent at its first poll."""
    site = Site(
        index=index(child(FIRST, ago(HOUR)), child(SECOND, ago(2 * HOUR))),
        first=sitemap(entry("/a", "Ferry")),
        second=sitemap(entry("/b", "Harbour")),
    )
    subscribe(database, INDEX)
    round_of(database, site)
    assert site.asked == [INDEX, FIRST, SECOND]
    assert titles(database) == {("Ferry", True), ("Harbour", True)}
    with database.read() as ledger:
        [feed] = ledger.feeds.subscribed()
        overview = ledger.feed_controls.overview(now=NOW)
    assert (feed.kind, feed.items, feed.state) == (FeedKind.SITEMAP_INDEX, 2, FeedState.OK)
    assert overview.feeds == {"ok": 1}


def test_later_items_of_a_sitemap_are_new(database: Database) -> None:
    """This holds for known and new sitemaps, but an item that moves between them is known."""
    site = Site(index=index(child(FIRST)), first=sitemap(entry("/a", "Ferry")))
    subscribe(database, INDEX)
    round_of(database, site)
    site.put(
        index=index(child(FIRST), child(SECOND)),
        first=sitemap(entry("/c", "Lighthouse")),
        second=sitemap(entry("/d", "Quay"), entry("/a", "Ferry")),
    )
    round_of(database, site, NOW + 3 * HOUR)
    assert titles(database) == {("Ferry", True), ("Lighthouse", False), ("Quay", False)}


def test_each_sitemap_has_its_own_validators(sqlite_database: Database) -> None:
    """An unchanged sitemap answers 304 even if others changed."""
    site = Site(index=index(child(FIRST), child(SECOND)), first=sitemap(entry("/a", "A")), second=sitemap())
    subscribe(sqlite_database, INDEX)
    round_of(sqlite_database, site)
    site.put(second=sitemap(entry("/b", "B")))
    polled = round_of(sqlite_database, site, NOW + 3 * HOUR)
    assert len(site.requests) == 2 + 1 + 3
    assert [request.validators.etag is not None for request in site.requests[3:]] == [True] * 3
    assert sum(one.fresh for one in polled) == 1


def test_an_old_sitemap_is_polled_when_its_index_says_that_it_changed(sqlite_database: Database) -> None:
    """Otherwise it is requested once a day at most."""
    site = Site(
        index=index(child(FIRST, ago(HOUR)), child(SECOND, ago(2 * DAY))),
        first=sitemap(entry("/a", "A")),
        second=sitemap(entry("/b", "B")),
    )
    subscribe(sqlite_database, INDEX)
    round_of(sqlite_database, site)
    assert site.asked == [INDEX, FIRST, SECOND]
    later = NOW + 50 * MINUTE
    changed = index(child(FIRST, ago(HOUR)), child(SECOND, ago(MINUTE, later)))
    with sqlite_database.write() as ledger:
        ledger.feed_controls.make_due([feed.id for feed in ledger.feeds.subscribed()], now=later)
    site.put(index=changed, second=sitemap(entry("/c", "C")))
    round_of(sqlite_database, site, later)
    assert SECOND in site.asked
    assert ("C", False) in titles(sqlite_database)


def test_an_archive_is_never_read_whole(sqlite_database: Database) -> None:
    """Of 2,000 daily sitemaps only the newest few are requested, in any order and in later rounds too."""
    days = [NOW - DAY * number for number in range(2_000)]
    urls = [f"https://tide.example/{day:%Y-%m-%d}.xml" for day in days]
    site = Site(
        index=index(*reversed([child(url, f"{day:%Y-%m-%d}") for url, day in zip(urls, days, strict=True)])),
        **{url: sitemap(entry(f"/{number}", f"Title {number}")) for number, url in enumerate(urls[:9])},
    )
    subscribe(sqlite_database, INDEX)
    for hours in range(0, 48, 4):
        round_of(sqlite_database, site, NOW + HOUR * hours)
    assert set(site.asked) - {INDEX} <= set(urls[:4])
    assert urls[0] in {feed.url for feed in children(sqlite_database)}


def children(database: Database) -> list:
    with database.read() as ledger:
        return ledger.sitemap_children.of(feed_of(database, INDEX).id)


def test_a_sitemap_that_is_listed_no_more_is_forgotten(database: Database) -> None:
    """Its items stay, and it is not polled."""
    days = [f"https://tide.example/day-{number}.xml" for number in range(5)]
    documents = {url: sitemap(entry(f"/{number}", f"Title {number}")) for number, url in enumerate(days)}
    site = Site(index=index(child(days[0])), **documents)
    subscribe(database, INDEX)
    for number, url in enumerate(days):
        site.put(index=index(child(url)))
        round_of(database, site, NOW + number * DAY)
        assert [feed.url for feed in children(database)] == [url]
    assert site.asked.count(days[0]) <= 2, "once more in the round that finds the index changed"
    with database.read() as ledger:
        assert len(ledger.feeds.named(days)) <= 3
        assert ledger.items.count() == len(days)


def test_sitemaps_without_news_are_not_polled_again(sqlite_database: Database) -> None:
    """An index with no other sitemaps is refused with the reason."""
    plain = "<urlset><url><loc>https://tide.example/about</loc></url></urlset>"
    site = Site(index=index(child(FIRST), child(SECOND)), first=sitemap(entry("/a", "A")), second=plain)
    subscribe(sqlite_database, INDEX)
    assert not any(one.failed for one in round_of(sqlite_database, site))
    site.put(index=index(child(SECOND), child(FIRST), ""), first=sitemap(entry("/b", "B")))
    round_of(sqlite_database, site, NOW + 3 * HOUR)
    assert site.asked.count(SECOND) == 1
    site.put(index=index(child(SECOND)))
    [refused] = [one for one in round_of(sqlite_database, site, NOW + 6 * HOUR) if one.failed]
    assert refused.feed.url == INDEX
    assert "no news entries" in str(refused.feed.last_error)
    again = round_of(sqlite_database, site, NOW + 9 * HOUR)
    assert all(one.failed for one in again)


def test_an_index_of_plain_sitemaps_is_refused_in_the_round_that_adds_it(sqlite_database: Database) -> None:
    """The person who adds it gets the reason at once."""
    plain = "<urlset><url><loc>https://tide.example/about</loc></url></urlset>"
    site = Site(index=index(child(FIRST), child(SECOND)), first=plain, second=index(child(FIRST)))
    subscribe(sqlite_database, INDEX)
    failed = [one.feed for one in round_of(sqlite_database, site) if one.failed]
    assert [(feed.url, feed.error_kind) for feed in failed] == [(INDEX, "no-news")]
    assert "none of 2 sitemaps" in str(failed[0].last_error)


@pytest.mark.parametrize(
    "listed", [INDEX, "https://other.example/news.xml", "http://[broken/", "", "javascript:alert(1)"]
)
def test_an_index_without_allowed_sitemaps_is_refused(sqlite_database: Database, listed: str) -> None:
    """The index itself, other sites and invalid URLs are never requested."""
    site = Site(index=index(child(listed)))
    subscribe(sqlite_database, INDEX)
    [polled] = round_of(sqlite_database, site)
    assert polled.failed
    assert site.asked == [INDEX]


def test_an_index_may_be_empty_and_may_become_a_sitemap(sqlite_database: Database) -> None:
    """Each poll looks at the root element."""
    site = Site(index=index(child(FIRST)), first=sitemap(entry("/a", "A")))
    subscribe(sqlite_database, INDEX)
    round_of(sqlite_database, site)
    site.put(index=index())
    assert not any(one.failed for one in round_of(sqlite_database, site, NOW + 3 * HOUR))
    site.put(index=sitemap(entry("/b", "B")))
    round_of(sqlite_database, site, NOW + 6 * HOUR)
    assert titles(sqlite_database) == {("A", True), ("B", False)}
    assert feed_of(sqlite_database, INDEX).kind is FeedKind.SITEMAP
    assert children(sqlite_database) == []


def test_a_paused_or_removed_index_takes_its_sitemaps_along(database: Database) -> None:
    """Its sitemaps are not polled either."""
    site = Site(index=index(child(FIRST)), first=sitemap(entry("/a", "A")))
    subscribe(database, INDEX)
    round_of(database, site)
    with database.write() as ledger:
        ledger.feed_controls.pause(feed_of(database, INDEX).id)
    assert site.asked
    assert round_of(database, site, NOW + DAY) == []
    with database.write() as ledger:
        ledger.feed_controls.resume(feed_of(database, INDEX).id, now=NOW + DAY)
    round_of(database, site, NOW + DAY)
    assert set(site.asked) == {INDEX, FIRST}
    subscribe(database)
    assert round_of(database, site, NOW + 3 * DAY) == []


def test_a_sitemap_can_be_subscribed_by_itself_as_well(database: Database) -> None:
    """It is then a feed of its own, silent at its first poll, and the index skips it."""
    site = Site(index=index(child(FIRST), child(SECOND)), first=sitemap(entry("/a", "A")), second=sitemap())
    subscribe(database, INDEX)
    round_of(database, site)
    subscribe(database, INDEX, FIRST)
    round_of(database, site, NOW + 3 * HOUR)
    assert titles(database) == {("A", True)}
    with database.read() as ledger:
        assert {feed.url: feed.items for feed in ledger.feeds.subscribed()} == {INDEX: 1, FIRST: 1}
    assert [feed.url for feed in children(database)] == [SECOND]
    subscribe(database, INDEX)
    site.put(index=index(child(FIRST), child(SECOND), ""))
    round_of(database, site, NOW + 6 * HOUR)
    assert {feed.url for feed in children(database)} == {FIRST, SECOND}
