"""What the owner does while workers poll, group and send: it holds, and nothing is told twice or lost for it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import shell
from fleet import Fleet, fleet_in
from oracle import news, polled
from shell import spoken
from tellers import Receiver, receiver

from storage.database import Database

pytestmark = pytest.mark.slow
ROUNDS, FIRST = 12, "Police search sunken ferry"
CONFIG = """
database = "{database}"
[polling]
host_delay = "0s"
interval = "1s"
min_interval = "1s"
max_interval = "1s"
timeout = "3s"
allow_networks = ["127.0.0.0/8"]
allow_ports = []
[[feeds]]
url = "{site}/feed"
[[topics]]
name = "police"
query = "police"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
[[routes]]
topics = ["*"]
channels = ["hook"]
group_wait = "0s"
updates = "every-item"
max_per_hour = 100000
"""


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A webhook that keeps everything."""
    with receiver() as opened:
        yield opened


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A fleet without workers yet."""
    with fleet_in(tmp_path) as led:
        yield led


@pytest.fixture
def database(postgresql_ledger_url: str) -> Iterator[Database]:
    """The ledger the workers share."""
    opened = Database.open(postgresql_ledger_url)
    yield opened
    opened.close()


def test_the_owner_corrects_marks_mutes_replays_and_prunes_while_workers_work(
    database: Database, postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """Twelve rounds of news, and commands between them: each item is told once, and each command does what it says."""
    with shell.serving(feed=shell.rss("Weather")) as site:
        config = CONFIG.format(database=postgresql_ledger_url, site=site.url, hook=hook.url)
        (fleet.folder / "storywatch.toml").write_text(config)
        fleet.hire(3)
        fleet.until(lambda: polled(database) == 1, seconds=60, what="the first look")
        titles = ["Weather"]
        for number in range(ROUNDS):
            titles.insert(0, f"{FIRST} number {number} off harbour {number * 7}")
            site.pages["/feed"] = (200, shell.rss(*titles))
            fleet.until(lambda: len(hook.titles()) > number // 2, seconds=60, what="news are told")  # noqa: B023
            correct(fleet.folder, number)
        fleet.until(lambda: len(set(hook.titles())) == ROUNDS, seconds=90, what="all is told")
        replayed = json.loads(said(fleet.folder, "alerts", "list", "--format", "json"))[-1]["id"]
        before = len(hook.posts)
        said(fleet.folder, "alerts", "replay", replayed)
        fleet.until(lambda: len(hook.posts) > before, seconds=60, what="the replayed one comes again")
        fleet.signal(signal.SIGTERM)
        assert {worker.wait(timeout=25) for worker in fleet.workers} == {0}
    assert sorted(hook.titles()) == news(database)
    assert len(hook.posts) == len(hook.messages()) + 1
    assert said(fleet.folder, "db", "check") == ""
    assert "Traceback" not in fleet.said()


def correct(folder: Path, number: int) -> None:
    """Do one of the owner's commands about what stands by now."""
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
    """Return what a command prints; it must come to good."""
    ran = spoken(*command, folder=folder)
    assert ran.code == 0, (command, ran.err)
    return ran.out
