"""Hostile text in the output of commands, for people and programs: no control characters, nothing hidden (R17).

Every command has to be in one of the lists below: a new command fails here until it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from hostile_words import HOSTILE, LINKS, assert_visible
from shell import configure, spoken
from sqlalchemy import update

from alerts.alert import alert
from monitor.cli.command_line import storywatch
from monitor.cli.help.manual import command_pages
from monitor.config.load import load_settings, no_errors
from monitor.polling.parsing.identity import identify
from monitor.service.app import open_app
from monitor.service.once import without_group_wait
from storage import schema
from storage.database import Ledger
from storage.model import FeedState, Mute, MuteKind, Publication
from storage.stores.item_rows import NewItem

NOW = datetime.now(UTC) - timedelta(minutes=5)
FEED = "http://feed.example/feed"
WORDS = " ".join(HOSTILE[name] for name in HOSTILE if name not in {"long", "wide"})
STORED = f"police hostile {WORDS}".encode("utf-8", "replace").decode()
READING = {
    "alerts list": (),
    "alerts show": ("DELIVERY",),
    "backtest": ("police", "--since", "1d"),
    "channels list": (),
    "coverage": (),
    "db check": (),
    "digest": (),
    "doctor": (),
    "feeds list": (),
    "feeds show": (FEED,),
    "items search": ("hostile",),
    "items show": ("i1",),
    "mute": (),
    "status": (),
    "stories list": (),
    "stories show": ("s1",),
    "topics explain": ("police", "i1"),
    "topics list": (),
    "topics show": ("police",),
    "why": ("s1",),
}
CHANGING = {
    "alerts discard": ("DELIVERY",),
    "alerts replay": ("DELIVERY",),
    "feeds pause": (FEED,),
    "feeds resume": (FEED,),
    "mark": ("no", "i1"),
    "mute": ("s1", "--for", "2h"),
    "stories merge": ("s1", "s2"),
    "stories split": ("s1", "i2"),
    "topics apply": ("police", "--since", "1d"),
    "unmute": ("s1",),
}
# Tested in `test_hostile_network`, because they read feeds, pages and articles.
READING_OTHERS = {
    "feeds discover", "feeds poll", "once", "replay", "run", "topics learn", "topics suggest",
}  # fmt: skip
# These print no texts from feeds, need a server, or print the output of the renderers, which has its own tests.
NOT_LOOKED_AT = {
    "channels resume", "channels schema", "channels test", "check", "completion", "config schema", "db backup",
    "db move", "db prune", "db restore", "db upgrade", "demo", "feeds add", "feeds export", "feeds import",
    "feeds remove", "init", "licences", "manual", "mcp", "pages end-links", "pages link", "pages revoke",
    "pages serve", "pages token", "pages tokens", "topics import", "worker",
}  # fmt: skip
COMMANDS = {" ".join(name.split()): command for name, command in command_pages(storywatch)}


def forms(command: click.Command) -> Iterator[tuple[str, ...]]:
    """Yield the options that choose each form a command can print."""
    for parameter in command.params:
        if parameter.name == "form" and isinstance(parameter.type, click.Choice):
            yield from (("--format", form) for form in parameter.type.choices)
            return
    yield ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A folder with a database, and the id of a delivery in it."""

    folder: Path
    delivery: str


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A database in which every text from feeds is hostile and was stored without any check."""
    path = configure(tmp_path, FEED)
    path.write_text(path.read_text().replace('title = "Feed 1"', ""))
    settings = load_settings(path, environ={}, check_topic=no_errors)
    with open_app(settings, now=NOW - timedelta(hours=1)) as app:
        with app.database.write() as ledger:
            _store(ledger)
        app.matching.run(app.database, now=NOW)
        alert(app.database, without_group_wait(app.routing), now=NOW)
        with app.database.write() as ledger:
            connection = ledger.feeds._connection
            connection.execute(
                update(schema.feeds).values(
                    title=STORED, last_error=STORED, state=FeedState.FAILING, failures=9
                )
            )
            connection.execute(update(schema.deliveries).values(last_error=STORED, state="dead"))
            ledger.mutes.add(Mute(kind=MuteKind.STORY, target="1", since=NOW, until=NOW + timedelta(days=1)))
            posting = ledger.outbox.postings()[0]
    return Watched(folder=tmp_path, delivery=posting.delivery.id)


def _store(ledger: Ledger) -> None:
    """Store two events, the first of two items."""
    [feed] = ledger.feeds.named([FEED])
    apart = ("", "", "velmont harbour strike quay union wages")
    publications = [
        Publication(
            publisher_id=f"{number} {STORED}",
            title=f"{other} {STORED} {number}",
            summary=f"{STORED} {other}",
            content=STORED,
            author=STORED,
            url=LINKS[number],
        )
        for number, other in enumerate(apart)
    ]
    items = [
        NewItem(
            publication=one.publication, key=one.key, content_hash=one.content_hash, title_key=one.title_key
        )
        for one in identify(publications)
    ]
    ledger.items.add(feed.id, items, now=NOW, at_first_poll=False, gap_since=None)


def assert_harmless(watched: Watched, name: str, arguments: tuple[str, ...]) -> None:
    given = [watched.delivery if argument == "DELIVERY" else argument for argument in arguments]
    done = spoken(*name.split(), *given, folder=watched.folder)
    assert "an error in storywatch" not in done.err
    assert done.out + done.err
    for printed in (done.out, done.err):
        assert_visible(printed, also="\n")


def test_every_command_is_looked_at() -> None:
    """Each is tested here or elsewhere, or listed with a reason."""
    assert set(COMMANDS) == READING.keys() | CHANGING.keys() | READING_OTHERS | NOT_LOOKED_AT


@pytest.mark.parametrize("name", READING)
def test_what_a_command_shows_is_visible(watched: Watched, name: str) -> None:
    """This holds for tables and for JSON, which people read at a terminal too."""
    for form in forms(COMMANDS[name]):
        assert_harmless(watched, name, (*READING[name], *form))


@pytest.mark.parametrize("name", CHANGING)
def test_what_a_command_says_it_did_is_visible(watched: Watched, name: str) -> None:
    """Commands that change something print the changed things."""
    assert_harmless(watched, name, CHANGING[name])
