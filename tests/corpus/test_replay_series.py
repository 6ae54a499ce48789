"""Real feeds in successive versions: every item is alerted once, and irrelevant changes are not alerted (P17 to P21).

The oracle reads every body with plain feedparser and knows nothing of storywatch: an entry is known by its id, or by
its link, or by its title, and by a long title that was first seen in the same feed less than a week ago, unless that
entry stands in the same body.
"""

from __future__ import annotations

import io
import os
import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from monitor.matching.match_all import matching_of_everything, routing_of_everything
from monitor.service.replay import archived, replay
from monitor.views.replayed import replayed_json

CORPUS = Path(os.environ.get("STORYWATCH_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
SERIES = CORPUS / "series-gesab001-headlines"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERIES.exists(), reason="the corpus is not here; set STORYWATCH_CORPUS"),
]

WEEK = timedelta(days=7)
LONG_TITLE = 4  # words
NEW = ("new", "first-poll")


@dataclass(slots=True)
class Entry:
    """One item of the oracle: when it was first and last seen, with its ids, links and titles."""

    feed: str
    first: datetime
    ids: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)


class Oracle:
    """The items of one feed, distinguished by simple means."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.entries: list[Entry] = []
        self.by_id: dict[str, Entry] = {}
        self.by_title: dict[str, Entry] = {}

    def read(self, body: bytes, at: datetime) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = feedparser.parse(io.BytesIO(body))
        if not parsed.version:
            return
        here = {bare(ident_of(raw)) for raw in parsed.entries}
        for raw in reversed(parsed.entries):
            self._see(raw, at, here)

    def _see(self, raw: Any, at: datetime, here: set[str]) -> None:
        title = folded(dict.get(raw, "title", ""))
        ident = ident_of(raw)
        if not ident:
            return
        entry = self.by_id.get(bare(ident)) or self._by_title(title, at, here)
        if entry is None:
            entry = Entry(feed=self.feed, first=at)
            self.entries.append(entry)
        self.by_id[bare(ident)] = entry
        entry.ids.add(ident)
        entry.titles.add(title)
        if len(title.split()) >= LONG_TITLE:
            self.by_title.setdefault(title, entry)
            if at - self.by_title[title].first >= WEEK:
                self.by_title[title] = entry

    def _by_title(self, title: str, at: datetime, here: set[str]) -> Entry | None:
        entry = self.by_title.get(title)
        if entry is None or at - entry.first >= WEEK or here.intersection(map(bare, entry.ids)):
            return None
        return entry


def ident_of(raw: Any) -> str:
    """Return the identity of an entry of feedparser."""
    ident: str = dict.get(raw, "id") or dict.get(raw, "link") or folded(dict.get(raw, "title", ""))
    return ident.strip()


def folded(title: str) -> str:
    """Return a title's words without accents and case."""
    plain = unescape(unescape(re.sub(r"<[^>]+>", " ", title)))
    without = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", without.casefold().replace("'", "").replace("\u2019", "")))


def bare(ident: str) -> str:
    """Return a link without scheme, tracking and fragment; other ids as they are."""
    if not ident.startswith(("http:", "https:")):
        return ident
    parts = urlsplit(ident)
    query = "&".join(pair for pair in parts.query.split("&") if not re.match(r"utm_|at_|mod=|cmp", pair))
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{query}"


@cache
def lines() -> tuple[dict[str, Any], ...]:
    decisions = replay(archived(SERIES), routing_of_everything(), matching_of_everything())
    return tuple(map(replayed_json, decisions))


@cache
def oracles() -> dict[str, Oracle]:
    found: dict[str, Oracle] = {}
    for body in archived(SERIES):
        found.setdefault(body.feed, Oracle(body.feed)).read(body.path.read_bytes(), body.at)
    return found


def item_lines() -> Iterator[dict[str, Any]]:
    return (line for line in lines() if line["type"] == "item")


def when(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"]).astimezone(UTC)


def told(*statuses: str) -> dict[int, list[dict[str, Any]]]:
    """Return the lines with one of these statuses, by the oracle's entry."""
    by_entry: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in item_lines():
        oracle = oracles()[line["feed"]]
        entry = oracle.by_id.get(bare(line["id"].strip()))
        assert entry is not None, f"the oracle knows nothing of {line['id']}"
        if line["status"] in statuses:
            by_entry[id(entry)].append(line)
    return by_entry


def entries() -> list[Entry]:
    return [entry for oracle in oracles().values() for entry in oracle.entries]


def test_no_item_is_missed() -> None:
    """Every item that plain feedparser finds is reported, at the version in which it first appears."""
    noted = told(*NEW, "republished")
    missed = [(entry.feed, sorted(entry.ids)) for entry in entries() if not noted.get(id(entry))]
    assert missed == []
    late = [
        (entry.feed, sorted(entry.ids), entry.first)
        for entry in entries()
        if when(noted[id(entry)][0]) != entry.first
    ]
    assert late == []


def test_hardly_any_item_is_taken_for_another() -> None:
    """One of 4,800 is, an article whose slug changed with its title."""
    new = told(*NEW)
    taken = [(entry.feed, sorted(entry.ids)) for entry in entries() if not new.get(id(entry))]
    assert [feed for feed, _ in taken] == ["adventistreview"]


def test_no_item_is_new_twice() -> None:
    """A changed date, build stamp, tracking parameter or slug, or a return, makes no item new again."""
    twice = [
        [(line["at"], line["id"], line["title"]) for line in found]
        for found in told(*NEW).values()
        if len(found) > 1
    ]
    assert twice == []


def test_counts_agree_with_the_oracle() -> None:
    """They differ only for a slug that changed with its title."""
    summary = lines()[-1]
    for feed, oracle in oracles().items():
        slugs = sum(1 for line in item_lines() if line["feed"] == feed and line["status"] == "republished")
        assert len(oracle.entries) - slugs <= summary["feeds"][feed]["items"] <= len(oracle.entries)


def test_only_the_first_poll_is_silent() -> None:
    """Items of a feed's first version are `first-poll` and never `new`."""
    firsts: dict[str, str] = {}
    for line in item_lines():
        first = firsts.setdefault(line["feed"], line["at"])
        assert (line["status"] == "first-poll") == (line["at"] == first)
