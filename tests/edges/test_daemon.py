"""The daemon as a process: it alerts, ends on request, excludes others, and loses nothing when killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from shell import Site, configure, environment, line_of, rss, serving, spoken, started, storywatch

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"
PATIENCE_SECONDS = 180.0  # a whole test takes ten, and sixty on a busy machine
QUICK = 'interval = "1s"'


@contextmanager
def watching(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon until the block ends; kill one that never prints the expected line."""
    process = started("run", folder=folder)
    patience = threading.Timer(PATIENCE_SECONDS, process.kill)
    patience.start()
    try:
        yield process
    finally:
        patience.cancel()
        process.kill()
        process.communicate(timeout=120)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A feed polled every second, and a webhook."""
    with serving(feed=rss(STANDING), hook=(204, b"")) as site:
        config = configure(tmp_path, f"{site.url}/feed")
        config.write_text(config.read_text().replace('interval = "1h"', f'{QUICK}\nmax_interval = "1s"', 1))
        yield site


def test_the_daemon_summarises_alerts_and_ends_on_sigterm(site: Site, tmp_path: Path) -> None:
    """The first poll is silent, new items are alerted on stdout, and SIGTERM ends it with 0 in time (S8)."""
    with watching(tmp_path) as daemon:
        assert "1 feed for 1 topic" in line_of(daemon, "watches")
        assert "1 item recorded without alerting" in line_of(daemon, "first poll")
        assert "1 story matches" in line_of(daemon, "your topics already")
        line_of(daemon, "next poll")
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        assert daemon.stdout is not None
        assert EVENT in _until(daemon, EVENT)
        daemon.send_signal(signal.SIGTERM)
        began = time.monotonic()
        out, err = daemon.communicate(timeout=120)
        assert daemon.returncode == 0
        assert time.monotonic() - began < 20
        assert STANDING not in out
        assert "nothing is lost" in err
        assert "Traceback" not in err


@pytest.mark.usefixtures("site")
def test_a_second_daemon_exits_with_75(tmp_path: Path) -> None:
    """Reading commands work beside the first, and after kill -9 the next starts at once (S5)."""
    with watching(tmp_path) as daemon:
        line_of(daemon, "next poll")
        second = storywatch("run", folder=tmp_path)
        round_ = spoken("once", folder=tmp_path)
        assert (second.code, round_.code) == (75, 75)
        assert f"process {daemon.pid}" in second.err
        assert second.err.count("\n") == 1
        listed = spoken("feeds", "list", "--format", "json", folder=tmp_path)
        assert json.loads(listed.out)[0]["state"] == "ok"
        assert spoken("once", "--dry-run", folder=tmp_path).code == 0
        daemon.kill()
        daemon.wait()
        assert spoken("once", folder=tmp_path).code == 0


def test_a_killed_daemon_loses_nothing(site: Site, tmp_path: Path) -> None:
    """Items that appeared meanwhile are alerted by the next one, and no alert is repeated (S1)."""
    with watching(tmp_path) as daemon:
        line_of(daemon, "next poll")
        site.pages["/feed"] = (200, rss("Police close the old bridge today", STANDING))
        _until(daemon, "old bridge")
        while '"sent"' not in spoken("alerts", "list", "--format", "json", folder=tmp_path).out:
            assert (
                daemon.poll() is None
            )  # if killed before the attempt is stored, it would rightly be sent again
    site.pages["/feed"] = (200, rss(EVENT, "Police close the old bridge today", STANDING))
    with watching(tmp_path) as daemon:
        told = _until(daemon, EVENT)
    assert "old bridge" not in told
    assert STANDING not in told


def test_a_slow_feed_does_not_delay_the_end(tmp_path: Path) -> None:
    """A running fetch is cancelled at SIGTERM, and its feed stays due."""
    with serving(feed=rss(STANDING)) as site:
        site.slow = 8
        configure(tmp_path, f"{site.url}/feed")
        with watching(tmp_path) as daemon:
            line_of(daemon, "watches")
            while not site.accepted:
                assert daemon.poll() is None
                site.arrived.wait(0.05)
            daemon.terminate()
            began = time.monotonic()
            daemon.wait(timeout=120)
            assert time.monotonic() - began < 6
    listed = json.loads(spoken("feeds", "list", "--format", "json", folder=tmp_path).out)
    assert listed[0]["last_poll"] is None


def _until(daemon: subprocess.Popen[str], words: str) -> str:
    """Return the output up to the line with these words."""
    assert daemon.stdout is not None
    printed = ""
    for line in daemon.stdout:
        printed += line
        if words in line:
            return printed
    raise AssertionError(f"ended with {daemon.wait()} and never printed {words!r}; it printed {printed!r}")


STARTING = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Signalling(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(number))

_, module, number, *arguments = sys.argv
sys.argv[1:] = arguments
sys.meta_path.insert(0, Signalling())
from monitor.cli import main
main()
"""


def starting(folder: Path, module: str, number: signal.Signals) -> subprocess.Popen[str]:
    """Start a daemon that gets a signal when it begins to import a module."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTING, module, str(int(number)), "run"],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("module", ["click", "monitor.service.reload"])
def test_sighup_while_it_starts_is_answered_once_it_runs(tmp_path: Path, module: str) -> None:
    """It does not end the process, and the configuration is reloaded."""
    process = starting(tmp_path, module, signal.SIGHUP)
    try:
        assert "1 feed for 1 topic" in line_of(process, "configuration reloaded")
        process.terminate()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("click", signal.SIGTERM),
        ("monitor.config.load", signal.SIGINT),
        ("monitor.service.reload", signal.SIGTERM),
    ],
)
def test_sigterm_while_it_starts_ends_it_without_a_fault(
    tmp_path: Path, module: str, number: signal.Signals
) -> None:
    """It ends with 0, as it does once it runs."""
    process = starting(tmp_path, module, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_sighup_reads_the_configuration_again(site: Site, tmp_path: Path) -> None:
    """A new feed and a new topic are used by the running process; old items of the topic are not alerted (S8, F1)."""
    site.pages["/more"] = (200, rss("Mayor opens a bridge", "Police watch a bridge"))
    with watching(tmp_path) as daemon:
        line_of(daemon, "next poll")
        config = tmp_path / "storywatch.toml"
        more = f'[[feeds]]\nurl = "{site.url}/more"\n[[topics]]\nname = "bicycles"\nquery = "bicycles"\n'
        config.write_text(config.read_text() + more, encoding="utf-8")
        daemon.send_signal(signal.SIGHUP)
        line_of(daemon, "configuration reloaded: 2 feeds for 2 topics")
        site.pages["/feed"] = (200, rss("Thieves steal bicycles from a shed", STANDING))
        told = _until(daemon, "Thieves steal bicycles")
        assert STANDING not in told
        daemon.terminate()
        _, err = daemon.communicate(timeout=120)
        assert daemon.returncode == 0
        assert "Traceback" not in err
    assert "/more" in site.requests


def test_a_configuration_with_errors_is_not_reloaded(site: Site, tmp_path: Path) -> None:
    """Every error is printed with its line, and the daemon goes on with the previous one (R21)."""
    rule = tmp_path / "rule.toml"
    rule.write_text("[terms]\nharbour = 20\n", encoding="utf-8")
    config = tmp_path / "storywatch.toml"
    config.write_text(
        config.read_text() + '[[topics]]\nname = "ports"\nrule = "rule.toml"\n', encoding="utf-8"
    )
    with watching(tmp_path) as daemon:
        line_of(daemon, "next poll")
        rule.write_text("[terms]\nharbour = 'much'\n", encoding="utf-8")
        config.write_text(
            config.read_text().replace("[[feeds]]", "[[feeds]]\nintervall = 3", 1), encoding="utf-8"
        )
        daemon.send_signal(signal.SIGHUP)
        assert "2 errors" in line_of(daemon, "still running with the previous one")
        assert "intervall" in line_of(daemon, "storywatch.toml:")
        assert "is not a number" in line_of(daemon, "rule.toml:2")
        site.pages["/feed"] = (200, rss("Ships leave the harbour at dawn", STANDING))
        assert "[ports]" in _until(daemon, "Ships leave the harbour")


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.usefixtures("site")
def test_it_stops_when_its_database_is_deleted_or_replaced(tmp_path: Path, *, replaced: bool) -> None:
    """It names the file, exits with 2, and creates no other database (C2)."""
    with watching(tmp_path) as daemon:
        line_of(daemon, "next poll")
        if replaced:
            storywatch("db", "backup", "copy.db", folder=tmp_path)
            (tmp_path / "copy.db").replace(tmp_path / "storywatch.db")
        else:
            (tmp_path / "storywatch.db").unlink()
        _, err = daemon.communicate(timeout=60)
    assert daemon.returncode == 2
    assert f"was {'replaced by another file' if replaced else 'deleted'} while storywatch was running" in err
    assert "nothing is lost" not in err
    assert "Traceback" not in err
    assert (tmp_path / "storywatch.db").exists() is replaced


def test_it_stops_when_its_database_is_damaged(site: Site, tmp_path: Path) -> None:
    """The damage is named once with its fix, and no feed counts as failed (C2)."""
    assert storywatch("once", folder=tmp_path).code == 0
    database = tmp_path / "storywatch.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'identities'"
        ).fetchall()
        [size] = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("UPDATE feeds SET body_hash = NULL, etag = NULL, next_poll = '2020-01-01'")
    connection.close()
    with database.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    site.pages["/feed"] = (200, rss(EVENT, STANDING))
    with watching(tmp_path) as daemon:
        _, err = daemon.communicate(timeout=60)
    assert daemon.returncode == 2
    assert err.count("is damaged") == 1
    assert "storywatch db restore FILE" in err
    assert "Traceback" not in err
