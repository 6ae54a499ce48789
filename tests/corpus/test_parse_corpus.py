"""Real feeds give their items, synthetic ones cause no exception, and every string can be stored."""

from __future__ import annotations

import csv
import io
import os
import warnings
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import feedparser
import pytest

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.read_body import ReadFeed, read_document

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CORPUS = Path(os.environ.get("STORYWATCH_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
MANIFEST = CORPUS / "MANIFEST.tsv"

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the corpus is not here; set STORYWATCH_CORPUS")


class Body(NamedTuple):
    """One file of the corpus and the result of reading it."""

    path: str
    body: bytes
    read: ReadFeed | ParseFailure


@cache
def bodies(kind: str) -> list[Body]:
    """Return the corpus files of a kind, read."""
    with MANIFEST.open(encoding="utf-8", newline="") as manifest:
        paths = [row["path"] for row in csv.DictReader(manifest, delimiter="\t") if row["kind"] == kind]
    files = [(path, (CORPUS / path).read_bytes()) for path in paths]
    return [
        Body(path, body, read_document(body, url="https://example.org/feed.xml", headers={}, now=NOW))
        for path, body in files
    ]


def feedparser_items(body: bytes) -> int:
    """Return how many items with content plain feedparser finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entries = feedparser.parse(io.BytesIO(body)).entries
    told = [{key: dict.get(entry, key) for key in ("id", "link", "title", "summary")} for entry in entries]
    return len({str(entry) for entry in told if any(entry.values())})


def is_storable(text: str) -> bool:
    """Whether text is UTF-8 encodable and free of control characters except tab and newline."""
    text.encode("utf-8")
    return not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) <= 0x9F for c in text)


def test_every_real_feed_gives_its_items() -> None:
    """At least the items that plain feedparser finds are read, in all 121 feeds."""
    real = bodies("real")
    assert len(real) > 100
    poorer = [
        (body.path, len(body.read.items) if isinstance(body.read, ReadFeed) else body.read)
        for body in real
        if isinstance(body.read, ParseFailure) or len(body.read.items) < feedparser_items(body.body)
    ]
    assert poorer == []


def test_every_version_of_the_real_series_is_read() -> None:
    """All are read except one web page, which is a named failure."""
    failures = [body.read for body in bodies("real-series") if isinstance(body.read, ParseFailure)]
    assert [failure.kind for failure in failures] == [FailureKind.NOT_A_FEED]


def test_real_items_can_be_told_apart_by_their_keys() -> None:
    """Keys are unique within a document, and hardly any item lacks a title or text."""
    for body in [*bodies("real"), *bodies("real-series")]:
        if isinstance(body.read, ReadFeed):
            assert len({item.key for item in body.read.items}) == len(body.read.items), body.path
            assert all(item.publication.title or item.publication.summary for item in body.read.items), (
                body.path
            )


def test_all_texts_can_be_stored() -> None:
    """Real, broken and generated bodies give no exception and no control character."""
    for body in [*bodies("real"), *bodies("real-series"), *bodies("synthetic")]:
        if isinstance(body.read, ReadFeed):
            for item in body.read.items:
                entry = item.publication
                texts = (
                    entry.title,
                    entry.summary,
                    entry.content,
                    entry.url,
                    entry.author,
                    entry.publisher_id,
                )
                assert all(is_storable(text) for text in texts if text), body.path
