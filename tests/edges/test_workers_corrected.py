"""The owner's actions while workers poll, group and send take effect, and no item is alerted twice or lost."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import shell
from fleet import PATIENCE_SECONDS, Fleet, configure, opml_of
from oracle import news, polled
from shell import spoken
from tellers import Receiver

from storage.database import Database

pytestmark = pytest.mark.slow
ROUNDS, FIRST = 12, "Police search sunken ferry"


def test_commands_work_beside_workers(
    postgresql_database: Database, postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """In twelve rounds with commands between, each item is alerted once and each command has its effect."""
    with shell.serving(feed=shell.rss("Weather")) as site:
        configure(
            fleet.folder,
            database=postgresql_ledger_url,
            opml=opml_of(f"{site.url}/feed"),
            hook=hook.url,
            interval="1s",
            topic="police",
            query="police",
        )
        fleet.hire(3)
        fleet.until(lambda: polled(postgresql_database) == 1, what="the first look")
        titles = ["Weather"]
        for number in range(ROUNDS):
            titles.insert(0, f"{FIRST} number {number} off harbour {number * 7}")
            site.pages["/feed"] = (200, shell.rss(*titles))
            fleet.until(lambda: len(hook.titles()) > number // 2, what="news are told")  # noqa: B023
            correct(fleet.folder, number)
        fleet.until(lambda: len(set(hook.titles())) == ROUNDS, what="all is told")
        replayed = json.loads(said(fleet.folder, "alerts", "list", "--format", "json"))[-1]["id"]
        before = len(hook.posts)
        said(fleet.folder, "alerts", "replay", replayed)
        fleet.until(lambda: len(hook.posts) > before, what="the replayed one comes again")
        fleet.signal(signal.SIGTERM)
        assert {worker.wait(timeout=PATIENCE_SECONDS) for worker in fleet.workers} == {0}
    assert sorted(hook.titles()) == news(postgresql_database)
    assert len(hook.posts) == len(hook.messages()) + 1
    assert said(fleet.folder, "db", "check") == ""
    assert "Traceback" not in fleet.said()


def correct(folder: Path, number: int) -> None:
    """Run one of the owner's commands on the present data."""
    stories = [one["id"] for one in json.loads(said(folder, "stories", "list", "--format", "json"))]
    held = json.loads(said(folder, "stories", "show", stories[0], "--format", "json"))
    match number % 6:
        case 0:
            said(folder, "mark", "yes", held[0]["id"])
        case 1:
            said(folder, "mute", "police", "--for", "2s")
        case 2 if len(stories) > 1:
            said(folder, "stories", "merge", stories[0], stories[-1])
        case 3 if len(held) > 1:
            said(folder, "stories", "split", stories[0], held[-1]["id"])
        case 4:
            said(folder, "topics", "apply", "police", "--since", "1d")
        case 5:
            said(folder, "db", "prune")


def said(folder: Path, *command: str) -> str:
    """Return the output of a command, which must succeed."""
    ran = spoken(*command, folder=folder)
    assert ran.code == 0, (command, ran.err)
    return ran.out
