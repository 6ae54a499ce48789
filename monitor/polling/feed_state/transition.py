"""The state of a feed after a poll, computed from its state before and the outcome. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.feed_state import habits, redirects, schedule
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.parsing.parsed_feed import Hints
from storage.model import FeedState, Validators
from storage.model.habit import ByteCounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.http.outcome import Fetched, NotModified
    from monitor.polling.parsing.parsed_feed import FeedFacts
    from storage.model import Feed

GONE = "gone"  # the kind of error that a 410 is recorded as
LONG_OUTAGE = timedelta(hours=12)  # a night without us is no outage, half a day beyond a feed's pace is
HABIT_WINDOW = timedelta(days=14)  # long enough to see a weekly column twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a step needs besides the feed: the decision's time, the owner's bounds, and the feed's recent activity."""

    now: datetime
    bounds: schedule.Bounds
    activity: schedule.Activity = field(default_factory=schedule.Activity)


def after_items(
    feed: Feed,
    fetched: Fetched,
    facts: FeedFacts,
    around: Circumstances,
    sighted: DocumentSummary | None = None,
) -> Feed:
    """Return a feed whose document was read; a 200 replaces both validators, an absent one is forgotten (P2)."""
    sighted = sighted or DocumentSummary()
    known = replace(
        feed,
        title=feed.title or facts.title,
        validators=fetched.validators,
        body_hash=body_hash(fetched.body),
        hints=facts.hints.to_text(),
        habit=habits.after_document(feed.habit, sighted, last_success=feed.last_success, now=around.now),
    )
    if not sighted.partial:
        known = _weighed(known, fetched)
    return _good(known, fetched, around)


def after_same_body(feed: Feed, fetched: Fetched, around: Circumstances) -> Feed:
    """Return a feed whose body came again byte for byte: nothing was read, its new validators count."""
    known = replace(
        feed,
        validators=fetched.validators,
        habit=habits.after_nothing(feed.habit, now=around.now),
    )
    return _good(_weighed(known, fetched), fetched, around)


def after_not_modified(feed: Feed, answer: NotModified, around: Circumstances) -> Feed:
    """Return a feed that answered 304, which updates only the validators it carries (P2)."""
    validators = Validators(
        etag=answer.validators.etag or feed.validators.etag,
        last_modified=answer.validators.last_modified or feed.validators.last_modified,
    )
    traffic = feed.traffic
    known = replace(
        feed,
        validators=validators,
        habit=habits.after_nothing(feed.habit, now=around.now),
        traffic=replace(traffic, saved_bytes=traffic.saved_bytes + traffic.body_bytes),
    )
    return _good(known, answer, around)


def _weighed(feed: Feed, fetched: Fetched) -> Feed:
    weight = fetched.bytes_on_wire or len(fetched.body)
    return replace(feed, traffic=ByteCounts(body_bytes=weight, saved_bytes=feed.traffic.saved_bytes))


def gap_since(feed: Feed, *, now: datetime) -> datetime | None:
    """Return when a feed was last heard if that is so long ago that what it brings now is told as late; else None.

    It is long if its answer comes half a day after it was due by its own pace, whoever was away: we or the feed.
    """
    heard = feed.last_success
    return heard if heard is not None and now - heard - feed.interval >= LONG_OUTAGE else None


def _good(feed: Feed, answer: Fetched | NotModified, around: Circumstances) -> Feed:
    is_first = feed.first_success is None
    pace = schedule.after_success(
        now=around.now,
        bounds=around.bounds,
        activity=replace(around.activity, keep_up=feed.habit.keep_up),
        hints=Hints.from_text(feed.hints),
        headers=answer.headers,
        jitter=chance(feed, "jitter", around.now),
        phase=chance(feed, "phase", None) if is_first else 0.0,
    )
    well = replace(
        feed,
        state=FeedState.SILENT if habits.is_silent(feed.habit, now=around.now) else FeedState.OK,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll,
        last_poll=around.now,
        last_success=around.now,
        first_success=feed.first_success or around.now,
        failing_since=None,
        failures=0,
        error_kind=None,
        last_error=None,
    )
    return redirects.met(well, answer.permanent_url, now=around.now)


def after_failure(
    feed: Feed, kind: str, words: str, headers: Mapping[str, str], around: Circumstances
) -> Feed:
    """Return a feed that could not be polled: validators and items stay, the next try is put off."""
    failures = feed.failures + 1
    pace = schedule.after_failure(
        now=around.now,
        bounds=around.bounds,
        interval=feed.interval,
        failures=failures,
        headers=headers,
        jitter=chance(feed, "jitter", around.now),
    )
    failed = replace(
        feed,
        state=FeedState.FAILING,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll,
        last_poll=around.now,
        failing_since=feed.failing_since or around.now,
        failures=failures,
        error_kind=kind,
        last_error=words,
    )
    return redirects.lost(failed, kind)


def after_gone(feed: Feed, words: str, around: Circumstances) -> Feed:
    """Return a feed that is gone for good (410): it is polled no more, its items stay (P9).

    A new address that is gone only takes the move back: the configured URL has the last word.
    """
    if feed.current_url != feed.url:
        return after_failure(feed, GONE, words, {}, around)
    return replace(
        feed,
        state=FeedState.GONE,
        last_poll=around.now,
        failing_since=feed.failing_since or around.now,
        failures=feed.failures + 1,
        error_kind=GONE,
        last_error=words,
    )


def body_hash(body: bytes) -> str:
    """Return what an unchanged body is recognised by."""
    # SHA-256 is done by the processor: half the time of BLAKE2 for every body that comes.
    return hashlib.sha256(body, usedforsecurity=False).hexdigest()[:32]


def chance(feed: Feed, what: str, now: datetime | None) -> float:
    """Return a number in [0, 1) that depends on the feed, the purpose and the moment: a spread without randomness."""
    seed = f"{feed.url}|{what}|{now.isoformat() if now else ''}"
    digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
