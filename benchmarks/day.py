"""A day of a thousand feeds on ten hosts in virtual time, with the histogram of requests per host.

    python -m benchmarks.day [--feeds 1000] [--hosts 10] [--seed 1]

The schedule is the real one. The network is a table: each feed's answers are drawn once, from a fixed seed.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.polling.feed_state import transition
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.feed_state.schedule import Activity, Bounds
from monitor.polling.http.outcome import Fetched, NotModified
from monitor.polling.parsing.parsed_feed import FeedFacts, Hints
from storage.model import Feed, Validators

MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(seconds=1)  # of the daemon
PAUSE = timedelta(seconds=1)  # polling.host_delay
LATENCY = timedelta(milliseconds=200)
BAR = 60  # characters of the longest bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: which feed of which host, and when it began."""

    host: str
    feed: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """The behaviour of a feed: items a day, and the interval it asks for."""

    items_a_day: float
    hints: Hints
    max_age: int | None


def a_day(*, feeds: int = 1000, hosts: int = 10, seed: int = 1, span: timedelta = DAY) -> list[Asked]:
    """Return every request of a day that begins with all feeds due at once, in order."""
    chance = random.Random(seed)
    publishers = [_publisher(chance) for _ in range(feeds)]
    watched = {number: _feed(number, f"host{number % hosts}.example:443") for number in range(feeds)}
    line = [(MIDNIGHT, number) for number in range(feeds)]
    heapq.heapify(line)
    free: dict[str, datetime] = {}
    asked: list[Asked] = []
    while line and line[0][0] < MIDNIGHT + span:
        due, number = heapq.heappop(line)
        feed = watched[number]
        begun = max(_next_tick(due), free.get(feed.host, due))
        free[feed.host] = begun + LATENCY + PAUSE
        asked.append(Asked(host=feed.host, feed=number, at=begun))
        watched[number] = _polled(feed, publishers[number], begun, chance)
        heapq.heappush(line, (watched[number].next_poll, number))
    return sorted(asked, key=lambda one: one.at)


def _publisher(chance: random.Random) -> Publisher:
    hints = Hints(period=chance.choice([None, None, None, HOUR, 2 * HOUR]))
    return Publisher(
        items_a_day=10 ** chance.uniform(-1, 2),
        hints=hints,
        max_age=chance.choice([None, None, None, 300, 3600]),
    )


def _feed(number: int, host: str) -> Feed:
    url = f"https://{host}/{number}"
    return Feed(id=number, url=url, title="", current_url=url, host=host, interval=HOUR, next_poll=MIDNIGHT)


def _polled(feed: Feed, publisher: Publisher, now: datetime, chance: random.Random) -> Feed:
    since = now - (feed.last_poll or now)
    new = sum(chance.choice((0, 1)) for _ in range(round(2 * publisher.items_a_day * (since / DAY))))
    watched = now - (feed.first_success or now)
    activity = Activity(new_items=round(publisher.items_a_day * (watched / DAY)), over=watched)
    around = transition.PollContext(now=now, bounds=Bounds(), activity=activity)
    headers = {"cache-control": f"max-age={publisher.max_age}"} if publisher.max_age else {}
    if feed.last_poll and not new:
        same = NotModified(validators=Validators(), url=feed.url, headers=headers)
        return transition.after_not_modified(feed, same, around)
    body = Fetched(body=b"", url=feed.url, status=200, validators=Validators(), headers=headers)
    sighted = DocumentSummary(items=max(40, new), new=min(new, 39))
    return transition.after_items(feed, body, FeedFacts(hints=publisher.hints), around, sighted)


def _next_tick(moment: datetime) -> datetime:
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + TICK


def histogram(asked: list[Asked]) -> list[tuple[str, Counter[int]]]:
    """Return, for each host, how many requests it got in each hour."""
    hosts: dict[str, Counter[int]] = {}
    for one in asked:
        hosts.setdefault(one.host, Counter())[int((one.at - MIDNIGHT) / HOUR)] += 1
    return sorted(hosts.items())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asked = a_day(feeds=given.feeds, hosts=given.hosts, seed=given.seed)
    hours = Counter(int((one.at - MIDNIGHT) / HOUR) for one in asked)
    minutes = Counter((one.host, int((one.at - MIDNIGHT) / timedelta(minutes=1))) for one in asked)
    print(f"{given.feeds} feeds on {given.hosts} hosts, {len(asked):,} requests in a day from a cold start")
    print(f"requests of all hosts by hour, the busiest minute of one host: {max(minutes.values())} requests")
    for hour in range(24):
        print(f"{hour:02d}  {hours[hour]:5d}  {'#' * round(BAR * hours[hour] / max(hours.values()))}")
    print("requests per host and hour")
    for host, counts in histogram(asked):
        print(f"{host:24s} {' '.join(f'{counts[hour]:4d}' for hour in range(24))}")


if __name__ == "__main__":
    main()
