"""The state of a feed after a poll, computed from its state before and the outcome. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.polling.feed_state import habits, redirects, schedule
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.http.outcome import FailureKind
from monitor.polling.parsing.parsed_feed import Hints
from storage.model import FeedState, Validators
from storage.model.habit import ByteCounts
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.feed_state.schedule import Pace
    from monitor.polling.http.outcome import Fetched, NotModified
    from monitor.polling.parsing.parsed_feed import FeedFacts
    from storage.model import Feed, IndexEntry
    from storage.model.habit import Habit

NO_NEWS = str(FailureKind.NO_NEWS)
GONE = "gone"  # the error kind recorded for a 410
CURRENT = timedelta(days=1)  # many indexes give only the day of a change
LONG_OUTAGE = timedelta(
    hours=12
)  # after the feed's due time; a computer that sleeps at night does not count as an outage
HABIT_WINDOW = timedelta(days=14)  # long enough to see a weekly column twice


@value
class PollContext:
    """The inputs of a transition besides the feed: the time, the owner's bounds and the feed's recent activity.

    The interval counts from the response, which came `late` after `now`: a feed may have waited minutes for its host.
    """

    now: datetime
    bounds: schedule.Bounds
    activity: schedule.Activity = field(default_factory=schedule.Activity)
    late: timedelta = timedelta(0)


def after_items(
    feed: Feed,
    fetched: Fetched,
    facts: FeedFacts,
    context: PollContext,
    summary: DocumentSummary | None = None,
) -> Feed:
    """Return a feed whose document was read. A 200 replaces both validators; an absent one is cleared (P2)."""
    summary = summary or DocumentSummary()
    known = replace(
        feed,
        title=feed.title or facts.title,
        body_hash=body_hash(fetched.body),
        hints=facts.hints.to_text(),
        kind=facts.kind,
    )
    habit = habits.after_document(feed.habit, summary, last_success=feed.last_success, now=context.now)
    traffic = feed.traffic if summary.partial else _with_body_size(feed.traffic, fetched)
    return _succeeded(known, fetched, context, habit, validators=fetched.validators, traffic=traffic)


def after_same_body(feed: Feed, fetched: Fetched, context: PollContext) -> Feed:
    """Return a feed whose body is unchanged byte for byte: nothing was parsed; its new validators are kept."""
    habit = habits.after_no_news(feed.habit, now=context.now)
    traffic = _with_body_size(feed.traffic, fetched)
    return _succeeded(feed, fetched, context, habit, validators=fetched.validators, traffic=traffic)


def after_not_modified(feed: Feed, answer: NotModified, context: PollContext) -> Feed:
    """Return a feed after a 304 response, which updates only the validators that it contains (P2)."""
    validators = Validators(
        etag=answer.validators.etag or feed.validators.etag,
        last_modified=answer.validators.last_modified or feed.validators.last_modified,
    )
    traffic = feed.traffic
    saved = ByteCounts(body_bytes=traffic.body_bytes, saved_bytes=traffic.saved_bytes + traffic.body_bytes)
    habit = habits.after_no_news(feed.habit, now=context.now)
    return _succeeded(feed, answer, context, habit, validators=validators, traffic=saved)


def _with_body_size(traffic: ByteCounts, fetched: Fetched) -> ByteCounts:
    weight = fetched.bytes_on_wire or len(fetched.body)
    return ByteCounts(body_bytes=weight, saved_bytes=traffic.saved_bytes)


def gap_since(feed: Feed, *, now: datetime) -> datetime | None:
    """Return when a feed was last polled successfully if its new items are to be reported as late, else None.

    They are late if the response comes half a day after the feed was due, whether storywatch or the feed was down.
    """
    heard = feed.last_success
    return heard if heard is not None and now - heard - feed.interval >= LONG_OUTAGE else None


def _succeeded(
    feed: Feed,
    answer: Fetched | NotModified,
    context: PollContext,
    habit: Habit,
    *,
    validators: Validators,
    traffic: ByteCounts,
) -> Feed:
    wishes = schedule.wishes_of(answer.headers, now=context.now, bounds=context.bounds)
    is_first = feed.first_success is None
    pace = success_pace(feed, context, wishes, keep_up=habit.keep_up, is_first=is_first)
    well = replace(
        feed,
        **_schedule_basis(context, wishes),
        validators=validators,
        habit=habit,
        traffic=traffic,
        state=FeedState.SILENT if habits.is_silent(habit, now=context.now) else FeedState.OK,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll + context.late,
        last_poll=context.now,
        last_success=context.now,
        first_success=feed.first_success or context.now,
        failing_since=None,
        failures=0,
        error_kind=None,
        last_error=None,
    )
    return redirects.met(well, answer.permanent_url, now=context.now)


def success_pace(
    feed: Feed,
    context: PollContext,
    wishes: schedule.Wishes,
    *,
    keep_up: timedelta | None,
    is_first: bool = False,
) -> Pace:
    """Return the pace of a feed after a successful poll at the time of the context."""
    activity = context.activity
    pace = schedule.after_success(
        now=context.now,
        bounds=context.bounds,
        activity=activity if keep_up is None else replace(activity, keep_up=keep_up),
        hints=Hints.from_text(feed.hints),
        wishes=wishes,
        jitter=spread(feed, "jitter", context.now),
        phase=spread(feed, "phase", None) if is_first else 0.0,
    )
    return pace if feed.entry is None else _of_child(feed.entry, pace, context)


def failure_pace(feed: Feed, context: PollContext, wishes: schedule.Wishes, *, failures: int) -> Pace:
    """Return the pace of a feed after a failed poll at the time of the context."""
    return schedule.after_failure(
        now=context.now,
        bounds=context.bounds,
        interval=feed.interval,
        failures=failures,
        wishes=wishes,
        jitter=spread(feed, "jitter", context.now),
    )


def _schedule_basis(context: PollContext, wishes: schedule.Wishes) -> dict[str, Any]:
    """Return the fields of a feed from which its schedule can be computed again."""
    fresh, retry = wishes.fresh_until, wishes.retry_at
    return {
        "bounds": context.bounds.text,
        "fresh_until": None if fresh is None else fresh + context.late,
        "retry_at": None if retry is None else retry + context.late,
    }


def _of_child(entry: IndexEntry, pace: Pace, context: PollContext) -> Pace:
    """Return the pace of a sitemap in an index: one that no longer changes waits until its index lists a change."""
    if entry.changed_at is None or context.now - entry.changed_at <= CURRENT:
        return pace
    later = max(pace.next_poll, context.now + context.bounds.maximum)
    return replace(pace, next_poll=later, why="its sitemap index says when it changes")


def after_no_news(feed: Feed, words: str, *, now: datetime) -> Feed:
    """Return a sitemap of an index that turned out not to be a news sitemap: it is not polled again."""
    return replace(
        feed, state=FeedState.GONE, last_poll=now, failures=0, error_kind=NO_NEWS, last_error=words
    )


def after_failure(
    feed: Feed, kind: str, words: str, headers: Mapping[str, str], context: PollContext
) -> Feed:
    """Return a feed after a failed poll: its validators and items are kept, and the next poll is delayed."""
    failures = feed.failures + 1
    wishes = schedule.wishes_of(headers, now=context.now, bounds=context.bounds, failed=True)
    pace = failure_pace(feed, context, wishes, failures=failures)
    failed = replace(
        feed,
        **_schedule_basis(context, wishes),
        state=FeedState.FAILING,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll + context.late,
        last_poll=context.now,
        failing_since=feed.failing_since or context.now,
        failures=failures,
        error_kind=kind,
        last_error=words,
    )
    return redirects.lost(failed, kind)


def after_gone(feed: Feed, words: str, context: PollContext) -> Feed:
    """Return a feed that is permanently gone (410): it is no longer polled; its items are kept (P9).

    If the feed had moved and the new address is gone, only the move is reverted.
    """
    if feed.current_url != feed.url:
        return after_failure(feed, GONE, words, {}, context)
    return replace(
        feed,
        state=FeedState.GONE,
        last_poll=context.now,
        failing_since=feed.failing_since or context.now,
        failures=feed.failures + 1,
        error_kind=GONE,
        last_error=words,
    )


def body_hash(body: bytes) -> str:
    """Return the hash by which an unchanged body is recognised."""
    # Processors compute SHA-256 in hardware: half the time of BLAKE2.
    return hashlib.sha256(body, usedforsecurity=False).hexdigest()[:32]


def spread(feed: Feed, what: str, now: datetime | None) -> float:
    """Return a number in [0, 1) derived from feed, purpose and time, to spread polls without randomness."""
    seed = f"{feed.url}|{what}|{now.isoformat() if now else ''}"
    digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
