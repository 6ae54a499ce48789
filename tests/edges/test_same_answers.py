"""SQLite and PostgreSQL give the same answers: the same rounds are made on both, and every reading command is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from shell import configure, rss, serving, spoken

TIMES = [f"2026-03-0{day}T09:00:00Z" for day in range(1, 5)]
LATER = "2026-03-04T18:00:00Z"
ROUNDS = [  # one outlet at a time: of several, which answer is stored first is the network's affair
    {"one": ["Police buy a hundred bicycles"]},
    {"two": ["Weather", "Harbour cameras: police halt the trial"]},
    {"three": ["Police stop harbour camera trial after protest", "Straße gesperrt: Polizei sucht Zeugen"]},
    {"one": ["Naïve café owner thanks police — again", "Council votes on police budget"]},
]
COMMANDS = [
    ("feeds", "list", "--format", "json"),
    ("stories", "list", "--format", "json"),
    ("stories", "show", "s1", "--format", "json"),
    ("stories", "show", "s2"),
    ("items", "search", "harbour", "--format", "json"),
    ("items", "search", '"harbour cameras" -trial', "--format", "json"),
    ("items", "search", "pol* straße", "--format", "json"),
    ("items", "search", "cafe naive", "--format", "json"),
    ("items", "search", "Café ow*", "--format", "json"),
    ("items", "search", "elephant", "--format", "json"),
    ("items", "search", "POLICE budg*", "--format", "json"),
    ("items", "show", "1"),
    ("alerts", "list", "--format", "json"),
    ("digest", "--since", "7d", "--format", "text", "--now", LATER),
    ("digest", "--since", "7d", "--format", "markdown", "--now", LATER),
    ("digest", "--since", "7d", "--format", "json", "--now", LATER),
    ("digest", "--since", "7d", "--format", "html", "--now", LATER),
    ("digest", "--since", "2d", "--topic", "police", "--format", "atom", "--now", LATER),
    ("topics", "list", "--format", "json"),
    ("topics", "explain", "police", "2"),
    ("backtest", "police", "--since", "3650d", "--format", "jsonl"),
]
# What is drawn at random or is the machine's own time.
DRAWN = re.compile(r"(dlv|msg)_[0-9a-f]{32}|urn:uuid:[0-9a-f-]+")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Iterator[tuple[Path, str]]:
    """A folder whose ledger, and another on a server, lived through the same rounds of three outlets."""
    folder = tmp_path_factory.mktemp("answers")
    name = f"answers{uuid4().hex}"
    with psycopg.connect(_plain(postgresql_server.format(name="postgres")), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = postgresql_server.format(name=name)
    with serving(one=rss(), two=rss(), three=rss()) as site:
        configure(folder, *(f"{site.url}/{outlet}" for outlet in ("one", "two", "three")))
        stands: dict[str, list[str]] = {"one": [], "two": [], "three": []}
        for now, news in zip(TIMES, ROUNDS, strict=True):
            for outlet, titles in news.items():
                stands[outlet] = [*titles, *stands[outlet]]
                site.pages[f"/{outlet}"] = (200, rss(*stands[outlet]))
            told = [spoken("once", "--now", now, *on, folder=folder) for on in ((), ("--database", url))]
            assert [one.code for one in told] == [0, 0], told
            assert told[0].out == told[1].out
        yield folder, url


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_reading_command_says_the_same_on_both(lived: tuple[Path, str], command: tuple[str, ...]) -> None:
    """Not a byte differs but what is drawn at random."""
    folder, url = lived
    here = spoken(*command, folder=folder)
    there = spoken(*command, "--database", url, folder=folder)
    assert (there.code, DRAWN.sub("", there.out)) == (here.code, DRAWN.sub("", here.out))
    assert here.code < 2, here.err
    assert here.out


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
