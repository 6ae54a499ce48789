"""Pages of matched items are read before grouping: politely, guarded, and without delaying grouping."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Site, configure, serving, spoken

pytest.importorskip("trafilatura", reason="the fulltext extra is not installed")

FIRST, SECOND = "2026-03-04T12:00:00Z", "2026-03-04T14:00:00Z"
STORY = (
    "The ferry Orrin sank on Tuesday night off Brevik with 43 passengers on board, the coast guard of Velmont said. "
    "Boats from three villages brought every passenger ashore before midnight, and the harbour master opened the hall. "
    "Divers are to look at the wreck of the Orrin as soon as the storm over Brevik allows it, the ministry said. "
)
COOKIES = "We use cookies to make this site better for you."
PAGE = f"""<html><head><title>News</title></head><body><nav>Home Sport Weather {COOKIES}</nav>
<article><h1>{{title}}</h1><p>{STORY}</p><p>{STORY}</p></article><footer>Imprint</footer></body></html>"""
NEWS = {
    "one": "Police on the coast tell of a long night",
    "two": "Rescuers, villagers and police look back on hours of fear",
}


def feed(url: str, *names: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{name}</guid><title>{NEWS.get(name, 'Old news')}</title>"
        f"<link>{url}/{name}</link></item>"
        for name in names
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    """Two articles of one event whose titles share nothing but the topic's word."""
    pages = {name: PAGE.format(title=title).encode() for name, title in NEWS.items()}
    with serving(**pages) as site:
        site.headers = {"Content-Type": "text/html"}
        site.pages["/feed"] = (200, feed(site.url, "zero"))
        yield site


def asking(folder: Path) -> None:
    """Enable page texts for every topic."""
    path = folder / "storywatch.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[polling]", "[polling]\nfulltext = true"), encoding="utf-8")


def sizes(folder: Path) -> list[int]:
    rows = json.loads(spoken("stories", "list", "--now", SECOND, "--format", "json", folder=folder).out)
    return sorted(row["size"] for row in rows)


def kept(folder: Path) -> list[tuple[str, str | None]]:
    with sqlite3.connect(folder / "storywatch.db") as ledger:
        return ledger.execute("SELECT text, error FROM page_texts ORDER BY item_id").fetchall()


def test_page_texts_group_items_with_different_titles(site: Site, tmp_path: Path) -> None:
    """The text without menus is stored and used for grouping; each page is requested once, after robots.txt."""
    configure(tmp_path, f"{site.url}/feed")
    asking(tmp_path)
    assert spoken("once", "--now", FIRST, folder=tmp_path).code == 0
    site.pages["/feed"] = (200, feed(site.url, "one", "two", "zero"))
    done = spoken("once", "--now", SECOND, folder=tmp_path)
    assert done.code == 0, done.err
    assert sizes(tmp_path) == [2]
    texts = kept(tmp_path)
    assert [error for _, error in texts] == [None, None]
    assert all("Divers are to look at the wreck" in text and COOKIES not in text for text, _ in texts)
    asked = [path for path in site.requests if path != "/feed"]
    assert sorted(asked) == ["/one", "/robots.txt", "/two"]
    assert asked[0] == "/robots.txt"
    spans = sorted(site.spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans)), "one at a time"


def test_page_texts_are_off_by_default(site: Site, tmp_path: Path) -> None:
    """No page is requested unless the owner enables it."""
    configure(tmp_path, f"{site.url}/feed")
    spoken("once", "--now", FIRST, folder=tmp_path)
    site.pages["/feed"] = (200, feed(site.url, "one", "two", "zero"))
    spoken("once", "--now", SECOND, folder=tmp_path)
    assert set(site.requests) == {"/feed"}
    assert sizes(tmp_path) == [1, 1]
