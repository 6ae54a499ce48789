"""Looks once for the feeds of outlets that control feeds brought, at the outlets' own sites and under robots.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.feeds.discover_feeds import feeds_at
from monitor.actions.fetch_page import network_rules
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import FetchRequest
from monitor.polling.read_pages import AGENT, robots_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.database import Database
    from storage.model.covered import MissedOutlet

AT_ONCE = 10  # outlets a run: each is another host, asked twice


def unasked(outlets: Sequence[MissedOutlet]) -> list[str]:
    """Return the outlets whose sites may be asked for feeds and were not: those with a domain, the largest first."""
    return [one.id for one in outlets if one.feeds is None and not set("/:") & set(one.id)][:AT_ONCE]


def site_of(outlet: str) -> str:
    """Return the address of an outlet's site."""
    return f"https://{outlet}/"


async def find_outlet_feeds(
    database: Database,
    settings: Settings,
    outlets: Sequence[str],
    *,
    now: datetime,
    site: Callable[[str], str] = site_of,
) -> dict[str, tuple[str, ...]]:
    """Ask each outlet's site for its feeds, and store what was found, so that none is asked twice."""
    found: dict[str, tuple[str, ...]] = {}
    for outlet in outlets:
        url = site(outlet)
        allowed = await _may_read(url, settings)
        feeds = (await feeds_at(url, settings, now=now)).feeds if allowed else ()
        found[outlet] = tuple(feed.url for feed in feeds)
        with database.write() as ledger:
            ledger.coverage.note_found(outlet, found[outlet], now=now)
    return found


async def _may_read(url: str, settings: Settings) -> bool:
    async with Fetcher(network_rules(settings.polling, settings.contact)) as fetcher:
        outcome = await fetcher.fetch(FetchRequest(url=f"{url}robots.txt"))
    return robots_from(outcome).allow(url, AGENT)
