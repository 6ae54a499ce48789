"""Computes when a feed is polled next, as a `Pace` with the reason in words. Pure.

`after_success` is for a body or a 304, `after_failure` for anything else, and `quiet_until` says how long a host is
left alone after a 429. A feed's own wishes (cache lifetime, ttl, skip hours, Retry-After) are lower bounds: they also
override an interval that the owner configured. `wishes_of` reads those of a response; they are stored, so that a pace
can be computed again when the owner changes the intervals. `jitter` and `phase` are numbers in [0, 1) that the caller derives
from the feed; they only ever add time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.render.parts.times import duration
from monitor.polling.feed_state.cache_lifetime import cache_lifetime, retry_after
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.polling.parsing.parsed_feed import Hints

DAY = timedelta(days=1)
MAX_RETRY_AFTER = timedelta(days=7)
POLLS_PER_ITEM = 2  # half the expected gap between items: an item waits a quarter of the gap on average
SHORT_ACTIVITY = timedelta(minutes=1)  # activity over less time says nothing about a feed
JITTER = 0.05  # share of an adapted interval; spreads the feeds of a host
ERROR_JITTER = 0.25  # share of a back-off; a recovered server does not get all requests at once
FIRST_SPREAD = 0.5  # share of the interval by which the second poll is delayed at most
DEFAULT_THROTTLE = timedelta(hours=1)  # a 429 without Retry-After
_HOURS_IN_WEEK = 168


@value
class Bounds:
    """The owner's `[polling]` intervals. `own` is a feed's configured interval, which replaces adaptation."""

    first: timedelta = timedelta(hours=1)
    minimum: timedelta = timedelta(minutes=15)
    maximum: timedelta = timedelta(hours=24)
    own: timedelta | None = None

    @property
    def longest_wish(self) -> timedelta:
        """The longest interval that a feed's own wishes can cause; cache lifetimes of 16 years occur."""
        return max(DAY, self.maximum)

    @property
    def text(self) -> str:
        """The bounds as a short text, which is stored with each feed that was scheduled by them."""
        spans = (self.first, self.minimum, self.maximum) if self.own is None else (self.own,)
        return " ".join(f"{span.total_seconds():g}" for span in spans)


@value
class Activity:
    """The number of items first seen during the last `over`, without those of the first poll.

    `keep_up` is the interval that would not have missed items when the document rolled over between two polls.
    `is_pushed` says that a hub pushes new items, so polls only find what it missed.
    """

    new_items: int = 0
    over: timedelta = timedelta(0)
    keep_up: timedelta | None = None
    is_pushed: bool = False


@value
class Wishes:
    """The times until which a response asks not to poll: it is fresh (Cache-Control), the server asks to wait (Retry-After)."""

    fresh_until: datetime | None = None
    retry_at: datetime | None = None


@value
class Pace:
    """When to poll next, at which interval, and why (a phrase for `feeds show`)."""

    next_poll: datetime
    interval: timedelta
    why: str


def wishes_of(headers: Mapping[str, str], *, now: datetime, bounds: Bounds, failed: bool = False) -> Wishes:
    """Return the wishes of a response. Only of one that `failed` does a Retry-After say when to ask again."""
    lifetime = cache_lifetime(headers)
    asked = retry_after(headers, now=now) if failed else None
    return Wishes(
        fresh_until=None if lifetime is None else now + min(lifetime, bounds.longest_wish),
        retry_at=None if asked is None else now + min(asked, MAX_RETRY_AFTER),
    )


def after_success(
    *,
    now: datetime,
    bounds: Bounds,
    activity: Activity,
    hints: Hints,
    wishes: Wishes,
    jitter: float = 0.0,
    phase: float = 0.0,
) -> Pace:
    """Return the pace after a successful poll. `phase` is for a feed's first success only; pass 0 afterwards."""
    interval, why = _adapted_interval(bounds, activity)
    if hints.period is not None and min(hints.period, bounds.longest_wish) > interval:
        interval, why = min(hints.period, bounds.longest_wish), "the feed asks for this interval (ttl)"
    spread = interval * FIRST_SPREAD * phase + (
        interval * JITTER * jitter if bounds.own is None else timedelta(0)
    )
    due = now + interval + spread
    if wishes.fresh_until is not None and wishes.fresh_until > due:
        due = wishes.fresh_until
        why = f"its response stays fresh for {duration(due - now)} (Cache-Control)"
    allowed = not_skipped(due, hints)
    if allowed > due:
        due, why = allowed, "the feed asks not to be polled earlier (skipHours, skipDays)"
    return Pace(next_poll=due, interval=interval, why=why)


def after_failure(
    *,
    now: datetime,
    bounds: Bounds,
    interval: timedelta,
    failures: int,
    wishes: Wishes,
    jitter: float = 0.0,
) -> Pace:
    """Return the pace after the `failures`-th error in a row; the feed's `interval` is kept."""
    base = bounds.own or min(interval, bounds.minimum)
    doublings = min(max(failures - 1, 0), 20)  # 2^20 times the smallest interval is far beyond a day
    longest = max(DAY, bounds.own or DAY)
    backoff = min(base * 2**doublings, longest)
    due = now + min(backoff * (1 + ERROR_JITTER * jitter), longest)
    why = f"waiting {duration(backoff)} after {failures} failed poll{'' if failures == 1 else 's'} in a row"
    if wishes.fresh_until is not None and wishes.fresh_until > due:
        due, why = wishes.fresh_until, "its error response may be cached until then (Cache-Control)"
    if wishes.retry_at is not None and wishes.retry_at >= due:
        asked = wishes.retry_at - now
        due = wishes.retry_at + _after_retry(asked, jitter)
        why = f"the server asks to wait {duration(asked)} (Retry-After)"
    return Pace(next_poll=due, interval=interval, why=why)


def quiet_until(*, now: datetime, headers: Mapping[str, str], jitter: float = 0.0) -> datetime:
    """Return until when no feed of a host that answered 429 is polled."""
    asked = retry_after(headers, now=now)
    wait = DEFAULT_THROTTLE if asked is None else min(asked, MAX_RETRY_AFTER)
    return now + wait + _after_retry(wait, jitter)


def _after_retry(wait: timedelta, jitter: float) -> timedelta:
    return min(wait * JITTER, timedelta(minutes=10)) * jitter


def _adapted_interval(bounds: Bounds, activity: Activity) -> tuple[timedelta, str]:
    """Return the interval that a feed's rate of new items suggests, or the first guess for a new feed."""
    if bounds.own is not None:
        return bounds.own, "the configuration sets it"
    if activity.is_pushed:
        return bounds.maximum, "its hub pushes what is new (WebSub)"
    gap = (activity.over + POLLS_PER_ITEM * bounds.first) / (activity.new_items + 1)
    interval = min(max(gap / POLLS_PER_ITEM, bounds.minimum), bounds.maximum)
    if activity.keep_up is not None and activity.keep_up < interval:
        return max(
            activity.keep_up, bounds.minimum
        ), "it rolled over between two polls and may have missed items"
    if activity.over < SHORT_ACTIVITY:
        return interval, "a first guess until the feed's habits are known"
    count = f"{activity.new_items} new item{'' if activity.new_items == 1 else 's'}"
    return interval, f"{count} in the last {duration(activity.over)}"


def not_skipped(due: datetime, hints: Hints) -> datetime:
    """Return the first time from `due` on that no skip list forbids (GMT); there is one within a week."""
    moment = due
    for _ in range(_HOURS_IN_WEEK):
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
