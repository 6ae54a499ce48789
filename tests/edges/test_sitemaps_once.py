"""A news sitemap is polled as a feed is, from the command's end to the alert (O3)."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shell import configure, serving
from sitemaps import child, entry, index, sitemap

from monitor.config.load import load_settings
from monitor.service.app import ConsoleOutput
from monitor.service.once import RoundResult, run_once

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENT = "Police halt trial of harbour cameras"
STANDING = "Police buy a hundred new bicycles"


def once(folder: Path, now: datetime = NOW) -> tuple[RoundResult, str]:
    """Run a round and return its result and output."""
    console = io.StringIO()
    settings = load_settings(folder / "storywatch.toml", environ={})
    return run_once(settings, now=now, console=ConsoleOutput(out=console), backfill=False), console.getvalue()


def test_a_compressed_news_sitemap_is_a_feed_like_others(tmp_path: Path) -> None:
    """It is silent at its first poll, and later items are alerted once."""
    standing, event = entry("/bicycles", STANDING), entry("/cameras", EVENT)
    with serving() as site:
        site.pages["/news.xml.gz"] = (200, gzip.compress(sitemap(standing).encode()))
        configure(tmp_path, f"{site.url}/news.xml.gz")
        first, printed = once(tmp_path)
        assert not first.failed
        assert printed == ""
        site.pages["/news.xml.gz"] = (200, gzip.compress(sitemap(event, standing).encode()))
        _, printed = once(tmp_path, NOW + HOUR * 2)
        _, again = once(tmp_path, NOW + HOUR * 4)
    assert EVENT in printed
    assert f"{site.url}/cameras" in printed
    assert STANDING not in printed
    assert again == ""


def test_one_round_reads_an_index_and_the_newest_of_its_sitemaps(tmp_path: Path) -> None:
    """Items that appear in them later are new items of the index."""
    with serving() as site:
        site.pages["/index.xml"] = (200, index(child("/new.xml"), child("/old.xml", "2026-02-01")).encode())
        site.pages["/new.xml"] = (200, sitemap(entry("/bicycles", STANDING)).encode())
        configure(tmp_path, f"{site.url}/index.xml")
        first, _ = once(tmp_path)
        assert sorted(site.requests) == ["/index.xml", "/new.xml"]
        site.pages["/new.xml"] = (200, sitemap(entry("/cameras", EVENT)).encode())
        _, printed = once(tmp_path, NOW + HOUR * 2)
    assert not first.failed
    assert EVENT in printed
    assert "Feed 1" in printed


def test_an_alert_carries_the_description_of_the_page(tmp_path: Path) -> None:
    """Only the head of pages of matching items is read, even from a server that would send 50 MB."""
    head = b'<html><head><meta property="og:description" content="A judge wants answers."></head><body>'
    with serving() as site:
        site.pages["/news.xml"] = (200, sitemap(entry("/bicycles", STANDING)).encode())
        configure(tmp_path, f"{site.url}/news.xml")
        once(tmp_path)
        site.pages["/cameras"] = (200, head + b" " * 50_000_000)
        news = sitemap(entry("/cameras", EVENT), entry("/weather", "Rain in the north of the country"))
        site.pages["/news.xml"] = (200, news.encode())
        _, printed = once(tmp_path, NOW + HOUR * 2)
    assert "A judge wants answers." in printed
    assert site.requests.count("/robots.txt") == 1
    assert "/weather" not in site.requests
