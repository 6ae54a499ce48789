"""Sitemaps that are wrong or hostile: one named error each, no wrong alerts, and no delay for other feeds."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shell import Site, configure, serving
from sitemaps import child, entry, index, sitemap

from monitor.config.load import load_settings
from monitor.service.app import ConsoleOutput
from monitor.service.once import run_once
from storage.database import Database

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
STANDING = sitemap(entry("/bicycles", "Police buy a hundred new bicycles"))
POISON = "Police tell lies"
ERRORS = {
    "huge.xml": "too-large",
    "bomb.xml.gz": "too-large",
    "root.xml": "not-a-feed",
    "plain.xml": "no-news",
    "foreign.xml": "no-news",
    "self.xml": "no-news",
    "nested.xml": "no-news",
    "page.xml": "not-a-feed",
}


def hostile(site: Site) -> dict[str, bytes]:
    """Return the documents by name; only `good.xml` has news that may be alerted."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(20))
    archive = [entry(f"/old/{n}", f"Police archive number {n}", date="2099-01-01") for n in range(15_000)]
    return {
        "huge.xml": sitemap(entry("/a", POISON)).encode() + b" " * 50_000_000,
        "bomb.xml.gz": gzip.compress(sitemap(*[entry("/a", POISON)] * 40_000).encode()),
        "root.xml": f"<catalogue>{STANDING}</catalogue>".encode(),
        "plain.xml": b"<urlset><url><loc>/about</loc></url></urlset>",
        "foreign.xml": sitemap(entry("https://other.example/a", POISON)).encode(),
        "self.xml": index(child(f"{site.url}/self.xml"), child("https://other.example/n.xml")).encode(),
        "nested.xml": index(child("/inner.xml")).encode(),
        "page.xml": b"<!doctype html><html><body>Police</body></html>",
        "archive.xml": sitemap(*archive).encode(),
        "entities.xml": STANDING.replace("?>", f"?><!DOCTYPE urlset [{laughs}]>", 1).encode(),
        "good.xml": STANDING.encode(),
    }


def test_each_has_its_error_and_the_good_one_alerts(tmp_path: Path) -> None:
    """The first poll is silent, and the second alerts only new items of the good one."""
    with serving() as site:
        pages = hostile(site)
        configure(tmp_path, *(f"{site.url}/{name}" for name in pages))
        site.pages |= {f"/{name}": (200, body) for name, body in pages.items()}
        site.pages["/inner.xml"] = (200, index(child("/good.xml")).encode())
        assert once(tmp_path, NOW) == ""
        assert errors(tmp_path) == ERRORS
        news = sitemap(entry("/cameras", "Police halt trial of harbour cameras"))
        site.pages["/good.xml"] = (200, news.encode())
        printed = once(tmp_path, NOW + timedelta(days=1))
        assert errors(tmp_path) == ERRORS
    assert printed.count("[police]") == 1
    assert "Police halt trial of harbour cameras" in printed


def once(folder: Path, now: datetime) -> str:
    console = io.StringIO()
    settings = load_settings(folder / "storywatch.toml", environ={})
    run_once(settings, now=now, console=ConsoleOutput(out=console), backfill=False)
    return console.getvalue()


def errors(folder: Path) -> dict[str, str]:
    """Return the kind of error of each feed that has one."""
    database = Database.open(f"sqlite:///{folder / 'storywatch.db'}")
    with database.read() as ledger:
        found = {feed.url.rpartition("/")[2]: feed.error_kind for feed in ledger.feeds.subscribed()}
    database.close()
    return {name: kind for name, kind in found.items() if kind}
