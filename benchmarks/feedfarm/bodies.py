"""The body of each feed at each version: invented, or a file of a folder with invented items on top."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from articles import Articles
from pieces import Parts, Piece, http_date, iso

EPOCH = 1_760_000_000  # publication time of item 0, seconds
ITEM_STEP = 1_800  # seconds between two items
LEAST_POOL = 512  # articles
MULTIPLIER = 2_654_435_761  # Knuth's, to mix Atom and RSS among neighbouring numbers
RSS_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
    b'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
)
ATOM_HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of a feed: `stamp` is the time of its last change, `base` the server's URL."""

    feed: int
    version: int
    stamp: int
    base: str


class Bodies(Protocol):
    """A source of bodies."""

    def is_atom(self, feed: int) -> bool:
        """Whether the feed is Atom."""
        ...

    def parts(self, state: State) -> Parts:
        """Return the current body of a feed."""
        ...


class Generated:
    """Bodies from the article pool: `items` of them, newest first, and `new` more with every version."""

    def __init__(self, *, seed: int, items: int, kbytes: int, new: int, atom: float) -> None:
        self.items, self.new, self.atom = items, new, atom
        self._pool = Articles(seed, max(LEAST_POOL, items * 4), kbytes * 1000 // items)
        self._rss = (Piece(RSS_HEAD), Piece(b"</channel></rss>\n"))
        self._atom = (Piece(ATOM_HEAD), Piece(b"</feed>\n"))

    def is_atom(self, feed: int) -> bool:
        return (feed * MULTIPLIER >> 8) % 1000 < self.atom * 1000

    def parts(self, state: State) -> Parts:
        atom = self.is_atom(state.feed)
        head, tail = self._atom if atom else self._rss
        texts = self._pool.atom if atom else self._pool.rss
        parts: list[Piece | bytes] = [head, _channel(state, atom=atom)]
        newest = self.items - 1 + state.version * self.new
        for number in range(newest, newest - self.items, -1):
            at = (state.feed * 31 + number) % len(texts)
            title = f"{self._pool.titles[at]} {state.feed}-{number}"
            parts += [_item_head(state, number, title, atom=atom), texts[at]]
        return [*parts, tail]


def _channel(state: State, *, atom: bool) -> bytes:
    site, own = f"{state.base}/site/{state.feed}", f"{state.base}/f/{state.feed}.xml"
    if atom:
        return (
            f"<title>Feed {state.feed}</title><id>tag:feedfarm,2025:{state.feed}</id>"
            f'<link href="{site}/"/><link rel="self" href="{own}"/><updated>{iso(state.stamp)}</updated>\n'
        ).encode()
    return (
        f"<title>Feed {state.feed}</title><link>{site}/</link><description>Simulated feed {state.feed}</description>"
        f'<atom:link rel="self" href="{own}"/><lastBuildDate>{http_date(state.stamp)}</lastBuildDate><ttl>60</ttl>\n'
    ).encode()


def _item_head(state: State, number: int, title: str, *, atom: bool) -> bytes:
    link, at = f"{state.base}/site/{state.feed}/{number}", EPOCH + number * ITEM_STEP
    if atom:
        return (
            f"<entry><title>{title}</title><id>tag:feedfarm,2025:{state.feed}:{number}</id>"
            f'<link href="{link}"/><published>{iso(at)}</published><updated>{iso(at)}</updated>'
        ).encode()
    return (
        f"<item><title>{title}</title><link>{link}</link>"
        f'<guid isPermaLink="false">{state.feed}:{number}</guid><pubDate>{http_date(at)}</pubDate>'
    ).encode()


class Recorded:
    """Bodies from a folder; a version puts new items before the first."""

    _FIRST = re.compile(rb"<(item|entry)[\s>]")

    def __init__(self, folder: Path, *, new: int) -> None:
        self._new = new
        self._files = [self._split(path) for path in sorted(folder.rglob("*")) if path.is_file()]
        if not self._files:
            raise SystemExit(f"feedfarm: no files in {folder}")

    def _split(self, path: Path) -> tuple[str, Piece, Piece]:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        first = self._FIRST.search(raw)
        at = first.start() if first else len(raw)
        return first.group(1).decode() if first else "", Piece(raw[:at]), Piece(raw[at:])

    def is_atom(self, feed: int) -> bool:
        return self._files[feed % len(self._files)][0] == "entry"

    def parts(self, state: State) -> Parts:
        kind, head, rest = self._files[state.feed % len(self._files)]
        atom = kind == "entry"
        closing = b"</entry>" if atom else b"</item>"
        news = b"".join(
            _item_head(state, number, f"New {kind} {state.feed}-{number}", atom=atom) + closing
            for number in range(state.version * self._new if kind else 0, 0, -1)
        )
        return [head, news, rest]
