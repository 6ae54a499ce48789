"""Looks once for feeds on the sites of outlets that control feeds brought, obeying robots.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.feeds.discover_feeds import allowed_feeds_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.database import Database
    from storage.model.covered import MissedOutlet

AT_ONCE = 10  # outlets per run; each is another host with a few requests


def outlets_to_search(outlets: Sequence[MissedOutlet]) -> list[str]:
    """Return the outlets whose sites were not searched for feeds yet: those with a domain, the largest first."""
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
    """Look for feeds on each outlet's site and store the result, so that no site is searched twice."""
    found: dict[str, tuple[str, ...]] = {}
    with database.read() as ledger:
        quiet = ledger.feeds.quiet_hosts(now=now)
    for outlet in outlets:
        discovered = await allowed_feeds_at(site(outlet), settings, quiet=quiet, now=now)
        found[outlet] = tuple(feed.url for feed in discovered.feeds)
        with database.write() as ledger:
            ledger.coverage.note_found(outlet, found[outlet], now=now)
    return found
