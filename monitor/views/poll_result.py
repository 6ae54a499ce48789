"""The results of polls: the new items of a round, its failed feeds with reasons, and a trial of every feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.http.outcome import OF_THE_NETWORK
from storage.engine.sql import in_lists
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.polling.record import Polled
    from storage.database import Ledger


@value
class PollFailure:
    """A feed that could not be read, and why; `is_of_network` marks a failure that all feeds have without a network."""

    url: str
    title: str
    error: str
    is_of_network: bool


@value
class PollResult:
    """The result of one poll; small, since a round may have 100,000.

    `feed` is the id of the subscribed feed, and `url` the polled address. `is_part` says that the poll is a part of that
    feed's, as for a sitemap of an index. `backlog` counts items of a first poll, `truncated` items that were skipped.
    """

    feed: int
    url: str
    fresh: int
    backlog: int
    first_poll: bool
    truncated: int
    is_part: bool
    failure: PollFailure | None

    @property
    def failed(self) -> bool:
        """Whether the poll failed."""
        return self.failure is not None


@value
class WaitingFeed:
    """A feed that is not asked before `until`, since its server or host asks for that (Retry-After)."""

    url: str
    title: str
    until: datetime


@value
class FeedsTrial:
    """One poll of every feed that stored nothing: how many feeds were asked, and how many answered with a feed.

    `waiting` are those that were not asked.
    """

    feeds: int
    answered: int
    results: tuple[PollResult, ...]
    waiting: tuple[WaitingFeed, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether any feed could not be read."""
        return any(one.failed for one in self.results)


def poll_results(polled: Iterable[Polled]) -> tuple[PollResult, ...]:
    """Return the results of polls in their order."""
    return tuple(map(poll_result, polled))


def poll_result(polled: Polled) -> PollResult:
    """Return the result of a poll."""
    feed = polled.feed
    failure = PollFailure(
        url=feed.url,
        title=feed.title,
        error=feed.last_error or "",
        is_of_network=feed.error_kind in OF_THE_NETWORK,
    )
    return PollResult(
        feed=feed.owner_id,
        url=feed.url,
        fresh=polled.fresh,
        backlog=polled.backlog,
        first_poll=polled.first_poll,
        truncated=polled.truncated,
        is_part=polled.is_part,
        failure=failure if polled.failed else None,
    )


def read_waiting(ledger: Ledger, *, now: datetime) -> tuple[WaitingFeed, ...]:
    """Return the feeds whose servers ask not to be asked now."""
    until = ledger.feed_controls.asked_to_wait(now=now)
    waiting = [feed for some in in_lists(list(until)) for feed in ledger.feeds.with_ids(some)]
    return tuple(WaitingFeed(url=feed.url, title=feed.title, until=until[feed.id]) for feed in waiting)


def read_quiet_hosts(ledger: Ledger, *, now: datetime) -> dict[str, datetime]:
    """Return the hosts that ask not to be asked now (429), and until when."""
    return ledger.feeds.quiet_hosts(now=now)


def feeds_trial(polled: Iterable[Polled], waiting: tuple[WaitingFeed, ...] = ()) -> FeedsTrial:
    """Return the trial of feeds that were polled once each, and of those that were left out."""
    results = poll_results(polled)
    feeds = sum(not one.is_part for one in results)
    return FeedsTrial(
        feeds=feeds,
        answered=feeds - len({one.feed for one in results if one.failed}),
        results=results,
        waiting=waiting,
    )
