"""`storywatch coverage`: what the feeds miss, for people and programs, and the feeds of those who had it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from builders import NOON
from shell import configure, serving, spoken

from monitor.actions.feeds.find_outlet_feeds import find_outlet_feeds
from monitor.config.load import load_settings
from storage.database import Database


def feed(*entries: tuple[str, str]) -> bytes:
    items = "".join(
        f"<item><guid>{link}</guid><title>{title}</title><link>{link}</link></item>"
        for title, link in entries
    )
    return f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()


OLD = ("Council minutes of the spring", "https://site.example/old")
OWN = ("Police golf hotel india", "https://post.example/a")
MISSED = ("Police alpha bravo charlie", "https://daily.example/b")


def test_coverage_prints_text_and_json(tmp_path: Path) -> None:
    """A control feed has one story that the other feed has and one that it lacks."""
    with serving(own=feed(OLD), control=feed(OLD)) as site:
        config = configure(tmp_path, f"{site.url}/own", f"{site.url}/control")
        text = config.read_text(encoding="utf-8").replace(
            'title = "Feed 2"\n', 'title = "Feed 2"\ncontrol = true\n'
        )
        config.write_text(text, encoding="utf-8")
        assert spoken("once", "--now", "2026-03-04T08:00:00Z", folder=tmp_path).code == 0
        site.pages["/own"] = (200, feed(OWN, OLD))
        site.pages["/control"] = (200, feed(OWN, MISSED, OLD))
        done = spoken("once", "--now", "2026-03-04T20:00:00Z", folder=tmp_path)
    assert OWN[0] in done.out
    assert MISSED[0] not in done.out, "a control feed never alerts"
    shown = spoken("coverage", "--now", "2026-03-05T08:00:00Z", "--format", "json", folder=tmp_path)
    found = json.loads(shown.out)
    assert [(one["title"], one["outlets"]) for one in found["missed"]] == [(MISSED[0], ["daily.example"])]
    assert found["outlets"] == [
        {"outlet": "daily.example", "name": "daily.example", "stories": 1, "feeds": None}
    ]
    assert [(one["title"], one["stories"]) for one in found["feeds"]] == [("Feed 1", 1)]
    shown = spoken("coverage", "--now", "2026-03-05T08:00:00Z", folder=tmp_path)
    assert shown.code == 0
    assert "2 stories on your topics; 1 of them in none of your feeds" in shown.out
    assert "daily.example" in shown.out


def test_coverage_without_control_feeds_says_how_to_have_one(tmp_path: Path) -> None:
    """Without one, coverage cannot be computed."""
    configure(tmp_path, "https://post.example/feed")
    shown = spoken("coverage", folder=tmp_path)
    assert shown.code == 0
    assert "fix: add a [[feeds]] table with control = true" in shown.err


def test_an_outlets_site_is_asked_for_its_feeds_under_robots_txt(tmp_path: Path) -> None:
    """There is one request for robots.txt and one for the page, unless robots.txt forbids it; both are stored."""
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    with serving() as open_site, serving() as closed_site:
        open_site.pages |= {"/": (200, page)}
        closed_site.pages |= {"/": (200, page), "/robots.txt": (200, b"User-agent: *\nDisallow: /\n")}
        settings = load_settings(configure(tmp_path, f"{open_site.url}/feed"), environ={})
        sites = {"open.example": f"{open_site.url}/", "closed.example": f"{closed_site.url}/"}
        database = Database.open(settings.database)
        found = asyncio.run(
            find_outlet_feeds(database, settings, list(sites), now=NOON, site=sites.__getitem__)
        )
        assert len(closed_site.requests) == 1
    assert found == {"open.example": (f"{open_site.url}/feed.xml",), "closed.example": ()}
    with database.read() as ledger:
        assert ledger.coverage.found(list(sites)) == found
    database.close()
