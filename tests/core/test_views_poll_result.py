"""Results of polls as commands print them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from builders import NOON

from monitor.polling.http.outcome import FailureKind
from monitor.polling.record import Polled
from monitor.views.poll_result import feeds_trial
from storage.model import Feed


def a_feed(number: int, **given: object) -> Feed:
    """A feed that is polled every hour."""
    url = f"https://example.org/{number}"
    ordinary = {"id": number, "url": url, "title": f"Feed {number}", "host": "example.org"}
    place = {"current_url": url, "interval": timedelta(hours=1), "next_poll": NOON}
    return Feed(**{**ordinary, **place, **given})


def test_a_trial_counts_feeds_and_those_that_answered() -> None:
    """A failed feed and the failed parts of its poll count once, and the cause is kept."""
    failed = a_feed(2, failures=1, last_error="no answer", error_kind=FailureKind.TIMEOUT)
    index = Polled(feed=failed)
    trial = feeds_trial([Polled(feed=a_feed(1)), index, replace(index, is_index_failure=True)])
    assert (trial.feeds, trial.answered, trial.failed) == (2, 1, True)
    failures = [one.failure for one in trial.results if one.failure is not None]
    assert [(one.title, one.error, one.is_of_network) for one in failures] == [
        ("Feed 2", "no answer", True)
    ] * 2
