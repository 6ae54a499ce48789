"""Phrases of messages: counts, clock times, outlets, reasons. Durations and ages are in `alerts.render.parts.times`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alerts.render.formats.escape import clip, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.model import Match, Story, Why

MAX_OUTLET = 40  # characters of an outlet's name; some feeds add a slogan
MAX_TERMS = 4  # terms listed per place; the first ones contribute most of the score


def count(number: int, thing: str) -> str:
    """Return `1 story`, `2 stories`, `3 outlets`."""
    plural = thing[:-1] + "ies" if thing.endswith("y") else thing + "s"
    return f"{number} {thing if number == 1 else plural}"


def moment(then: datetime, *, now: datetime) -> str:
    """Return a time for people, in the zone of `now`: `14:02` today, else `Tue 3 Jun 14:02`."""
    local = then.astimezone(now.tzinfo)
    clock = f"{local:%H:%M}"
    if local.date() == now.date():
        return clock
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {clock}"


def zone_name(now: datetime) -> str:
    """Return the short name of the zone of `now`: `UTC`, `CEST`."""
    return now.tzname() or "UTC"


def instant(then: datetime | None) -> str | None:
    """Return a time for programs (RFC 3339, UTC, seconds), or None."""
    return None if then is None else then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def outlet(name: str) -> str:
    """Return the name of an outlet, short and safe to show."""
    return clip(one_line(name), MAX_OUTLET) or "(unnamed feed)"


def outlets(matches: Sequence[Match]) -> tuple[str, ...]:
    """Return the outlets of these items, each once, in order."""
    names: dict[str, str] = {}
    for match in matches:
        names.setdefault(match.item.outlet, outlet(match.item.outlet_name))
    return tuple(names.values())


def reach(story: Story) -> str:
    """Return how many outlets report a story, and how many of them in the same words: `7 outlets, 5 of them with …`."""
    outlets = count(story.sources, "outlet")
    if not story.copies:
        return outlets
    carrying = "all" if story.copies == story.sources else f"{story.copies} of them"
    return f"{outlets}, {carrying} with the agency's text"


def some_of(names: Sequence[str], *, total: int, shown: int = 2) -> str:
    """Return `Ars Technica, BBC +3`: the first names, and how many of `total` are not listed."""
    first = names[:shown]
    rest = max(total, len(names)) - len(first)
    return ", ".join(first) + (f" +{rest}" if rest > 0 else "")


def reasons(why: Iterable[Why]) -> str:
    """Return the matched terms by place in one line: `face recognition, police (title); moratorium (summary)`."""
    places: dict[str, list[str]] = {}
    for each in sorted((each for each in why if each.weight >= 0), key=lambda each: -each.weight):
        places.setdefault(clip(one_line(each.where), 20), []).append(clip(one_line(each.term), 40))
    named = {where: _whole(terms) for where, terms in places.items()}
    return "; ".join(
        f"{', '.join(terms)} ({where})" if where else ", ".join(terms) for where, terms in named.items()
    )


def _whole(terms: list[str]) -> list[str]:
    """Drop terms that a longer term of the same place contains: `facial` beside `facial recognition`."""
    terms = list(dict.fromkeys(terms))
    padded = [f" {term} " for term in terms]
    return [term for term in terms if sum(f" {term} " in other for other in padded) == 1][:MAX_TERMS]
