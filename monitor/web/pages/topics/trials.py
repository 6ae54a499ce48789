"""Trials for pages, one at a time, because each takes seconds of CPU time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from monitor.views.topics.backtest import read_past
from monitor.views.topics.trial import try_change, try_topic
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from monitor.views.topics.trial import ChangeTrialView, TrialView
    from monitor.web.request.page_request import PageRequest

PATIENCE_SECONDS = 2.5  # seconds that a request waits for another trial
TRIAL_SECONDS = 5.0  # seconds for judging, of the ten for a request, after waiting and fetching pages
_ONE_AT_A_TIME = threading.Lock()


async def trial_of(
    ask: PageRequest,
    name: str,
    topic: Topic,
    *,
    find_others: Callable[[], Sequence[Rule]] = tuple,
    feeds: Collection[str] | None = None,
) -> TrialView:
    """Return the stories of the last 30 days that a topic would have alerted about; see `try_topic`."""

    def work() -> TrialView:
        with _alone() as may_go_on:
            with ask.database.read() as ledger:
                past = read_past(ledger, now=ask.now, feeds=feeds)
            return try_topic(past, name, topic, find_others=find_others, may_go_on=may_go_on)

    return await ask.run(work)


async def change_trial_of(
    ask: PageRequest, name: str, before: Topic, after: Topic, *, feeds: Collection[str] | None
) -> ChangeTrialView:
    """Return the stories of the last 30 days that a changed topic would have added and removed."""

    def work() -> ChangeTrialView:
        with _alone() as may_go_on:
            with ask.database.read() as ledger:
                past = read_past(ledger, now=ask.now, feeds=feeds)
            return try_change(past, name, before, after, may_go_on=may_go_on)

    return await ask.run(work)


@contextmanager
def _alone() -> Iterator[Callable[[], bool]]:
    """Wait for the previous trial, and yield a function that says whether time is left."""
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE_SECONDS):
        raise PageRefused(503, "Another trial is running.", "Try again in a few seconds.")
    try:
        until = monotonic() + TRIAL_SECONDS
        yield lambda: monotonic() < until
    finally:
        _ONE_AT_A_TIME.release()
