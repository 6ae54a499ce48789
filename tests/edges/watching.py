"""A folder with a configuration of two feeds, and the site that serves them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shell import RoundResult, Site, configure, rss, serving, spoken

FIRST, LATER = "2026-03-04T12:00:00Z", "2026-03-05T13:00:00Z"
PAGE = b"""<html><head><title>Post</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/feed">
<link rel="alternate" type="application/atom+xml" title="Comments" href="comments.atom"></head></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A folder with a configuration, and the site it watches."""

    folder: Path
    site: Site

    def say(self, *arguments: str, code: int = 0) -> RoundResult:
        """Return the output of a command, which must end as expected."""
        ran = spoken(*arguments, folder=self.folder)
        assert ran.code == code, ran.err
        return ran

    def feed(self, words: str) -> dict[str, object]:
        """Return the output about a feed."""
        [row] = json.loads(self.say("feeds", "show", words, "--format", "json").out)
        return row

    def text(self) -> str:
        return (self.folder / "storywatch.toml").read_text(encoding="utf-8")


@contextmanager
def watching(folder: Path) -> Iterator[Watched]:
    """Watch one feed that works and one that is missing; nothing is polled yet."""
    with serving(feed=rss("One", "Two"), page=PAGE) as site:
        configure(folder, f"{site.url}/feed", f"{site.url}/missing")
        yield Watched(folder=folder, site=site)
