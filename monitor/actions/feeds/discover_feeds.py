"""Looks up the feeds and news sitemaps of a site, under the network rules that hold for feeds."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from monitor.actions.fetch_page import network_rules, without_page
from monitor.polling.feed_state.schedule import quiet_until
from monitor.polling.host_queue import HostQueue
from monitor.polling.http.address import Target, parse_target, redacted
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import Fetched, FetchRequest, ParseFailure, Throttled
from monitor.polling.http.robots import AGENT, Robots
from monitor.polling.parsing.discovery import Discovered, discover
from monitor.polling.parsing.parsed_feed import ListedSitemap
from monitor.polling.parsing.parser_pool import Parsers
from monitor.polling.parsing.sitemap_index import ranked_sitemaps
from monitor.polling.read_pages import robots_from
from storage.model import FeedKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.polling.http.outcome import Outcome
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.model import Publication

NO_FEED = "the page names no feed, and the site's robots.txt names no news sitemap"
TRIED = 4  # sitemaps of a site's robots.txt, those called news first: some sites name fifty
TRIED_CHILDREN = 2  # sitemaps of an index that are read to learn whether it has news
PREVIEW = 5  # items shown of a feed


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredFeeds:
    """The feeds at an address; if there are none, `reason` says why.

    `preview` are the first items of the feed, if the address is a feed's own; `items` counts them all.
    """

    feeds: tuple[Discovered, ...] = ()
    reason: str = ""
    preview: tuple[Publication, ...] = ()
    items: int = 0


def is_site(url: str) -> bool:
    """Whether an address is that of a whole site, whose feeds have to be looked up."""
    target = parse_target(url)
    return isinstance(target, Target) and target.url.partition("://")[2].partition("/")[2] == ""


async def feeds_at(
    url: str, settings: Settings, *, quiet: Mapping[str, datetime], now: datetime
) -> DiscoveredFeeds:
    """Return the feed at `url` itself, or the feeds that its page names and the news sitemaps that its robots.txt names.

    `quiet` are hosts that are not asked before a time.
    """
    async with _asking(settings, quiet, now=now) as site:
        return await _look_up(site, url)


async def allowed_feeds_at(
    url: str, settings: Settings, *, quiet: Mapping[str, datetime], now: datetime
) -> DiscoveredFeeds:
    """Return the same for a site that the owner did not name, but only if its robots.txt allows its page to be read."""
    async with _asking(settings, quiet, now=now) as site:
        if not await site.may_read(url):
            return DiscoveredFeeds(reason=f"{url}: robots.txt forbids reading it")
        return await _look_up(site, url)


@asynccontextmanager
async def _asking(
    settings: Settings, quiet: Mapping[str, datetime], *, now: datetime
) -> AsyncIterator[_Site]:
    rules = network_rules(settings.polling, settings.contact)
    host_queue = HostQueue(concurrency=1, host_delay=settings.polling.host_delay)
    async with Fetcher(rules) as fetcher, Parsers(workers=1) as parsers:
        yield _Site(fetcher, parsers, host_queue, quiet, now=now)


async def _look_up(site: _Site, url: str) -> DiscoveredFeeds:
    target = parse_target(url)
    if not isinstance(target, Target):
        return DiscoveredFeeds(reason=f"{redacted(url)}: {target.words}")
    page = await site.page(url)
    if isinstance(page, Fetched):
        read = await site.read(page)
        if not isinstance(read, ParseFailure):
            return _itself(page, read)
    named = _named_by(page) if isinstance(page, Fetched) else []
    sitemaps = await site.sitemaps(page.url if isinstance(page, Fetched) else url)
    reason = page if isinstance(page, str) else f"{page.url}: {NO_FEED}"
    return DiscoveredFeeds(
        feeds=(*named, *(one for one in sitemaps if one.url not in {feed.url for feed in named})),
        reason=reason,
    )


class _Site:
    """Requests to a site: one at a time, with the configured pause between them, and none to a host that asks to wait."""

    def __init__(
        self,
        fetcher: Fetcher,
        parsers: Parsers,
        host_queue: HostQueue,
        quiet: Mapping[str, datetime],
        *,
        now: datetime,
    ) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._host_queue = host_queue
        self._quiet = dict(quiet)
        self._now = now

    async def page(self, url: str) -> Fetched | str:
        """Return the page at an address, or the reason why it could not be fetched."""
        outcome = await self._fetch(url)
        if isinstance(outcome, Fetched):
            return outcome
        return without_page(url, outcome)

    async def may_read(self, url: str) -> bool:
        """Return whether the site's robots.txt allows an address to be read."""
        return robots_from(await self._fetch(urljoin(url, "/robots.txt"))).allow(url, AGENT)

    async def _fetch(self, url: str) -> Outcome:
        target = parse_target(url)
        host = target.host_key if isinstance(target, Target) else ""
        if (until := self._quiet.get(host, self._now)) > self._now:
            words = f"the server asks to wait until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC (Retry-After)"
            return Throttled(words=words, host_key=host, headers={})
        async with self._host_queue.turn(host):
            outcome = await self._fetcher.fetch(FetchRequest(url=url))
        if isinstance(outcome, Throttled):
            self._quiet[outcome.host_key] = quiet_until(now=self._now, headers=outcome.headers)
        return outcome

    async def read(self, page: Fetched) -> ReadFeed | ParseFailure:
        """Return the feed that was fetched, or the reason why it is no feed."""
        return await self._parsers.read(page.body, url=page.url, headers=page.headers, now=self._now)

    async def sitemaps(self, url: str) -> list[Discovered]:
        """Return the news sitemaps and their indexes that robots.txt names, after reading each."""
        robots = await self.page(urljoin(url, "/robots.txt"))
        if not isinstance(robots, Fetched):
            return []
        named = Robots.read(robots.body, AGENT).sitemaps
        listed = [
            ListedSitemap(url=target.url) for target in map(parse_target, named) if isinstance(target, Target)
        ]
        found = [await self._kind_of(one.url) for one in ranked_sitemaps(listed)[:TRIED]]
        return [one for one in found if one is not None]

    async def _kind_of(self, url: str) -> Discovered | None:
        read = await self._read_at(url)
        if read is None:
            return None
        title = read.facts.title
        if read.facts.kind is FeedKind.SITEMAP_INDEX:
            children = [await self._read_at(child.url) for child in read.sitemaps[:TRIED_CHILDREN]]
            titles = [
                child.facts.title for child in children if child and child.facts.kind is FeedKind.SITEMAP
            ]
            if not titles:
                return None
            title = titles[0]
        return Discovered(url=url, title=title, kind=read.facts.kind.words)

    async def _read_at(self, url: str) -> ReadFeed | None:
        page = await self.page(url)
        read = await self.read(page) if isinstance(page, Fetched) else None
        return None if isinstance(read, ParseFailure) else read


def _itself(page: Fetched, read: ReadFeed) -> DiscoveredFeeds:
    kind = "this feed" if read.facts.kind is FeedKind.FEED else read.facts.kind.words
    return DiscoveredFeeds(
        feeds=(Discovered(url=page.url, title=read.facts.title, kind=kind),),
        preview=tuple(one.publication for one in read.items[:PREVIEW]),
        items=len(read.items),
    )


def _named_by(page: Fetched) -> Sequence[Discovered]:
    return discover(page.body, url=page.url, headers=page.headers)


def discovered_json(found: DiscoveredFeeds) -> list[dict[str, Any]]:
    """Return the output of `feeds discover --format json`."""
    return [{"url": one.url, "title": one.title, "kind": one.kind} for one in found.feeds]
