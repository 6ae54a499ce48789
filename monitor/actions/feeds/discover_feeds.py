"""Looks up the feeds of a web page, under the network rules that hold for feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.actions.fetch_page import network_rules, page_at
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.discovery import Discovered, discover
from monitor.polling.parsing.parser_pool import Parsers

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.model import Publication

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


async def feeds_at(url: str, settings: Settings, *, now: datetime) -> DiscoveredFeeds:
    """Return the feeds that the page at `url` names, or the feed at `url` itself."""
    rules = network_rules(settings.polling, settings.contact)
    async with Fetcher(rules) as fetcher, Parsers(workers=1) as parsers:
        outcome = await page_at(fetcher, url)
        if isinstance(outcome, str):
            return DiscoveredFeeds(reason=outcome)
        read = await parsers.read(outcome.body, url=outcome.url, headers=outcome.headers, now=now)
    if not isinstance(read, ParseFailure):
        itself = Discovered(url=outcome.url, title=read.facts.title, kind="this feed")
        return DiscoveredFeeds(
            feeds=(itself,),
            preview=tuple(one.publication for one in read.items[:PREVIEW]),
            items=len(read.items),
        )
    found = discover(outcome.body, url=outcome.url, headers=outcome.headers)
    return DiscoveredFeeds(feeds=tuple(found), reason=f"{outcome.url}: the page names no feed")


def discovered_json(found: DiscoveredFeeds) -> list[dict[str, Any]]:
    """Return what `feeds discover --format json` prints."""
    return [{"url": one.url, "title": one.title, "kind": one.kind} for one in found.feeds]
