"""Reads a body: decodes, parses and identifies its items. Pure, so that replay, tests and workers share it.

Most items of a changed body are unchanged. `read_news` gets a hash of each earlier item's raw text (`before`), skips
those items, and parses the others: a twentieth of the work. In case of doubt it parses the whole body.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.document_hashes import NO_HASH, joined, key_hashes_in, pairs_in
from monitor.polling.parsing.form import MAX_ITEMS
from monitor.polling.parsing.forms import parse, parse_text
from monitor.polling.parsing.identity import HASH_BYTES, Identified, identify, key_hash, keys_are_plain
from monitor.polling.parsing.split_items import split
from storage.model.packed import packed_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitor.polling.parsing.parsed_feed import FeedFacts, ListedSitemap, ParsedFeed
    from monitor.polling.parsing.split_items import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFeed:
    """A parsed document with its items identified, in document order; `truncated` further ones were not read.

    `recognised` counts unchanged items that were skipped. `after` is the `before` of the next poll: for each item a
    hash of its raw text and one of its key. A zero hash of the text makes the next poll read the whole document. A
    sitemap index has `sitemaps` instead of items.
    """

    facts: FeedFacts
    items: tuple[Identified, ...]
    truncated: int = 0
    recognised: int = 0
    after: bytes = b""
    sitemaps: tuple[ListedSitemap, ...] = ()

    @property
    def total(self) -> int:
        """The number of items in the document, without the truncated ones."""
        return len(self.items) + self.recognised

    def key_hashes(self) -> tuple[bytes, ...]:
        """Return the hashes of the keys of all items, including the recognised ones, in document order."""
        return key_hashes_in(self.after) or tuple(key_hash(item.key) for item in self.items)


def read_document(
    body: bytes, *, url: str, headers: Mapping[str, str], now: datetime
) -> ReadFeed | ParseFailure:
    """Return what a body holds, or why it holds no feed. Never raises because of the body's content.

    Runs in the caller's process, for archived bodies and tests. Bodies from the network go through
    `parser_pool.Parsers.read`, which can be stopped.
    """
    parsed = parse(body, url=url, headers=headers, now=now)
    if isinstance(parsed, ParseFailure):
        return parsed
    return _identified(parsed)


def read_news(
    body: bytes, *, url: str, content_type: str, now: datetime, before: bytes = b"", packs: bool = False
) -> ReadFeed | ParseFailure:
    """Return what a body holds, without the items that were in it `before`, or why it holds no feed.

    With `packs` the texts of a feed's first body are packed for SQLite: all of its items will be stored.
    """
    raw = _raw_items(decode(body, content_type), url)
    if raw is not None and before:
        news = _news(raw, dict(pairs_in(before)), url=url, now=now)
        if news is not None:
            return news
    parsed = parse(body, url=url, headers={"content-type": content_type}, now=now)
    if isinstance(parsed, ParseFailure):
        return parsed
    read = _identified(parsed)
    keys = [key_hash(item.key) for item in read.items] or [key_hash(one.url) for one in read.sitemaps]
    is_plain = raw is not None and _agree(parsed, read, len(raw.hashes))
    hashes = raw.hashes if raw is not None and is_plain else [NO_HASH] * len(keys)
    items = _packed(read.items) if packs and not before else read.items
    return replace(read, items=items, after=joined(zip(hashes, keys, strict=True)))


def _identified(parsed: ParsedFeed) -> ReadFeed:
    return ReadFeed(
        facts=parsed.facts,
        items=identify(parsed.items),
        truncated=parsed.truncated,
        sitemaps=parsed.sitemaps,
    )


def _packed(items: Iterable[Identified]) -> tuple[Identified, ...]:
    return tuple(replace(item, packed=packed_texts(item.publication)) for item in items)


def _agree(parsed: ParsedFeed, read: ReadFeed, count: int) -> bool:
    """Whether the parser confirms a split: each raw item is one item, and no key depends on another item."""
    return parsed.well_formed and len(parsed.items) == len(read.items) == count and keys_are_plain(read.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RawItems:
    """A split document with the hashes of its first `MAX_ITEMS` items, and how many further ones there are."""

    parts: Split
    hashes: list[bytes]
    truncated: int


def _raw_items(text: str, url: str) -> _RawItems | None:
    """Return the raw items of a document; None in case of doubt, or if one occurs twice."""
    parts = split(text)
    if parts is None:
        return None
    # The meaning of an item depends on the URL (relative links) and on the root element (prefixes, language).
    seed = hashlib.blake2b(f"{url} {parts.seed}".encode("utf-8", "replace"), digest_size=16).digest()
    hashes = [_hash(item, seed) for item in parts.items[:MAX_ITEMS]]
    if len(set(hashes)) < len(hashes):
        return None
    return _RawItems(parts=parts, hashes=hashes, truncated=len(parts.items) - len(hashes))


def _news(raw: _RawItems, before: Mapping[bytes, bytes], *, url: str, now: datetime) -> ReadFeed | None:
    """Return the document with only its unknown items parsed, or None if the result might differ from a full parse."""
    unchanged = {known: before[known] for known in raw.hashes if known in before}
    unknown = [
        item for item, hash_ in zip(raw.parts.items, raw.hashes, strict=False) if hash_ not in unchanged
    ]
    if not unchanged:
        return None
    parsed = parse_text(raw.parts.with_items(unknown), url=url, now=now)
    if isinstance(parsed, ParseFailure):
        return None
    read = _identified(parsed)
    keys = [key_hash(item.key) for item in read.items]
    if not _agree(parsed, read, len(unknown)) or not set(keys).isdisjoint(unchanged.values()):
        return None
    new_keys = iter(keys)
    pairs = [(hash_, unchanged.get(hash_) or next(new_keys)) for hash_ in raw.hashes]
    return replace(read, truncated=raw.truncated, recognised=len(unchanged), after=joined(pairs))


def _hash(text: str, seed: bytes) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=HASH_BYTES, person=seed).digest()
