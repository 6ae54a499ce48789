"""Feeds that move: when to adopt a permanent redirect, and when to revert it (RFC 9110, 15.4.2 and 15.4.9).

A redirect is followed at once but adopted late: every hop is permanent and the target is a feed, at five polls in a
row over a day or more. Captive portals and misconfigured servers send permanent redirects too. The configured URL is
always kept, and polled again as soon as the new one fails.
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
LOST_AFTER = 3  # failures in a row at the new address; a single one may be temporary
LOST_AT_ONCE = frozenset({"gone", "http-404"})  # the server says that the address does not exist


def met(feed: Feed, permanent_url: str | None, *, now: datetime) -> Feed:
    """Return a feed after a successful poll; `permanent_url` is where permanent redirects alone led, else None."""
    if permanent_url is None or not _may_lead(feed.current_url, permanent_url):
        return feed if feed.move is None else replace(feed, move=None)
    move = feed.move
    if move is None or move.target != permanent_url:
        move = PermanentRedirect(target=permanent_url, polls=0, since=now)
    move = replace(move, polls=move.polls + 1)
    if move.polls < BELIEVED_AFTER_POLLS or now - move.since < BELIEVED_AFTER:
        return replace(feed, move=move)
    return replace(feed, current_url=move.target, host=_host(move.target), move=None)


def _may_lead(here: str, there: str) -> bool:
    """Whether a move may be adopted: not to the same address, and never away from TLS."""
    return there != here and not (here.startswith("https:") and there.startswith("http:"))


def lost(feed: Feed, kind: str) -> Feed:
    """Return a feed after a failure at its address: a moved feed goes back to its configured URL."""
    feed = replace(feed, move=None)
    is_lost = kind in LOST_AT_ONCE or (feed.failures >= LOST_AFTER and kind != "throttled")
    if feed.current_url == feed.url or not is_lost:
        return feed
    # The validators belong to the other address.
    return replace(feed, current_url=feed.url, host=_host(feed.url), validators=Validators(), body_hash=None)


def merged(feed: Feed, *, into: int, url: str) -> Feed:
    """Return a feed that was merged into another, which is polled in its place; its items are kept."""
    return replace(
        feed,
        state=FeedState.PAUSED,
        merged_into=into,
        error_kind="merged",
        last_error=f"merged into {url}, which is polled in its place",
    )


def _host(url: str) -> str:
    target = parse_target(url)
    return target.host_key if isinstance(target, Target) else ""
