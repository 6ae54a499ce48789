"""Feeds that move: when a permanent redirect is believed, and when it is taken back (RFC 9110, 15.4.2 and 15.4.9).

A redirect is followed at once and believed late: every hop permanent, the target a feed, on five polls in a row over
a day or more. Captive portals and misconfigured servers redirect permanently too. The configured URL is always kept,
and asked again as soon as the new one fails.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.http.address import Target, parse_target
from storage.model import FeedState, Validators
from storage.model.habit import PermanentRedirect

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Feed

BELIEVED_AFTER_POLLS = 5
BELIEVED_AFTER = timedelta(days=1)
LOST_AFTER = 3  # failures in a row at a new address; a single one may be a bad moment
LOST_AT_ONCE = frozenset({"gone", "http-404"})  # the server says that nothing is there


def met(feed: Feed, permanent_url: str | None, *, now: datetime) -> Feed:
    """Return a feed whose good poll came from `permanent_url` over permanent redirects alone; None: it did not."""
    if permanent_url is None or not _may_lead(feed.current_url, permanent_url):
        return replace(feed, move=None)
    move = feed.move
    if move is None or move.target != permanent_url:
        move = PermanentRedirect(target=permanent_url, polls=0, since=now)
    move = replace(move, polls=move.polls + 1)
    if move.polls < BELIEVED_AFTER_POLLS or now - move.since < BELIEVED_AFTER:
        return replace(feed, move=move)
    return replace(feed, current_url=move.target, host=_host(move.target), move=None)


def _may_lead(here: str, there: str) -> bool:
    """A move to itself is none, and one away from TLS is followed but never believed."""
    return there != here and not (here.startswith("https:") and there.startswith("http:"))


def lost(feed: Feed, kind: str) -> Feed:
    """Return a feed after a failure at its address: one that had moved is asked for at its configured URL again."""
    feed = replace(feed, move=None)
    is_lost = kind in LOST_AT_ONCE or (feed.failures >= LOST_AFTER and kind != "throttled")
    if feed.current_url == feed.url or not is_lost:
        return feed
    # The validators are of the other address.
    return replace(feed, current_url=feed.url, host=_host(feed.url), validators=Validators(), body_hash=None)


def merged(feed: Feed, *, into: int, url: str) -> Feed:
    """Return a feed that has become one with another, which is polled in its place; its items stay."""
    return replace(
        feed,
        state=FeedState.PAUSED,
        merged_into=into,
        error_kind="merged",
        last_error=f"it has become one with {url}, which is polled in its place",
    )


def _host(url: str) -> str:
    target = parse_target(url)
    return target.host_key if isinstance(target, Target) else ""
