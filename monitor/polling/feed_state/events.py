"""Events of a feed, computed from its state before and after a poll; the owner gets one report about each. Pure.

    for report in new_reports(before, after, now=now): ...
    for kind in ended_events(before, after): ...

A failing feed is reported after a grace period, and its recovery once more. `since` makes each event unique: it is
the time of the first failure in a row, or of the last new item before a silence.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.render.event_kind import EventKind
from alerts.render.parts.times import duration
from monitor.polling.feed_state import habits
from monitor.polling.http.outcome import OF_THE_NETWORK
from storage.model import FeedState
from storage.stores.reports import NewReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.model import Feed
    from storage.stores.reports import NetworkReach

# A feed is reported as failing at its second failed poll in a row if the first was an hour ago, else at its third.
GRACE = timedelta(hours=1)
GRACE_POLLS = 3
GAP_EPISODE = timedelta(days=30)  # a feed that loses items at every poll is reported once a month
ENOUGH_HOSTS = 10  # unreachable in a row without an answer in between: so many do not fail by chance
ENOUGH_FEEDS = 10
OF_CHILDREN = frozenset({EventKind.FEED_FAILING, EventKind.FEED_GAP})


def new_reports(before: Feed, after: Feed, *, now: datetime) -> Iterator[NewReport]:
    """Yield the reports that a poll gives reason for; a sitemap of an index is only reported as failing or with a gap."""
    for report in _new_reports(before, after, now=now):
        if after.entry is None or report.kind in OF_CHILDREN:
            yield report


def _new_reports(before: Feed, after: Feed, *, now: datetime) -> Iterator[NewReport]:
    if after.state is FeedState.GONE and before.state is not FeedState.GONE:
        yield _report(EventKind.FEED_GONE, after, since=now, detail=after.last_error)
    elif after.state is FeedState.FAILING and is_broken(after, now=now):
        yield _report(
            EventKind.FEED_FAILING, after, since=after.failing_since or now, detail=after.last_error
        )
    elif after.state is FeedState.SILENT and before.state is not FeedState.SILENT:
        yield _report(EventKind.FEED_SILENT, after, since=after.habit.last_new or now, detail=_silence(after))
    if after.habit.missed_at == now and not _was_recent(before.habit.missed_at, now):
        yield _report(EventKind.FEED_GAP, after, since=now, detail=_gap(after))
    if habits.has_unstable_ids(after.habit) and not habits.has_unstable_ids(before.habit):
        detail = f"all of its items had new ids at {after.habit.renamed_polls} polls in a row"
        yield _report(EventKind.FEED_UNSTABLE, after, since=now, detail=detail)
    if after.state is not FeedState.FAILING and after.current_url != before.current_url:
        detail = f"from {before.current_url} to {after.current_url}, permanently"
        yield _report(EventKind.FEED_MOVED, after, since=now, detail=detail)
    elif after.merged_into is not None:
        yield _report(EventKind.FEED_MOVED, after, since=now, detail=after.last_error)


def recovery(before: Feed, after: Feed, *, now: datetime) -> NewReport:
    """Return the report that a feed has recovered; it is sent only if the failure was reported."""
    detail = "it brings new items again"
    if before.failing_since is not None:
        polls = f"{before.failures} failed poll{'' if before.failures == 1 else 's'}"
        detail = f"it answered after {polls} over {duration(now - before.failing_since)}"
    return _report(EventKind.FEED_RECOVERED, after, since=now, detail=detail)


def ended_events(before: Feed, after: Feed) -> tuple[EventKind, ...]:
    """Return the kinds of trouble that this poll has ended."""
    ends: list[EventKind] = []
    if before.failures and not after.failures:
        ends += [EventKind.FEED_FAILING, EventKind.FEED_GONE]
    was_ok = before.state is FeedState.OK  # then no reported trouble could have ended
    if before.habit.last_new != after.habit.last_new and after.state is FeedState.OK and not was_ok:
        ends.append(EventKind.FEED_SILENT)
    return tuple(ends)


def is_broken(feed: Feed, *, now: datetime) -> bool:
    """Whether a feed has been failing for longer than the grace period."""
    if feed.failures >= GRACE_POLLS:
        return True
    return feed.failures > 1 and now - (feed.failing_since or now) >= GRACE


def is_unreached(feed: Feed) -> bool:
    """Whether the last poll got no answer at all, which may be the network's fault rather than the feed's."""
    return feed.error_kind in OF_THE_NETWORK


def is_network_down(reach: NetworkReach) -> bool:
    """Whether the network is down: no feed answers, or so many hosts fail in a row that it cannot be chance.

    A single feed says nothing about the network.
    """
    enough_feeds = reach.unreached_feeds >= min(reach.feeds, ENOUGH_FEEDS)
    enough_hosts = reach.unreached_hosts >= min(reach.hosts, ENOUGH_HOSTS)
    return reach.unreached_feeds > 1 and enough_feeds and enough_hosts


def may_be_down(reach: NetworkReach, *, since: datetime) -> bool:
    """Whether a failure without any answer, begun at `since`, may be an outage of the network that is not proved yet.

    The next polls of the other feeds decide: one of them answers, or none does.
    """
    return reach.feeds > 1 and (reach.last_answer is None or reach.last_answer < since)


def _report(kind: EventKind, feed: Feed, *, since: datetime, detail: str | None) -> NewReport:
    return NewReport(
        kind=kind.value,
        since=since,
        detail=detail or "",
        feed_id=feed.id,
        of_network=kind is EventKind.FEED_FAILING and is_unreached(feed),
    )


def _was_recent(missed_at: datetime | None, now: datetime) -> bool:
    return missed_at is not None and now - missed_at < GAP_EPISODE


def _silence(feed: Feed) -> str:
    usual = feed.habit.usual_gap or timedelta(0)
    return f"nothing new, though it usually brings something at least every {duration(usual)}"


def _gap(feed: Feed) -> str:
    number = feed.habit.document_items
    return (
        f"none of its {number} items was there at the previous poll"
        if number > 1
        else "its only item is a new one"
    )
