"""The plan of the month: which item appears when, and which incidents there are. Pure; times count from its beginning.

An item's round is the minute in which it appears, so that `Outlet.visible` shows what is there at a minute.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from monitor.demo.outlets import DemoItem, load_outlets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from monitor.demo.outlets import Outlet

DAYS = 30
FEED_ITEMS = 25  # the newest, as most feeds have
APART = timedelta(minutes=12)  # between two outlets with the same news
NEXT_DAY = timedelta(hours=22)  # until the bundled items in which a story grows
LAST_ROUND = 3  # of the bundled items: those in which a story grows
TURN = 11  # how far the words of a column move from day to day: no list has a divisor of it as length
PAGE = timedelta(minutes=1)  # between two pages of the flood


class IncidentKind(StrEnum):
    """What can go wrong."""

    OUTLET_FAILS = "outlet fails"
    OUTLET_GONE = "outlet is gone"
    FEED_MOVES = "feed moves"
    NETWORK_DOWN = "network is down"
    WEBHOOK_FAILS = "webhook fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that goes wrong from one moment to another; `host` names the outlet, `words` describe it for a reader."""

    kind: IncidentKind
    begins: timedelta
    ends: timedelta | None = None
    host: str = ""
    words: str


def _at(day: int, hour: int) -> timedelta:
    return timedelta(days=day, hours=hour)


INCIDENTS = (
    Incident(
        kind=IncidentKind.FEED_MOVES,
        host="valley-bulletin.example",
        begins=_at(3, 3),
        words="the feed of the Valley Bulletin moves to another address",
    ),
    Incident(
        kind=IncidentKind.OUTLET_FAILS,
        host="circuit-and-signal.example",
        begins=_at(11, 20),
        ends=_at(13, 9),
        words="the server of Circuit & Signal answers 503 for 37 hours, over the first reports of a story",
    ),
    Incident(
        kind=IncidentKind.WEBHOOK_FAILS,
        begins=_at(15, 8),
        ends=_at(16, 20),
        words="the receiver of the webhook answers 503 for a day and a half",
    ),
    Incident(
        kind=IncidentKind.NETWORK_DOWN,
        begins=_at(19, 1),
        ends=_at(19, 13),
        words="the network is down for twelve hours",
    ),
    Incident(
        kind=IncidentKind.OUTLET_GONE,
        host="departures-weekly.example",
        begins=_at(24, 6),
        words="Departures Weekly closes: its server answers 410",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """How many days pass, and what goes wrong meanwhile."""

    days: int = DAYS
    incidents: tuple[Incident, ...] = INCIDENTS


MONTH = MonthPlan()


def month_outlets() -> tuple[Outlet, ...]:
    """Return the bundled outlets with the items of the month."""
    outlets = load_outlets()
    planned = _read("stories.toml")
    added: dict[str, list[DemoItem]] = defaultdict(list)
    for host, item in (*_columns(), *_added(planned["items"]), *_flood(planned["flood"])):
        added[host].append(item)
    appears = _quiet_times(outlets) | _story_times(outlets, planned["begins"])
    return tuple(
        replace(
            outlet,
            items=(*(_moved(item, appears[item.id]) for item in outlet.items), *added[outlet.host]),
            length=FEED_ITEMS,
        )
        for outlet in outlets
    )


def _quiet_times(outlets: Sequence[Outlet]) -> dict[str, timedelta]:
    """Return when each bundled item outside a story appears: those of each outlet evenly over the month."""
    times: dict[str, timedelta] = {}
    for at, outlet in enumerate(outlets):
        quiet = [item for item in outlet.items if item.story is None]
        for place, item in enumerate(quiet):
            times[item.id] = timedelta(days=DAYS) * (place + at / len(outlets)) / len(quiet)
    return times


def _story_times(outlets: Sequence[Outlet], begins: Mapping[str, tuple[int, int]]) -> dict[str, timedelta]:
    """Return when each bundled item of a story appears: in the order of the demo, and a day later where it grows."""
    times: dict[str, timedelta] = {}
    items = [item for outlet in outlets for item in outlet.items]
    for story, first in begins.items():
        members = sorted((one for one in items if one.story == story), key=lambda one: (one.round, -one.age))
        for place, item in enumerate(members):
            later = NEXT_DAY if item.round == LAST_ROUND else timedelta(0)
            times[item.id] = _at(*first) + later + APART * place
    return times


def _minute(at: timedelta) -> int:
    return round(at.total_seconds() / 60)


def _moved(item: DemoItem, at: timedelta) -> DemoItem:
    return replace(item, age=-at, round=_minute(at))


def _item(at: timedelta, **written: Any) -> DemoItem:
    return DemoItem(age=-at, round=_minute(at), **written)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("monitor.demo.month") / name).read_text(encoding="utf-8"))


def _added(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, DemoItem]]:
    """Yield the items that bring stories back."""
    for entry in entries:
        written = {key: value for key, value in entry.items() if key not in {"host", "at"}}
        yield entry["host"], _item(_at(*entry["at"]), **written)


def _columns() -> Iterator[tuple[str, DemoItem]]:
    """Yield each outlet's column of each day."""
    for column in _read("columns.toml")["columns"]:
        for day in range(0, DAYS, column.get("every", 1)):
            words = _words_of(column, day)
            item = _item(
                _at(day, column["hour"]) + timedelta(minutes=day * 11 % 50),
                id=f"column-{column['host']}-{day}",
                title=column["title"].format(**words),
                summary=column["summary"].format(**words),
                path=f"/daily/{day}",
            )
            yield column["host"], item


def _words_of(column: Mapping[str, Any], day: int) -> dict[str, str]:
    """Return the words of a column on a day; `c2` is another word of the list `c`."""
    lists = {key: words for key, words in column.items() if isinstance(words, list)}
    chosen = {key: words[(day * TURN + len(words)) % len(words)] for key, words in lists.items()}
    other = lists.get("c", ["-"])
    return {
        **chosen,
        "c2": other[(day * TURN + 1) % len(other)],
        "n": str(3 + day * 7 % 29),
        "n2": str(day * 13 % 9),
    }


def _flood(flood: Mapping[str, Any]) -> Iterator[tuple[str, DemoItem]]:
    """Yield a page for each county."""
    for place, county in enumerate(flood["counties"]):
        searches = 40 + place * 137 % 900
        words = {
            "county": county,
            "number": place + 1,
            "searches": searches,
            "unlogged": searches * (place % 7 + 1) // 11,
            **{key: flood[key][place % len(flood[key])] for key in ("who", "rule", "next")},
        }
        filled = {key: flood[key].format(**words) for key in ("title", "summary", "path")}
        at = _at(*flood["at"]) + PAGE * place
        yield flood["host"], _item(at, id=f"county-{place + 1}", story="counties", **filled)
