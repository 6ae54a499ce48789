"""Fetches single pages under the network rules of feeds: articles to learn from, pages that name feeds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from monitor.config.errors import BadValueError
from monitor.polling.http.address import redacted
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.network_rules import NetworkRules, user_agent
from monitor.polling.http.outcome import Fetched, FetchRequest, NotModified

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from monitor.config.settings import PollingSettings
    from monitor.polling.http.outcome import Failed, Gone, Throttled


def network_rules(polling: PollingSettings, contact: str) -> NetworkRules:
    """Return the limits of every request and the User-Agent that it carries."""
    return NetworkRules(
        user_agent=user_agent(version("storywatch"), contact),
        timeout=polling.timeout,
        max_bytes=polling.max_bytes,
        allow_networks=polling.allow_networks,
        allow_ports=frozenset(polling.allow_ports),
    )


async def page_at(fetcher: Fetcher, url: str) -> Fetched | str:
    """Return the page at an address, or a sentence on why it could not be fetched."""
    outcome = await fetcher.fetch(FetchRequest(url=url))
    if isinstance(outcome, Fetched):
        return outcome
    return without_page(url, outcome)


def without_page(url: str, outcome: NotModified | Gone | Throttled | Failed) -> str:
    """Return the sentence on why a page could not be fetched, without the credentials of its address."""
    words = "the server sent no page" if isinstance(outcome, NotModified) else outcome.words
    return f"{redacted(url)}: {words}"


async def pages_at(urls: Sequence[str], polling: PollingSettings, *, contact: str) -> list[bytes]:
    """Return the pages at these addresses, in order.

    Raises:
        BadValueError: one of them could not be fetched.
    """
    bodies = []
    async with Fetcher(network_rules(polling, contact)) as fetcher:
        for url in urls:
            page = await page_at(fetcher, url)
            if isinstance(page, str):
                raise BadValueError(page, "open it in a browser, save the article and name the file")
            bodies.append(page.body)
    return bodies


async def each_page_at(
    urls: Sequence[str], polling: PollingSettings, *, contact: str, within: timedelta
) -> dict[str, Fetched | str]:
    """Return the page at each of these addresses, or the reason in words why it could not be fetched in that time."""
    hurried = replace(polling, timeout=min(polling.timeout, within))
    async with Fetcher(network_rules(hurried, contact)) as fetcher:
        pages = await asyncio.gather(*(page_at(fetcher, url) for url in urls))
    return dict(zip(urls, pages, strict=True))
