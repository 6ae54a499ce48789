"""A day of a thousand feeds on ten hosts, in virtual time: polls are spread and no host is overloaded (P12)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from functools import cache
from itertools import pairwise

from benchmarks.day import HOUR, LATENCY, MIDNIGHT, PAUSE, Asked, a_day

MINUTE = timedelta(minutes=1)


@cache
def day() -> tuple[Asked, ...]:
    return tuple(a_day())


def by_host() -> dict[str, list[Asked]]:
    hosts: dict[str, list[Asked]] = defaultdict(list)
    for one in day():
        hosts[one.host].append(one)
    return hosts


def test_no_host_has_two_requests_at_once_and_there_is_a_pause_between() -> None:
    """Two requests to one host are always separated by latency and pause."""
    for asked in by_host().values():
        assert min(later.at - earlier.at for earlier, later in pairwise(asked)) >= LATENCY + PAUSE


def test_after_the_first_round_no_hour_of_a_host_is_crowded() -> None:
    """All feeds are due at once at first; later the busiest hour has less than twice the requests of a mean hour."""
    for asked in by_host().values():
        hours = Counter(int((one.at - MIDNIGHT) / HOUR) for one in asked)
        del hours[0]
        assert max(hours.values()) < 2 * sum(hours.values()) / len(hours)


def test_after_the_first_round_no_minute_of_a_host_is_full() -> None:
    """No minute holds more than a tenth of a host's hundred feeds."""
    for asked in by_host().values():
        minutes = Counter(int((one.at - MIDNIGHT) / MINUTE) for one in asked if one.at - MIDNIGHT > HOUR / 2)
        assert max(minutes.values()) <= 10


def test_no_feed_is_asked_before_its_interval_is_over() -> None:
    """Each of a thousand feeds is polled, and no sooner than fifteen minutes after its last poll."""
    feeds: dict[int, list[Asked]] = defaultdict(list)
    for one in day():
        feeds[one.feed].append(one)
    assert len(feeds) == 1000
    assert min(
        later.at - earlier.at for asked in feeds.values() for earlier, later in pairwise(asked)
    ) >= timedelta(minutes=15)
