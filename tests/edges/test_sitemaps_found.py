"""News sitemaps are found through robots.txt, and lists of feeds keep which feeds they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import Site, configure, rss, serving, spoken
from sitemaps import child, entry, index, sitemap

from monitor.config.lists.opml import read_opml

NOW = "2026-11-30T09:00:00Z"
NEWS = sitemap(entry("/a", "Ferry", name="The Tide")).encode()
PLAIN = b"<urlset><url><loc>/about</loc></url></urlset>"


def with_robots(site: Site, *names: str) -> None:
    lines = "".join(f"Sitemap: {site.url}/{name}\n" for name in names)
    site.pages["/robots.txt"] = (200, f"User-agent: *\nDisallow: /private\n{lines}".encode())


def found_at(folder: Path, url: str) -> list[tuple[str, str, str]]:
    done = spoken("feeds", "discover", url, "--format", "json", folder=folder)
    return [(one["kind"], one["url"].rpartition("/")[2], one["title"]) for one in json.loads(done.out)]


def test_the_news_sitemaps_of_a_site_are_discovered(tmp_path: Path) -> None:
    """They follow the feeds that the page names, each read and printed with its kind; others are left out."""
    page = b"<html><head><link rel=alternate type=application/rss+xml href=/feed title=Tide></head></html>"
    with serving(feed=rss("One")) as site:
        site.pages["/"] = (200, page)
        site.pages |= {"/news.xml": (200, NEWS), "/pages.xml": (200, PLAIN)}
        site.pages["/news-index.xml"] = (200, index(child("/news.xml")).encode())
        site.pages["/news-plain.xml"] = (200, index(child("/pages.xml")).encode())
        with_robots(site, "pages.xml", "news.xml", "news-index.xml", "news-plain.xml")
        configure(tmp_path)
        assert found_at(tmp_path, site.url) == [
            ("RSS", "feed", "Tide"),
            ("news sitemap", "news.xml", "The Tide"),
            ("sitemap index", "news-index.xml", "The Tide"),
        ]
        assert found_at(tmp_path, f"{site.url}/news.xml") == [("news sitemap", "news.xml", "The Tide")]


def test_a_site_that_asks_to_wait_is_asked_once(tmp_path: Path) -> None:
    """After a 429 neither its robots.txt nor, within the Retry-After that a poll met, its page is asked for."""
    with serving() as site:
        site.pages["/"] = site.pages["/feed"] = (429, b"")
        site.headers = {"Retry-After": "7200"}
        configure(tmp_path)
        done = spoken("feeds", "add", site.url, folder=tmp_path)
        assert (done.code, site.requests) == (1, ["/"])
        configure(tmp_path, f"{site.url}/feed")
        spoken("once", folder=tmp_path)
        done = spoken("feeds", "discover", site.url, folder=tmp_path)
        assert (done.code, site.requests) == (1, ["/", "/feed"])
        assert "the server asks to wait until " in done.err


def test_a_site_is_added_by_its_name(tmp_path: Path) -> None:
    """Results are printed with their kind and the first is subscribed, even if the front page is refused."""
    with serving() as site:
        site.pages["/"] = (403, b"no")
        site.pages["/news.xml"] = (200, NEWS)
        with_robots(site, "news.xml")
        configure(tmp_path)
        done = spoken("feeds", "add", site.url, folder=tmp_path)
        assert f"found: news sitemap {site.url}/news.xml The Tide" in done.err
        assert f"subscribed: {site.url}/news.xml" in done.err
        spoken("once", "--now", NOW, folder=tmp_path)
        shown = spoken("feeds", "show", f"{site.url}/news.xml", folder=tmp_path).out
    assert "news sitemap" in shown
    assert "The Tide" in shown


@pytest.mark.parametrize("robots", [None, b"User-agent: *\nSitemap: ::\nSitemap: /x\nSitemap: http://[\n"])
def test_a_site_without_feeds_is_not_added(tmp_path: Path, robots: bytes | None) -> None:
    """The error names both places searched, and the configuration is unchanged."""
    with serving() as site:
        site.pages["/"] = (200, b"<html><body>Hello</body></html>")
        if robots:
            site.pages["/robots.txt"] = (200, robots)
        config = configure(tmp_path).read_text()
        done = spoken("feeds", "add", site.url, folder=tmp_path)
    assert done.code == 1
    assert "the page names no feed, and the site's robots.txt names no news sitemap" in done.err
    assert (tmp_path / "storywatch.toml").read_text() == config


def test_lists_keep_which_feeds_are_sitemaps(tmp_path: Path) -> None:
    """The kind survives export after a poll, import, and export before any poll."""
    with serving(feed=rss("One")) as site:
        site.pages["/news.xml"] = (200, NEWS)
        site.pages["/index.xml"] = (200, index(child("/news-2.xml")).encode())
        site.pages["/news-2.xml"] = (200, NEWS)
        here, there = tmp_path / "here", tmp_path / "there"
        for folder in (here, there):
            folder.mkdir()
        configure(here, *(f"{site.url}/{name}" for name in ("feed", "news.xml", "index.xml")))
        configure(there)
        spoken("once", "--now", NOW, folder=here)
        listed = json.loads(spoken("feeds", "list", "--format", "json", folder=here).out)
        shown = json.loads(
            spoken("feeds", "show", f"{site.url}/index.xml", "--format", "json", folder=here).out
        )
    assert [row["kind"] for row in listed] == ["feed", "sitemap", "sitemap-index"]
    assert [one["url"] for one in shown[0]["sitemaps"]] == [f"{site.url}/news-2.xml"]
    exported = spoken("feeds", "export", folder=here).out
    assert [one.kind for one in read_opml(exported.encode()).feeds] == [None, "sitemap", "sitemap-index"]
    (tmp_path / "feeds.opml").write_text(exported)
    spoken("feeds", "import", str(tmp_path / "feeds.opml"), folder=there)
    assert spoken("feeds", "export", folder=there).out == exported


def test_polling_an_index_by_hand_polls_its_sitemaps(tmp_path: Path) -> None:
    """It is printed as one feed, and its sitemaps are requested with it."""
    with serving() as site:
        site.pages["/index.xml"] = (200, index(child("/news.xml")).encode())
        site.pages["/news.xml"] = (200, NEWS)
        configure(tmp_path, f"{site.url}/index.xml")
        assert "1 feed of 1 answered" in spoken("check", "--online", folder=tmp_path).err
        site.requests.clear()
        for _ in range(2):
            done = spoken("feeds", "poll", "Feed 1", folder=tmp_path)
            assert "polled 1 feed:" in done.err
        assert site.requests == ["/index.xml", "/news.xml"] * 2
        site.pages["/news.xml"] = (200, PLAIN)
        site.pages["/index.xml"] = (200, index(child("/plain.xml")).encode())
        site.pages["/plain.xml"] = (200, PLAIN)
        done = spoken("feeds", "poll", "Feed 1", folder=tmp_path)
    assert done.code == 1
    assert "failed: Feed 1" in done.err
    assert "polled 1 feed:" in done.err
