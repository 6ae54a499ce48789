"""The harness: the pipeline once to count its points, then once for each point with a fault at it, and the judge.

The judge is what the receivers took. After a fault and a recovery everything expected must have arrived; a message may
arrive twice only where its answer was not yet recorded, with the same id and the same bytes; and what the ledger calls
unsent must not have arrived.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from driver import Round, ledger_says
from ledgers import Ledgers
from points import KILL
from receivers import Arrival, Receivers

MINUTE = timedelta(minutes=1)
EVE = datetime(2026, 3, 4, 5, tzinfo=UTC)
MORNING = datetime(2026, 3, 4, 7, 30, tzinfo=UTC)  # the digest of seven o'clock is due
STANDING, FIRST, SECOND = (
    "Police buy a hundred new bicycles",
    "Police halt trial of harbour cameras",
    "Council sues police over drowned archive",
)
CONFIG = """
[polling]
host_delay = "0s"
allow_networks = ["127.0.0.0/8"]
allow_ports = []
[[feeds]]
url = "{web}/feed"
title = "Harbour Post"
[[topics]]
name = "police"
query = "police"
[[channels]]
name = "hook"
type = "webhook"
url = "{web}/hook/none"
[[channels]]
name = "desk"
type = "email"
to = ["a@none.example", "b@none.example"]
from = "storywatch@example.org"
host = "127.0.0.1"
port = {mail}
security = "none"
[[channels]]
name = "file"
type = "feed"
path = "alerts.xml"
[[routes]]
topics = ["*"]
channels = ["hook", "desk", "file"]
group_wait = "0s"
timezone = "UTC"
[[routes]]
topics = ["*"]
channels = ["hook"]
send = "digest"
at = "0 7 * * *"
timezone = "UTC"
"""
EXPECTED = {
    ("hook", ("story.new", FIRST)),
    ("hook", ("story.new", SECOND)),
    *(("hook", ("digest", title)) for title in (STANDING, FIRST, SECOND)),
    *((f"mail {name}", (f"[police] {title} (Harbour Post)",)) for name in "ab" for title in (FIRST, SECOND)),
    *(("file", (title,)) for title in (FIRST, SECOND)),
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """The results of the runs, and how many rounds the fault ended; `lost` and `wrong` name the faults."""

    points: int = 0
    runs: int = 0
    faults: int = 0
    duplicated: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another tally."""
        for name in ("points", "runs", "faults", "duplicated", "lost", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Harness:
    """Runs rounds in children of the driver, each on a database of its own."""

    def __init__(self, folder: Path, receivers: Receivers, ledgers: Ledgers, driver: Any) -> None:
        self._folder = folder
        self._receivers = receivers
        self._ledgers = ledgers
        self._driver = driver
        self._config = folder / "storywatch.toml"
        self._config.write_text(CONFIG.format(web=receivers.web, mail=receivers.mail_port))
        self._runs = 0
        receivers.feed = rss(STANDING)
        self._original = ledgers.empty()
        self._say(Round(**self._common(self._original, "none", folder), now=EVE.isoformat()))
        receivers.feed = rss(FIRST, SECOND, STANDING)
        label, warm, url = self._begin()
        self._round(url, label, warm, here=True)

    def count(self, fault: str) -> int:
        """Return how many points a round without a fault has, and check that it alerts everything."""
        label, folder, url = self._begin()
        reached = self._round(url, label, folder, fault=fault, at=0)["reached"]
        tally = self._judge(label, folder, url, [], "no fault")
        assert (tally.lost, tally.wrong, tally.duplicated) == ([], [], 0), tally
        self._end(folder, url)
        return int(reached)

    def run(self, fault: str, at: int, *, then: int = 0, naive: str = "") -> Tally:
        """Run a round with a fault at a point, another in the recovery if `then`, recover, and judge."""
        label, folder, url = self._begin()
        name = f"{fault} at {at}" + (f", kill at {then} of the recovery" if then else "")
        ended = [self._round(url, label, folder, fault=fault, at=at, naive=naive)]
        observed = [self._standing(label, url)]
        if then:
            ended.append(self._round(url, label, folder, fault=KILL, at=then, recover=True, naive=naive))
            observed.append(self._standing(label, url))
        # If a fault only prevented the poll, the news comes in the next day's digest.
        least = 5 if ended[-1]["code"] == 0 else 1
        last = self._round(url, label, folder, recover=True, least=least, naive=naive)
        assert last["code"] == 0, f"{name}: the recovery failed"
        tally = self._judge(label, folder, url, observed, name)
        tally.runs, tally.faults = 1, sum(one["code"] != 0 for one in ended)
        self._end(folder, url)
        return tally

    def sweep(self, fault: str, *, start: int = 1, step: int = 1, naive: str = "") -> Tally:
        """Run with a fault at every point, or at every `step`th from `start` on."""
        total = Tally(points=self.count(fault))
        for at in range(start, total.points + 1, step):
            total.add(self.run(fault, at, naive=naive))
        return total

    def pairs(self, count: int, *, seed: int = 1) -> Tally:
        """Kill at random points, and again at random points of the recovery."""
        chance = random.Random(seed)
        total = Tally(points=self.count(KILL))
        for _ in range(count):
            first, second = (chance.randint(1, total.points) for _ in range(2))
            total.add(self.run(KILL, first, then=second))
        return total

    def _end(self, folder: Path, url: str) -> None:
        self._ledgers.dropped(url)
        shutil.rmtree(folder)

    def _begin(self) -> tuple[str, Path, str]:
        self._runs += 1
        label = f"r{self._runs}"
        folder = self._folder / label
        folder.mkdir()
        return label, folder, self._ledgers.copied(self._original, folder)

    def _common(self, url: str, label: str, folder: Path) -> dict[str, Any]:
        channels = {
            "hook": {"url": f"{self._receivers.web}/hook/{label}"},
            "desk": {"to": [f"a@{label}.example", f"b@{label}.example"]},
            "file": {"path": str(folder / "alerts.xml")},
        }
        return {"config": str(self._config), "database": url, "channels": channels}

    def _round(self, url: str, label: str, folder: Path, **given: Any) -> dict[str, Any]:
        now = MORNING + MINUTE if given.get("recover") else MORNING
        return self._say(Round(**self._common(url, label, folder), now=now.isoformat(), **given))

    def _say(self, asked: Round) -> dict[str, Any]:
        self._driver.stdin.write(json.dumps(asdict(asked)) + "\n")
        self._driver.stdin.flush()
        answer: dict[str, Any] = json.loads(self._driver.stdout.readline())
        assert not answer["stuck"], f"{asked} did not end:\n{answer['stuck']}"
        return answer

    def _standing(self, label: str, url: str) -> tuple[dict[str, str], Counter[str]]:
        """Return the state of each delivery after a fault, and how often each had arrived by then."""
        arrived = Counter(one.id for one in self._receivers.arrived[label])
        return ledger_says(url)["states"], arrived

    def _judge(
        self,
        label: str,
        folder: Path,
        url: str,
        observed: Sequence[tuple[dict[str, str], Counter[str]]],
        name: str,
    ) -> Tally:
        arrived = self._receivers.arrived.pop(label, []) + list(entries(folder / "alerts.xml"))
        by_meaning: dict[tuple[str, tuple[str, ...]], list[Arrival]] = defaultdict(list)
        for one in arrived:
            for meaning in _meanings(one):
                by_meaning[meaning].append(one)
        tally = Tally()
        tally.lost += [f"{name}: {missing}" for missing in EXPECTED - by_meaning.keys()]
        tally.wrong += [f"{name}: nobody expected {more}" for more in by_meaning.keys() - EXPECTED]
        for meaning, same in by_meaning.items():
            if len({(one.id, one.body) for one in same}) > 1:
                tally.wrong.append(f"{name}: {meaning} came under two ids or with other bytes")
        total = Counter(one.id for one in arrived)
        tally.duplicated = total.total() - len(total)
        for states, by_then in observed:
            again = [
                one for one, state in states.items() if state == "sent" and 0 < by_then[one] < total[one]
            ]
            tally.wrong += [f"{name}: {one} was recorded and came again" for one in again]
        if len(observed) == 1:
            unsent = [one for one in ledger_says(url)["unsent"] if observed[0][1][one]]
            tally.wrong += [f"{name}: {one} is called unsent and had arrived" for one in unsent]
        return tally


def _meanings(arrival: Arrival) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the content of a message; for a digest each of its stories, since several digests may have them."""
    kind, *stories = arrival.tells
    if kind == "digest":
        yield from ((arrival.to, (kind, title)) for title in stories)
    else:
        yield arrival.to, arrival.tells


def rss(*titles: str) -> bytes:
    """Return a feed of items with these titles."""
    items = "".join(f"<item><guid>{escape(one)}</guid><title>{escape(one)}</title></item>" for one in titles)
    return f"<rss version='2.0'><channel><title>Harbour Post</title>{items}</channel></rss>".encode()


def entries(path: Path) -> Iterator[Arrival]:
    """Yield the entries of an Atom file as arrivals, because a reader would show each of them."""
    if not path.exists():
        return
    for entry in path.read_text().split("<entry>")[1:]:
        ident = entry.partition("<id>")[2].partition("</id>")[0]
        told = tuple(title for title in (FIRST, SECOND) if title in entry)
        yield Arrival(to="file", id=ident, tells=told, body=b"")


@contextmanager
def driving() -> Iterator[Any]:
    """Start the driver, and end it with the block."""
    driver = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("driver.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield driver
    finally:
        assert driver.stdin is not None
        driver.stdin.close()
        driver.wait(timeout=120)
        assert driver.stdout is not None
        driver.stdout.close()
