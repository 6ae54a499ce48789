"""The simulated web: the version and fault of each feed, and the counts of requests."""

from __future__ import annotations

import random
import time
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bodies import EPOCH, ITEM_STEP, Bodies, State

ROUND_STEP = 3_600  # each round is an hour later in feed time
LONGEST_WAIT = 30.0  # seconds
REDIRECTS = frozenset({"301", "302", "307", "308"})
STATUSES = frozenset({"404", "410", "500", "503"})
FAULTS = REDIRECTS | STATUSES | {"slow", "timeout", "reset", "malformed", "truncated", "429"}

Sampler = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The layout of a farm; shares are of all feeds, `latency` is what `sampler` reads."""

    feeds: int
    hosts: tuple[str, ...]
    port: int
    items: int
    seed: int = 1
    changed: float = 0.1
    no_validators: float = 0.0
    gzip: bool = True
    latency: str = "0"
    faults: str = ""
    flaky: float = 0.0
    retry_after: int = 60
    slow_seconds: float = 20.0
    scheme: str = "http"


def sampler(spec: str, chance: random.Random) -> Sampler:
    """Return a function that draws an answer's delay in seconds: `200`, `uniform:50:500`, `lognormal:200:0.8`, `pareto:50:1.5`."""
    name, *numbers = spec.split(":")
    try:
        first, second = (float(number) / 1000 for number in (numbers or [name, name]))
    except ValueError:
        raise SystemExit(f"feedfarm: latency not understood: {spec!r}") from None
    draws: dict[str, Sampler] = {
        "uniform": lambda: chance.uniform(first, second),
        "lognormal": lambda: min(LONGEST_WAIT, first * chance.lognormvariate(0, second * 1000)),
        "pareto": lambda: min(LONGEST_WAIT, first * chance.paretovariate(second * 1000)),
    }
    if not numbers:
        return lambda: first
    if name not in draws:
        raise SystemExit(f"feedfarm: latency not understood: {spec!r}")
    return draws[name]


class Farm:
    """All feeds, and the counts of requests since the last `reset`."""

    def __init__(self, plan: Plan, bodies: Bodies) -> None:
        self.plan = plan
        self.bodies = bodies
        self.chance = random.Random(plan.seed + 1)
        self.versions = array("L", [0]) * plan.feeds
        self._changed_in = array("L", [0]) * plan.feeds
        self.round = 0
        self.flaky = plan.flaky
        self.faults = _assigned(plan)
        blind = random.Random(plan.seed + 3)
        self.blind = {feed for feed in range(plan.feeds) if blind.random() < plan.no_validators}
        self.last_429: dict[int, float] = {}
        self._under_way: Counter[str] = Counter()  # requests by host
        self._answered_at: dict[str, float] = {}
        self.connections = 0
        self.set_latency(plan.latency)
        self.reset()

    def set_latency(self, spec: str) -> None:
        """Delay answers from now on."""
        self.wait = sampler(spec, self.chance)
        self.latency = spec

    def reset(self) -> None:
        """Set all counts to zero."""
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.requests = self.conditional = self.gzipped = self.body_bytes = self.accepted = 0
        self.retry_after_violations = self.asked_again_when_gone = 0
        self.statuses: Counter[int] = Counter()
        self.hits: Counter[int] = Counter()
        self.side_by_side = 0
        self.shortest_pause: float | None = None
        self.most_connections = self.connections

    def publish(self, share: float) -> int:
        """Begin a round in which this share of the feeds has news; return how many have."""
        self.round += 1
        draw = random.Random(self.plan.seed * 7919 + self.round)
        chosen = draw.sample(range(self.plan.feeds), round(share * self.plan.feeds))
        for feed in chosen:
            self.versions[feed] += 1
            self._changed_in[feed] = self.round
        return len(chosen)

    def state(self, feed: int) -> State:
        """Return the state of a feed."""
        stamp = EPOCH + self.plan.items * ITEM_STEP + self._changed_in[feed] * ROUND_STEP
        return State(feed=feed, version=self.versions[feed], stamp=stamp, base=self.base(feed))

    def base(self, feed: int) -> str:
        """Return the URL of a feed's host."""
        return f"{self.plan.scheme}://{self.plan.hosts[feed % len(self.plan.hosts)]}:{self.plan.port}"

    def url(self, feed: int) -> str:
        """Return the URL of a feed."""
        return f"{self.base(feed)}/f/{feed}.xml"

    def fault(self, feed: int) -> str | None:
        """Return the fault of a feed's next answer."""
        return "503" if self.flaky and self.chance.random() < self.flaky else self.faults.get(feed)

    def note_request(self, feed: int) -> None:
        """Count a request; times are on the machine's monotonic clock."""
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at
        self.requests += 1
        self.hits[feed] += 1
        host = self.base(feed)
        self.side_by_side += self._under_way[host] > 0
        self._under_way[host] += 1
        if host in self._answered_at:
            pause = self.last_at - self._answered_at[host]
            self.shortest_pause = min(pause, self.shortest_pause or pause)

    def note_answer(self, feed: int) -> None:
        """Count an answer; a slow or hanging answer counts as given."""
        host = self.base(feed)
        self._under_way[host] -= 1
        self._answered_at[host] = time.monotonic()

    def stats(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "round": self.round,
            "requests": self.requests,
            "feeds_hit": len(self.hits),
            "most_hits": max(self.hits.values(), default=0),
            "side_by_side": self.side_by_side,
            "shortest_pause": self.shortest_pause,
            "conditional": self.conditional,
            "gzipped": self.gzipped,
            "body_bytes": self.body_bytes,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "accepted": self.accepted,
            "connections": self.connections,
            "most_connections": self.most_connections,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "retry_after_violations": self.retry_after_violations,
            "asked_again_when_gone": self.asked_again_when_gone,
        }


def _assigned(plan: Plan) -> dict[int, str]:
    """Return the permanent fault of each feed that has one; `slow=0.1,404=0.05` gives shares."""
    order = list(range(plan.feeds))
    random.Random(plan.seed + 2).shuffle(order)
    faults: dict[int, str] = {}
    for part in filter(None, plan.faults.split(",")):
        kind, _, share = part.partition("=")
        if kind not in FAULTS:
            raise SystemExit(f"feedfarm: no fault named {kind!r}; there are {', '.join(sorted(FAULTS))}")
        chosen = order[len(faults) : len(faults) + round(float(share) * plan.feeds)]
        faults |= dict.fromkeys(chosen, kind)
    return faults
