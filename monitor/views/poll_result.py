"""The results of polls: the new items of a round, its failed feeds with reasons, and a trial of every feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.http.outcome import OF_THE_NETWORK
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.polling.record import Polled


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
class FeedsTrial:
    """One poll of every feed that stored nothing: how many feeds there are, and how many answered with a feed."""

    feeds: int
    answered: int
    results: tuple[PollResult, ...]

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


def feeds_trial(polled: Iterable[Polled]) -> FeedsTrial:
    """Return the trial of feeds that were polled once each."""
    results = poll_results(polled)
    feeds = sum(not one.is_part for one in results)
    return FeedsTrial(
        feeds=feeds, answered=feeds - len({one.feed for one in results if one.failed}), results=results
    )
