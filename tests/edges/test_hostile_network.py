"""Hostile text in feeds, pages and articles while commands read them (R14, R17)."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from hostile_words import HOSTILE, LINKS, assert_visible
from shell import RoundResult, Site, configure, serving, spoken, started, storywatch

WORDS = " ".join(HOSTILE[name] for name in HOSTILE if name not in {"long", "wide"})
ITEM = {"title": f"police {WORDS}", "summary": WORDS, "content_text": WORDS, "authors": [{"name": WORDS}]}
# JSON can say what XML forbids: controls and lone surrogates.
FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": WORDS,
        "items": [{**ITEM, "id": f"{number} {WORDS}", "url": url} for number, url in enumerate(LINKS)],
    }
).encode()
PAGE = (
    f"<html><head><title>{html.escape(WORDS)}</title><link rel=alternate type=application/feed+json "
    f'title="{html.escape(WORDS)}" href=feed></head><body><article><h1>{html.escape(WORDS)}</h1>'
    f"<p>{html.escape(WORDS * 5)}</p></article></body></html>"
).encode("utf-8", "replace")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on which every text is hostile."""
    with serving(feed=FEED, page=PAGE, broken=WORDS.encode("utf-8", "replace")) as site:
        yield site


def assert_harmless(done: RoundResult) -> None:
    assert "an error in storywatch" not in done.err
    assert done.out + done.err
    for printed in (done.out, done.err):
        assert_visible(printed, also="\n")


def test_what_a_round_prints_is_visible(site: Site, tmp_path: Path) -> None:
    """The output of `once` and `topics suggest` has no control characters."""
    configure(tmp_path, f"{site.url}/feed", f"{site.url}/broken")
    done = storywatch("once", "--backfill", folder=tmp_path)
    assert done.code == 1
    assert "police" in done.out
    assert_harmless(done)
    assert_harmless(spoken("topics", "suggest", "police", folder=tmp_path))


def test_what_a_daemon_prints_is_visible(site: Site, tmp_path: Path) -> None:
    """The summary of `run` after its first round has no control characters."""
    configure(tmp_path, f"{site.url}/feed", f"{site.url}/broken")
    with started("run", folder=tmp_path) as daemon:
        assert daemon.stderr is not None
        said = [*takewhile(lambda line: "next poll" not in line, daemon.stderr)]
        daemon.terminate()
        out, err = daemon.communicate(timeout=120)
    assert any("your topics already" in line for line in said)
    assert_harmless(RoundResult(code=daemon.returncode, out=out, err="".join(said) + err))


def test_what_looking_at_a_feed_prints_is_visible(site: Site, tmp_path: Path) -> None:
    """The output of `feeds poll` and `feeds discover` has no control characters."""
    configure(tmp_path, f"{site.url}/feed", f"{site.url}/broken")
    for name in ("feed", "broken"):
        assert_harmless(spoken("feeds", "poll", f"{site.url}/{name}", folder=tmp_path))
    for name in ("page", "feed", "broken"):
        done = spoken("feeds", "discover", f"{site.url}/{name}", folder=tmp_path)
        assert done.code == (name == "broken")
        assert_harmless(done)


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_what_a_replay_prints_is_visible(tmp_path: Path, form: str) -> None:
    """Text and JSON lines have no control characters."""
    configure(tmp_path, "http://feed.example/feed")
    archive = tmp_path / "archive" / "feed"
    archive.mkdir(parents=True)
    (archive / "20260301T120000Z.json").write_bytes(FEED.replace(b'"police ', b'"ordinary '))
    (archive / "20260301T130000Z.json").write_bytes(FEED.replace(b'"id": "', b'"id": "new '))
    done = spoken("replay", "archive", "--all", "--format", form, folder=tmp_path)
    assert done.code == 0
    assert_harmless(done)


def test_what_learning_prints_is_visible(site: Site, tmp_path: Path) -> None:
    """A rule learnt from a hostile article, as text and as a page, has no control characters."""
    configure(tmp_path, f"{site.url}/feed")
    (tmp_path / "article.txt").write_bytes(f"{WORDS}\n\n{WORDS * 3}".encode("utf-8", "replace"))
    done = spoken("topics", "learn", "hostile", "article.txt", "-o", "hostile.toml", folder=tmp_path)
    assert done.code == 0
    assert_harmless(done)
    assert_visible((tmp_path / "hostile.toml").read_text(encoding="utf-8"), also="\n")
    paged = spoken("topics", "learn", "paged", f"{site.url}/page", folder=tmp_path)
    assert paged.code == 0
    assert_harmless(paged)
