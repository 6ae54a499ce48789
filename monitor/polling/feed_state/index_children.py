"""Selects the sitemaps of an index to poll: the last changed ones, a few at a time, never a whole archive. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.feed_state.transition import NO_NEWS
from monitor.polling.parsing.identity import key_hash
from storage.model import POLLED_STATES, FeedState
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from monitor.polling.parsing.parsed_feed import ListedSitemap
    from storage.model import Feed

FOLLOWED = 5  # sitemaps of one index that are polled; a site's news of two days fill one to three
AT_ONCE = 3  # new sitemaps polled together with the index that lists them
NEXT_ROUND = timedelta(minutes=15)  # time until the other new sitemaps are polled
FRESH = timedelta(
    days=3
)  # news sitemaps contain two days; a sitemap that has not changed for longer is an archive


@value
class FoundChild:
    """A sitemap to poll that was never polled; `is_news` says that it was not listed at the index's last reading."""

    sitemap: ListedSitemap
    next_poll: datetime
    is_news: bool


@value
class ChildrenPlan:
    """The changes to the sitemaps of an index; `refusal` is the reason why the index is not a feed, if it is not one."""

    found: tuple[FoundChild, ...] = ()
    changed: tuple[Feed, ...] = ()
    unlisted: tuple[Feed, ...] = ()
    refusal: str = ""


def plan_children(
    listed: Sequence[ListedSitemap],
    known: Sequence[Feed],
    *,
    before: Collection[bytes] | None,
    now: datetime,
) -> ChildrenPlan:
    """Return the plan for an index that lists these sitemaps, best first; its children `known` have been polled before.

    `before` are the hashes of the URLs that it listed when it was last read, None at the first time.
    """
    by_url = {child.url: child for child in known}
    without_news = {child.url for child in known if child.error_kind == NO_NEWS}
    wanted = [one for one in listed if one.url not in without_news]
    has_enough = len(without_news) == len(known) >= FOLLOWED
    is_refused = bool(listed) and (has_enough or not wanted)
    fresh = [one for one in wanted if one.changed_at is None or now - one.changed_at <= FRESH]
    chosen = [] if is_refused else (fresh or wanted[:1])[:FOLLOWED]
    due = {one.url: now + NEXT_ROUND * (at // AT_ONCE) for at, one in enumerate(chosen)}
    urls = {one.url for one in listed}
    return ChildrenPlan(
        found=tuple(
            FoundChild(
                sitemap=one,
                next_poll=due[one.url],
                is_news=before is not None and key_hash(one.url) not in before,
            )
            for one in chosen
            if one.url not in by_url
        ),
        changed=tuple(
            [_followed(by_url[one.url], one, due[one.url]) for one in chosen if one.url in by_url]
            + [_paused(child) for child in known if child.url in urls and child.url not in due]
        ),
        unlisted=tuple(child for child in known if child.url not in urls),
        refusal=no_news(len(without_news)) if is_refused else "",
    )


def no_news(sitemaps: int) -> str:
    """Return the reason why an index is not a feed."""
    named = "the sitemap" if sitemaps == 1 else f"none of {sitemaps} sitemaps"
    has = "has no" if sitemaps == 1 else "has"
    return f"{named} that the index lists last {has} news entries (news:news)"


def _followed(child: Feed, listed: ListedSitemap, due: datetime) -> Feed:
    """Return a child that is polled; if it has changed since, it is due, unless it is failing."""
    if child.entry is None:
        return child
    former = child.entry.changed_at
    has_changed = listed.changed_at is not None and (former is None or listed.changed_at > former)
    after = replace(child, entry=replace(child.entry, changed_at=listed.changed_at))
    if child.state is FeedState.PAUSED:
        return replace(after, state=FeedState.OK, next_poll=due)
    if has_changed and not child.failures:
        return replace(after, next_poll=min(child.next_poll, due))
    return after


def _paused(child: Feed) -> Feed:
    return replace(child, state=FeedState.PAUSED) if child.state in POLLED_STATES else child
