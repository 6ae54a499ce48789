"""The schedule of a feed after the owner changed the intervals: as if its last poll had been under the new ones. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.polling.feed_state import schedule
from monitor.polling.feed_state.transition import HABIT_WINDOW, failure_pace, spread, success_pace
from monitor.polling.parsing.parsed_feed import Hints

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from monitor.polling.feed_state.schedule import Pace
    from monitor.polling.feed_state.transition import PollContext
    from storage.model import Feed


def rescheduled(feed: Feed, context: PollContext) -> Feed:
    """Return a feed that is polled under the bounds of the context from `context.now` on; never later than planned before.

    A feed whose interval became shorter is polled within one new interval. Its place in that interval depends on its
    address, so that thousands of feeds do not become due in one second. What its last response asked for still holds.
    """
    known = replace(feed, bounds=context.bounds.text)
    if feed.last_poll is None:
        return known
    pace = _pace_since(feed, context, feed.last_poll)
    turn = _step(feed, context, pace) * spread(feed, "phase", None)
    due = max(pace.next_poll, context.now + turn)
    if not feed.failures:
        due = schedule.not_skipped(due, Hints.from_text(feed.hints))
    if due >= feed.next_poll:
        return known
    return replace(known, next_poll=due, interval=pace.interval, interval_reason=pace.why)


def _pace_since(feed: Feed, context: PollContext, polled: datetime) -> Pace:
    longest = polled + context.bounds.longest_wish
    wishes = schedule.Wishes(
        fresh_until=None if feed.fresh_until is None else min(feed.fresh_until, longest),
        retry_at=feed.retry_at,
    )
    known_for = min(polled - (feed.first_success or polled), HABIT_WINDOW)
    then = replace(context, now=polled, activity=replace(context.activity, over=known_for))
    if feed.failures:
        return failure_pace(feed, then, wishes, failures=feed.failures)
    return success_pace(feed, then, wishes, keep_up=feed.habit.keep_up)


def _step(feed: Feed, context: PollContext, pace: Pace) -> timedelta:
    """Return the interval over which feeds are spread; a failing feed keeps the interval it had."""
    if not feed.failures:
        return pace.interval
    return context.bounds.own or min(feed.interval, context.bounds.minimum)
