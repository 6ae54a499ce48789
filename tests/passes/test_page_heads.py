"""Items of sitemaps have a title alone: the head of their page is read where the title says that it may matter."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from builders import HOUR, MINUTE
from fakes import NOW, FakeFetcher, WordJudge, a_topic, store, subscribe

from monitor.matching.match import Matching
from monitor.polling.host_queue import HostQueue
from monitor.polling.http.outcome import Failed, FailureKind, Fetched, Outcome
from monitor.polling.page_heads import GIVEN_UP, HeadLimit
from monitor.polling.read_pages import Fulltext
from monitor.views.history.path import path_of_item
from storage.database import Database
from storage.model import FeedKind, Item, Validators

FEED = "https://site.example/news.xml"
PAGE, ROBOTS = "https://site.example/a", "https://site.example/robots.txt"
MISSING = Failed(kind=FailureKind.HTTP, words="the server answered 404 Not Found", status=404)


def page(text: str, url: str = PAGE) -> Fetched:
    return Fetched(body=text.encode(), url=url, status=200, validators=Validators(), headers={})


def described(text: str) -> Fetched:
    return page(f'<html><head><meta property="og:description" content="{text}"></head><body>')


def a_matching(near: tuple[str, ...] = ("cameras",), *, reads_heads: bool = True) -> Matching:
    judge = WordJudge("police")
    judge.near = near
    return Matching([a_topic("police")], judge, reads_heads=reads_heads)


def an_item(database: Database, matching: Matching, title: str, url: str = PAGE, **given) -> int:
    """Store an item of a sitemap and match it."""
    subscribe(database, FEED)
    with database.write() as ledger:
        ledger.feeds.expect({FEED: FeedKind.SITEMAP})
    matching.watch(database, now=NOW - MINUTE)
    [item_id] = store(database, title, feed=FEED, url=url, **given)
    matching.run(database, now=NOW)
    return item_id


def read(
    database: Database, *, now: datetime = NOW, per_hour: int = 60, **answers: Outcome
) -> tuple[int, list[str]]:
    """Run the pass with this page and robots.txt; return what was done and requested."""
    fetcher = FakeFetcher({PAGE: answers.get("page", MISSING), ROBOTS: answers.get("robots", MISSING)})

    async def run() -> int:
        host_queue = HostQueue(concurrency=5, host_delay=timedelta(0))
        heads = HeadLimit(per_hour=per_hour)
        async with Fulltext(database=database, fetcher=fetcher, host_queue=host_queue, heads=heads) as pages:  # type: ignore[arg-type]
            return await pages.run(now=now)

    return asyncio.run(run()), [request.url for request in fetcher.requests]


def item_of(database: Database, item_id: int) -> Item:
    with database.read() as ledger:
        item = ledger.items.get(item_id)
    assert item is not None
    return item


def why(database: Database, item_id: int) -> str:
    with database.read() as ledger:
        item = ledger.items.get(item_id)
        assert item is not None
        return " ".join(step.words for step in path_of_item(ledger, item))


def matches(database: Database) -> int:
    with database.read() as ledger:
        return ledger.matches.count()


def test_a_title_that_nearly_matches_is_judged_again_by_its_description(database: Database) -> None:
    """The description completes the title and is stored as the item's summary."""
    matching = a_matching()
    item_id = an_item(database, matching, "Harbour cameras halted")
    assert matches(database) == 0
    done, asked = read(database, page=described("The police stop a trial"))
    assert (done, asked) == (1, [ROBOTS, PAGE])
    assert matching.run(database, now=NOW).matches == 1
    assert item_of(database, item_id).summary == "The police stop a trial"
    assert "judged again with its description" in why(database, item_id)


def test_a_title_that_matches_waits_for_its_description(database: Database) -> None:
    """It is grouped with the description, if it still matches."""
    matching = a_matching()
    an_item(database, matching, "The police halt cameras")
    with database.read() as ledger:
        assert ledger.stories.count() == 0
    read(database, page=described("A trial ends"))
    matching.run(database, now=NOW)
    with database.read() as ledger:
        assert ledger.stories.count() == 1
        assert ledger.placements.ungrouped_topics() == set()
    assert matches(database) == 1


@pytest.mark.parametrize(
    ("title", "given"),
    [
        ("A title about nothing", {}),
        ("The police halt cameras", {"summary": "With a text"}),
        ("The police halt cameras", {"at_first_poll": True}),
        ("The police halt cameras", {"url": None}),
    ],
)
def test_other_items_cause_no_request(database: Database, title: str, given) -> None:
    """Nothing is requested for titles that do not match, items with text, and items that are not new."""
    an_item(database, a_matching(), title, **given)
    assert read(database) == (0, [])


def test_items_of_feeds_cause_no_request(sqlite_database: Database) -> None:
    """A feed with titles only may be an aggregator, whose addresses are not requested."""
    subscribe(sqlite_database, FEED)
    matching = a_matching()
    matching.watch(sqlite_database, now=NOW - MINUTE)
    store(sqlite_database, "The police halt cameras", feed=FEED, url=PAGE)
    matching.run(sqlite_database, now=NOW)
    assert read(sqlite_database) == (0, [])


def test_robots_txt_forbids_it_and_why_says_so(sqlite_database: Database) -> None:
    """The page is not requested, and the item is grouped by its title."""
    matching = a_matching()
    item_id = an_item(sqlite_database, matching, "The police halt cameras")
    done, asked = read(sqlite_database, robots=page("User-agent: *\nDisallow: /\n"))
    assert (done, asked) == (1, [ROBOTS])
    assert "robots.txt" in why(sqlite_database, item_id)
    matching.run(sqlite_database, now=NOW)
    with sqlite_database.read() as ledger:
        assert ledger.stories.count() == 1


@pytest.mark.parametrize("answer", [MISSING, page("<html><head></head>"), page("\x00\xff<meta")])
def test_a_page_without_a_description_is_requested_once(sqlite_database: Database, answer: Outcome) -> None:
    """The item keeps its title and its match."""
    matching = a_matching()
    an_item(sqlite_database, matching, "The police halt cameras")
    assert read(sqlite_database, page=answer)[0] == 1
    matching.run(sqlite_database, now=NOW)
    assert matches(sqlite_database) == 1
    assert read(sqlite_database) == (0, [])


def test_the_hourly_limit_is_kept(sqlite_database: Database) -> None:
    """Other pages wait and are given up after hours; with 0 none is read."""
    matching = a_matching()
    first = an_item(sqlite_database, matching, "The police halt cameras")
    second = an_item(sqlite_database, matching, "More police cameras")
    assert read(sqlite_database, per_hour=0) == (0, [])
    assert read(sqlite_database, per_hour=1)[0] == 1
    assert read(sqlite_database, per_hour=1) == (0, [])
    assert "was not read" in why(sqlite_database, first)
    assert "will be read" in why(sqlite_database, second)
    assert read(sqlite_database, per_hour=1, now=NOW + 2 * HOUR)[0] == 1
    third = an_item(sqlite_database, matching, "Police cameras again")
    assert read(sqlite_database, per_hour=1, now=NOW + GIVEN_UP + MINUTE) == (1, [])
    assert "at most 1 an hour" in why(sqlite_database, third)


def test_a_grouped_item_keeps_its_text_for_grouping(sqlite_database: Database) -> None:
    """A late description changes no story, and a restart groups alike."""
    matching = a_matching()
    item_id = an_item(sqlite_database, matching, "The police halt cameras")
    matching.run(sqlite_database, now=NOW + 10 * MINUTE)
    read(sqlite_database, now=NOW + 11 * MINUTE, page=described("A trial ends"))
    matching.run(sqlite_database, now=NOW + 12 * MINUTE)
    with sqlite_database.read() as ledger:
        [grouped] = ledger.placements.window("police", since=NOW - HOUR)
    assert grouped.match.item.summary == ""
    assert item_of(sqlite_database, item_id).summary == "A trial ends"
    assert matches(sqlite_database) == 1


def test_zero_switches_descriptions_off(sqlite_database: Database) -> None:
    """`heads_per_hour = 0` requests nothing and delays no item."""
    matching = a_matching(reads_heads=False)
    an_item(sqlite_database, matching, "The police halt cameras")
    with sqlite_database.read() as ledger:
        assert ledger.page_heads.waiting(limit=9) == []
        assert ledger.stories.count() == 1
