"""Looking up the feeds of a web page, through the guarded fetcher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.fetch_page import network_rules, page_at
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.discovery import Discovered, discover
from monitor.polling.parsing.parser_pool import Parsers

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The feeds at an address; where there is none, `words` say why."""

    feeds: tuple[Discovered, ...] = ()
    words: str = ""


async def feeds_at(url: str, settings: Settings, *, now: datetime) -> Found:
    """Return the feeds that the page at `url` names, or the feed that it is."""
    rules = network_rules(settings.polling, settings.contact)
    async with Fetcher(rules) as fetcher, Parsers(workers=1) as parsers:
        outcome = await page_at(fetcher, url)
        if isinstance(outcome, str):
            return Found(words=outcome)
        read = await parsers.read(outcome.body, url=outcome.url, headers=outcome.headers, now=now)
    if not isinstance(read, ParseFailure):
        return Found(feeds=(Discovered(url=outcome.url, title=read.facts.title, kind="this feed"),))
    found = discover(outcome.body, url=outcome.url, headers=outcome.headers)
    return Found(feeds=tuple(found), words=f"{outcome.url}: the page names no feed")
