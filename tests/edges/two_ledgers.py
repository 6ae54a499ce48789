"""A database on SQLite and one on PostgreSQL with the same history, and the output of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from postgresql import administer
from shell import RoundResult, configure, rss, serving, spoken

TIMES = [
    f"2026-03-0{day}T{8 + 2 * day:02}:00:00Z" for day in range(1, 6)
]  # a feed is polled once in 24 hours
LATER = "2026-03-05T20:00:00Z"
ROUNDS = [  # one outlet at a time: of several, the network decides which answer is stored first
    {"one": ["Police buy a hundred bicycles"]},
    {"two": ["Weather", "Harbour cameras: police halt the trial"]},
    {"three": ["Police stop harbour camera trial after protest", "Straße gesperrt: Polizei sucht Zeugen"]},
    {"one": ["Naïve café owner thanks police — again"]},
    {"two": ["Council votes on police budget"]},
]
# What is drawn at random or is the machine's own time.
DRAWN = re.compile(r"(dlv|msg)_[0-9a-f]{32}|urn:uuid:[0-9a-f-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A folder whose configuration names the file, and the server's URL."""

    folder: Path
    url: str

    def asked(self, *command: str) -> tuple[RoundResult, RoundResult]:
        """Return the output of a command on the file and on the server."""
        there = spoken(*command, "--database", self.url, folder=self.folder)
        return spoken(*command, folder=self.folder), there

    def agree(self, *command: str) -> RoundResult:
        """Return the output of a command, which must be equal on both except for random ids."""
        here, there = self.asked(*command)
        assert (there.code, said(there)) == (here.code, said(here)), (command, here, there)
        return here


def said(ran: RoundResult) -> str:
    """Return the output of a command without random ids."""
    return DRAWN.sub("", ran.out)


@contextmanager
def both_lived(folder: Path, server: str) -> Iterator[Both]:
    """Run the same rounds of three outlets on a database in this folder and on one on the server."""
    name = f"answers{uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    both = Both(folder=folder, url=server.format(name=name))
    with serving(one=rss(), two=rss(), three=rss()) as site:
        configure(folder, *(f"{site.url}/{outlet}" for outlet in ("one", "two", "three")))
        shown: dict[str, list[str]] = {"one": [], "two": [], "three": []}
        for now, news in zip(TIMES, ROUNDS, strict=True):
            for outlet, titles in news.items():
                shown[outlet] = [*titles, *shown[outlet]]
                site.pages[f"/{outlet}"] = (200, rss(*shown[outlet]))
            assert both.agree("once", "--now", now).code == 0
        yield both
