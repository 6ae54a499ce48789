"""Lets a changed interval move the next polls that were planned by the former one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.polling.feed_state.schedule import Bounds
from storage.engine.sql import in_lists

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.config.settings import PollingSettings, Settings
    from storage.database import Database


def owner_bounds(polling: PollingSettings) -> Bounds:
    """Return the bounds of feeds without an interval of their own."""
    return Bounds(first=polling.interval, minimum=polling.min_interval, maximum=polling.max_interval)


def follow_intervals(database: Database, settings: Settings, *, now: datetime) -> None:
    """Plan the next poll of each feed again that was planned by other intervals than the configured ones.

    A poll only ever moves nearer, and not before the time that the publisher asked for. Feeds whose intervals have not changed are
    not loaded: each row says by which it was planned.
    """
    usual = owner_bounds(settings.polling)
    own = {
        feed.url: replace(usual, own=feed.interval) for feed in settings.feeds if feed.interval is not None
    }
    with database.read() as ledger:
        otherwise = ledger.feed_controls.scheduled_otherwise(usual.text, list(own))
    changed = {one.id: own.get(one.url, usual) for one in otherwise}
    stale = [one.id for one in otherwise if one.bounds != changed[one.id].text]
    for some in in_lists(stale):
        _reschedule(database, {feed_id: changed[feed_id] for feed_id in some}, now=now)


def _reschedule(database: Database, bounds: Mapping[int, Bounds], *, now: datetime) -> None:
    from monitor.polling.feed_state.reschedule import rescheduled  # noqa: PLC0415  # only after a change
    from monitor.polling.feed_state.transition import PollContext  # noqa: PLC0415
    from monitor.polling.record import activity_of  # noqa: PLC0415

    with database.write() as ledger:
        feeds = ledger.feeds.with_ids(list(bounds))
        activity = activity_of(ledger, feeds, now=now)
        ledger.feed_controls.reschedule(
            [
                rescheduled(feed, PollContext(now=now, bounds=bounds[feed.id], activity=activity[feed.id]))
                for feed in feeds
            ]
        )
