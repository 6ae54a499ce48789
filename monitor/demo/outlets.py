"""The invented outlets of the demo, read from `outlets/*.toml`.

Items appear in rounds: round 1 is there at the start, later ones are published while the demo runs.
`story` and `decoy` give an item's purpose; only tests read them, and no feed contains them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


class Format(StrEnum):
    """The feed format of an outlet."""

    RSS2 = "rss2.0"
    RSS1 = "rss1.0"
    ATOM = "atom1.0"
    JSON = "json1.1"
    SITEMAP = "news-sitemap"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoItem:
    """One item of an outlet; `age` is its age at the start of the demo, `path` its page on the outlet's server.

    `summary` is HTML if the outlet's `markup` says so, else plain text. `story` names the story that an item on the
    topic belongs to; `decoy` names the kind of hard negative it is.
    """

    id: str
    title: str
    summary: str
    path: str
    age: timedelta
    round: int
    author: str | None = None
    categories: tuple[str, ...] = ()
    story: str | None = None
    decoy: str | None = None

    def published_at(self, *, start: datetime) -> datetime:
        """Return the item's publication time in the feed, for a demo that began at `start`."""
        return start - self.age


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSection:
    """A further feed of an outlet, with its items of one category."""

    title: str
    path: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One invented outlet: `host` is its name in ids, `path` the path of its feed, `encoding` that of its XML.

    `length` limits the items of the feed to the newest.
    """

    title: str
    host: str
    about: str
    language: str
    format: Format
    path: str
    items: tuple[DemoItem, ...]
    markup: bool = False
    dated: bool = True
    encoding: str = "utf-8"
    sections: tuple[OutletSection, ...] = ()
    length: int | None = None

    def in_section(self, section: OutletSection) -> Outlet:
        """Return the outlet as one of its sections shows it."""
        items = tuple(item for item in self.items if section.category in item.categories)
        return replace(self, title=section.title, path=section.path, items=items, sections=())

    def visible(self, upto: int) -> tuple[DemoItem, ...]:
        """Return the items of rounds 1 to `upto`, newest first, at most `length` of them."""
        shown = (item for item in self.items if item.round <= upto)
        return tuple(sorted(shown, key=lambda item: (item.age, item.id))[: self.length])


def load_outlets() -> tuple[Outlet, ...]:
    """Return the bundled outlets in the order of their file names."""
    folder = files("monitor.demo") / "outlets"
    bundled = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name
    )
    return tuple(parse_outlet(entry.read_text(encoding="utf-8")) for entry in bundled)


def parse_outlet(toml: str) -> Outlet:
    """Return the outlet described by a TOML text; a missing or unknown key raises `KeyError` or `TypeError`."""
    outlet = tomllib.loads(toml)
    items = tuple(_item(entry) for entry in outlet.pop("items"))
    sections = tuple(OutletSection(**entry) for entry in outlet.pop("sections", ()))
    return Outlet(format=Format(outlet.pop("format")), items=items, sections=sections, **outlet)


def _item(entry: dict[str, Any]) -> DemoItem:
    return DemoItem(
        age=timedelta(minutes=entry.pop("age")),
        summary=" ".join(entry.pop("summary").split()),
        categories=tuple(entry.pop("categories", ())),
        **entry,
    )
