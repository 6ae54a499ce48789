"""Computes when a feed is polled next. Pure: takes what is known and returns a `Pace`, with words that say why.

Three questions, three functions: `after_success` (a body or a 304), `after_failure` (anything else), `quiet_until`
(how long a 429 silences its host). A feed's own wishes (cache lifetime, ttl, skip hours, Retry-After) are lower
bounds: they also beat an interval that the owner configured. `jitter` and `phase` are numbers in [0, 1) that the
caller derives from the feed's id; they only ever add time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.render.parts.times import duration
from monitor.polling.feed_state.cache_lifetime import cache_lifetime, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.polling.parsing.parsed_feed import Hints

DAY = timedelta(days=1)
MAX_RETRY_AFTER = timedelta(days=7)
POLLS_PER_ITEM = 2  # half the expected gap between items: an item waits a quarter of its gap on average
JITTER = 0.05  # share of an adapted interval; one host's feeds drift apart
ERROR_JITTER = 0.25  # share of a back-off: a server that comes back is not met by everyone at once
FIRST_SPREAD = 0.5  # share of the interval that the first poll's successor is put off by, once
THROTTLED_WITHOUT_WORD = timedelta(hours=1)  # a 429 without Retry-After
_HOURS_IN_WEEK = 168


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The owner's `[polling]` intervals. `own` is a feed's configured interval, which replaces adaptation."""

    first: timedelta = timedelta(hours=1)
    minimum: timedelta = timedelta(minutes=15)
    maximum: timedelta = timedelta(hours=24)
    own: timedelta | None = None

    @property
    def longest_wish(self) -> timedelta:
        """How much of a feed's wishes is honoured: cache lifetimes of 16 years were seen."""
        return max(DAY, self.maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How many items were seen for the first time during the last `over`, the first poll's left out.

    `keep_up` is the interval that would not have missed items that rolled over between two polls.
    """

    new_items: int = 0
    over: timedelta = timedelta(0)
    keep_up: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to poll next, at which interval, and why, in words for `feeds show`."""

    next_poll: datetime
    interval: timedelta
    why: str


def after_success(
    *,
    now: datetime,
    bounds: Bounds,
    activity: Activity,
    hints: Hints,
    headers: Mapping[str, str],
    jitter: float = 0.0,
    phase: float = 0.0,
) -> Pace:
    """Return the pace after a good answer. `phase` is for the first one only: pass 0 afterwards."""
    interval, why = _habit(bounds, activity)
    if hints.period is not None and min(hints.period, bounds.longest_wish) > interval:
        interval, why = min(hints.period, bounds.longest_wish), "the feed asks for it (ttl)"
    spread = interval * FIRST_SPREAD * phase + (
        interval * JITTER * jitter if bounds.own is None else timedelta(0)
    )
    due = now + interval + spread
    lifetime = cache_lifetime(headers)
    if lifetime is not None and now + min(lifetime, bounds.longest_wish) > due:
        lifetime = min(lifetime, bounds.longest_wish)
        due, why = now + lifetime, f"its answer stays fresh for {duration(lifetime)} (Cache-Control)"
    allowed = _not_skipped(due, hints)
    if allowed > due:
        due, why = allowed, "the feed asks not to be polled before (skipHours, skipDays)"
    return Pace(next_poll=due, interval=interval, why=why)


def after_failure(
    *,
    now: datetime,
    bounds: Bounds,
    interval: timedelta,
    failures: int,
    headers: Mapping[str, str],
    jitter: float = 0.0,
) -> Pace:
    """Return the pace after the `failures`-th error in a row; `interval` is the feed's, and stays."""
    base = bounds.own or min(interval, bounds.minimum)
    doublings = min(max(failures - 1, 0), 20)  # 2^20 times the smallest interval is far beyond a day
    longest = max(DAY, bounds.own or DAY)
    backoff = min(base * 2**doublings, longest)
    due = now + min(backoff * (1 + ERROR_JITTER * jitter), longest)
    why = f"waiting {duration(backoff)} after {failures} failed poll{'' if failures == 1 else 's'} in a row"
    lifetime = cache_lifetime(headers)
    if lifetime is not None and now + min(lifetime, bounds.longest_wish) > due:
        due, why = (
            now + min(lifetime, bounds.longest_wish),
            "its error answer says how long it holds (Cache-Control)",
        )
    asked = retry_after(headers, now=now)
    if asked is not None and now + min(asked, MAX_RETRY_AFTER) >= due:
        asked = min(asked, MAX_RETRY_AFTER)
        due = now + asked + _after_retry(asked, jitter)
        why = f"the server asks to wait {duration(asked)} (Retry-After)"
    return Pace(next_poll=due, interval=interval, why=why)


def quiet_until(*, now: datetime, headers: Mapping[str, str], jitter: float = 0.0) -> datetime:
    """Return until when a host that answered 429 is left alone, for all of its feeds."""
    asked = retry_after(headers, now=now)
    wait = THROTTLED_WITHOUT_WORD if asked is None else min(asked, MAX_RETRY_AFTER)
    return now + wait + _after_retry(wait, jitter)


def _after_retry(wait: timedelta, jitter: float) -> timedelta:
    return min(wait * JITTER, timedelta(minutes=10)) * jitter


def _habit(bounds: Bounds, activity: Activity) -> tuple[timedelta, str]:
    """Return the interval that a feed's rate of new items suggests; a feed not yet known starts with the guess."""
    if bounds.own is not None:
        return bounds.own, "the configuration says so"
    gap = (activity.over + POLLS_PER_ITEM * bounds.first) / (activity.new_items + 1)
    interval = min(max(gap / POLLS_PER_ITEM, bounds.minimum), bounds.maximum)
    if activity.keep_up is not None and activity.keep_up < interval:
        return max(
            activity.keep_up, bounds.minimum
        ), "it rolled over between two polls and may have missed items"
    if activity.over <= timedelta(0):
        return interval, "a first guess, until its habits are known"
    count = f"{activity.new_items} new item{'' if activity.new_items == 1 else 's'}"
    return interval, f"{count} in the last {duration(activity.over)}"


def _not_skipped(due: datetime, hints: Hints) -> datetime:
    """Return the first moment from `due` on that no skip list forbids (GMT); within a week there is one."""
    moment = due
    for _ in range(_HOURS_IN_WEEK):
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
