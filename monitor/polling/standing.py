"""How a feed stands after a poll: pure steps from what was known and what came to what is known now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling import pacing
from monitor.polling.document import Hints
from storage.model import FeedState, Validators

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.document import FeedFacts
    from monitor.polling.outcome import Fetched, NotModified
    from storage.model import Feed

HABIT_WINDOW = timedelta(days=14)  # long enough to see a weekly column twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a step needs besides the feed: the decision's time, the owner's bounds, and the feed's recent activity."""

    now: datetime
    bounds: pacing.Bounds
    activity: pacing.Activity = field(default_factory=pacing.Activity)


def after_items(feed: Feed, fetched: Fetched, facts: FeedFacts, around: Circumstances) -> Feed:
    """Return a feed whose document was read; a 200 replaces both validators, an absent one is forgotten (P2)."""
    known = replace(
        feed,
        title=feed.title or facts.title,
        validators=fetched.validators,
        body_hash=body_hash(fetched.body),
        hints=facts.hints.to_text(),
    )
    return _good(known, fetched.headers, around)


def after_same_body(feed: Feed, fetched: Fetched, around: Circumstances) -> Feed:
    """Return a feed whose body came again byte for byte: nothing was read, its new validators count."""
    return _good(replace(feed, validators=fetched.validators), fetched.headers, around)


def after_not_modified(feed: Feed, answer: NotModified, around: Circumstances) -> Feed:
    """Return a feed that answered 304, which updates only the validators it carries (P2)."""
    validators = Validators(
        etag=answer.validators.etag or feed.validators.etag,
        last_modified=answer.validators.last_modified or feed.validators.last_modified,
    )
    return _good(replace(feed, validators=validators), answer.headers, around)


def _good(feed: Feed, headers: Mapping[str, str], around: Circumstances) -> Feed:
    is_first = feed.first_success is None
    pace = pacing.after_success(
        now=around.now,
        bounds=around.bounds,
        activity=around.activity,
        hints=Hints.from_text(feed.hints),
        headers=headers,
        jitter=chance(feed, "jitter", around.now),
        phase=chance(feed, "phase", None) if is_first else 0.0,
    )
    return replace(
        feed,
        state=FeedState.OK,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll,
        last_poll=around.now,
        last_success=around.now,
        first_success=feed.first_success or around.now,
        failures=0,
        error_kind=None,
        last_error=None,
    )


def after_failure(
    feed: Feed, kind: str, words: str, headers: Mapping[str, str], around: Circumstances
) -> Feed:
    """Return a feed that could not be polled: validators and items stay, the next try is put off."""
    failures = feed.failures + 1
    pace = pacing.after_failure(
        now=around.now,
        bounds=around.bounds,
        interval=feed.interval,
        failures=failures,
        headers=headers,
        jitter=chance(feed, "jitter", around.now),
    )
    return replace(
        feed,
        state=FeedState.FAILING,
        interval=pace.interval,
        interval_reason=pace.why,
        next_poll=pace.next_poll,
        last_poll=around.now,
        failures=failures,
        error_kind=kind,
        last_error=words,
    )


def after_gone(feed: Feed, words: str, *, now: datetime) -> Feed:
    """Return a feed that is gone for good (410): it is polled no more, its items stay (P9)."""
    return replace(
        feed,
        state=FeedState.GONE,
        last_poll=now,
        failures=feed.failures + 1,
        error_kind="gone",
        last_error=words,
    )


def body_hash(body: bytes) -> str:
    """Return what an unchanged body is recognised by."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def chance(feed: Feed, what: str, now: datetime | None) -> float:
    """Return a number in [0, 1) that depends on the feed, the purpose and the moment: a spread without randomness."""
    seed = f"{feed.url}|{what}|{now.isoformat() if now else ''}"
    digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
