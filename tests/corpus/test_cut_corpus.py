"""Cutting out known items of every real feed gives the same result as parsing the whole document."""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.polling.parsing.read_body import HASH_BYTES, ReadFeed, read_news

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://example.org/feed.xml"
CORPUS = Path(os.environ.get("STORYWATCH_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
MANIFEST = CORPUS / "MANIFEST.tsv"
PAIR = 2 * HASH_BYTES
LEAST_CUT = 0.65  # share of the feeds (many are unusual) whose items are split with certainty; of all real bodies it is 95 %

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the corpus is not here; set STORYWATCH_CORPUS")


def files(kind: str) -> list[Path]:
    """Return the corpus files of a kind, in the order of their names."""
    with MANIFEST.open(encoding="utf-8", newline="") as manifest:
        return sorted(
            CORPUS / row["path"] for row in csv.DictReader(manifest, delimiter="\t") if row["kind"] == kind
        )


def read(path: Path, before: bytes = b"") -> ReadFeed | None:
    found = read_news(path.read_bytes(), url=URL, content_type="", now=NOW, before=before)
    return found if isinstance(found, ReadFeed) else None


def parts_of(after: bytes) -> list[bytes]:
    return [after[at : at + PAIR] for at in range(0, len(after), PAIR)]


def is_cut(whole: ReadFeed) -> bool:
    """Whether the items of a document were found without doubt; otherwise their keys are stored without hashes."""
    return any(any(part[:HASH_BYTES]) for part in parts_of(whole.after))


def test_any_part_of_a_feed_reads_as_in_the_whole() -> None:
    """With a tenth, half or nearly all items known, the other items, facts and counts are the same."""
    chance = random.Random(1)
    wholes = [(path, whole) for path in files("real") if (whole := read(path))]
    cuttable = [(path, whole) for path, whole in wholes if is_cut(whole)]
    for path, whole in cuttable:
        parts = parts_of(whole.after)
        for share in (0.1, 0.5, 0.95):
            known = [number for number in range(len(parts)) if chance.random() < share]
            cut = read(path, b"".join(parts[number] for number in known))
            assert cut is not None
            expected = [item for number, item in enumerate(whole.items) if number not in known]
            assert (list(cut.items), cut.recognised, cut.after) == (expected, len(known), whole.after), path
            assert (cut.facts, cut.truncated) == (whole.facts, whole.truncated), path
    assert len(cuttable) > LEAST_CUT * len(wholes)


def test_a_document_that_is_not_cut_is_read_whole() -> None:
    """A former document is then no reason to leave an item out."""
    for path in files("real"):
        whole = read(path)
        if whole and not is_cut(whole):
            again = read(path, whole.after)
            assert again is not None
            assert (again.items, again.recognised, again.after) == (whole.items, 0, whole.after), path


def test_each_version_of_a_feed_gives_the_same_new_items() -> None:
    """Successive versions, read with the keys of the one before, give every new key."""
    series = defaultdict(list)
    for path in files("real-series"):
        series[path.parent].append(path)
    for versions in series.values():
        for former, later in pairwise(versions):
            first, whole = read(former), read(later)
            if first is None or whole is None:
                continue
            cut = read(later, first.after)
            assert cut is not None
            assert cut.total == whole.total, later
            known = {item.key: item.content_hash for item in first.items}
            told = {item.key for item in cut.items}
            news = {item.key for item in whole.items if known.get(item.key) != item.content_hash}
            assert news <= told, later
            assert all(item in whole.items for item in cut.items), later
