"""The fast reader and feedparser give the same values for every body of the corpus, also for changed ones."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from benchmarks.corpus import CORPUS, real_bodies
from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.fast.reader import FAST_XML, read_well_formed
from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.parsed_feed import ParsedFeed
from tests.feed_mutations import mutated, small, with_namespaces

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://news.example/feed.xml"
MOST_HANDED_OVER = 0.1  # of the real bodies
MUTATIONS = 10_000
READ_OF_MUTATED = 0.4
MOST_CHARACTERS = 12_000  # of a changed document, so that feedparser reads 10,000 in half a minute

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CORPUS / "MANIFEST.tsv").exists(), reason="the corpus is not here; set STORYWATCH_CORPUS"),
]  # fmt: skip


def text_of(path: Path) -> str:
    return decode(path.read_bytes(), "")


def read(text: str) -> object:
    """Return what the fast reader gives; None if it leaves the text to others."""
    return read_well_formed(text, url=URL, now=NOW) if FAST_XML.recognises(text) else None


def differ(text: str, found: object) -> bool:
    return found is not None and found != parse_xml(text, url=URL, now=NOW)


def test_every_body_gives_the_values_of_feedparser() -> None:
    """Real and made bodies; those that are left to feedparser are few among the real ones."""
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        paths = [CORPUS / row["path"] for row in csv.DictReader(manifest, delimiter="\t")]
    results = {path: (text, read(text)) for path in paths if path.exists() for text in [text_of(path)]}
    assert [path for path, (text, found) in results.items() if differ(text, found)] == []
    real = [body.path for body in real_bodies()]
    handed_over = [path for path in real if not isinstance(results[path][1], ParsedFeed)]
    assert len(handed_over) <= MOST_HANDED_OVER * len(real)


def test_changed_bodies_give_the_values_of_feedparser() -> None:
    """10,000 changes of real bodies: elements, attributes and texts inserted, removed, renamed and swapped."""
    chance = Random(1)
    first_of = {
        body.path.parent if body.kind == "real-series" else body.path: body.path for body in real_bodies()
    }
    shortened = (with_namespaces(small(text_of(path), 2)) for path in first_of.values())
    documents = [text for text in shortened if len(text) <= MOST_CHARACTERS and read(text) is not None]
    changed = [mutated(chance.choice(documents), chance) for _ in range(MUTATIONS)]
    results = [(text, read(text)) for text in changed]
    assert [text for text, found in results if differ(text, found)] == []
    assert sum(found is not None for _, found in results) > READ_OF_MUTATED * MUTATIONS
