"""Workers as processes on a real PostgreSQL, judged by the feeds' log per host and a receiver's record."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import shell
from fleet import PATIENCE_SECONDS, Fleet, configure, farm_of
from oracle import is_told, news, polled, publish
from shell import spoken
from tellers import Receiver

from storage.database import Database

FEEDS, HOSTS, ITEMS = 120, 30, 3


def test_workers_share_the_feeds_and_alert_each_story_once(
    postgresql_database: Database, postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """No feed is polled twice when due, no host by two workers at once, and every new item is alerted once (W1)."""
    with farm_of(feeds=FEEDS, hosts=HOSTS, latency=30) as farm:
        configure(
            fleet.folder, database=postgresql_ledger_url, opml=farm.ask("opml"), hook=hook.url, delay="50ms"
        )
        fleet.hire(3)
        fleet.until(lambda: polled(postgresql_database) == FEEDS, what="every feed polled")
        seen = farm.stats()
        assert (seen["requests"], seen["feeds_hit"], seen["most_hits"]) == (FEEDS, FEEDS, 1)
        assert seen["side_by_side"] == 0
        assert seen["shortest_pause"] >= 0.045
        fleet.until(lambda: shown(fleet.folder) == {"w1", "w2", "w3"}, what="status shows all")
        items = FEEDS * ITEMS + publish(postgresql_database, farm)
        fleet.until(lambda: is_told(postgresql_database, hook, items=items), what="all is told")
        fleet.signal(signal.SIGTERM)
        assert [worker.wait(timeout=PATIENCE_SECONDS) for worker in fleet.workers] == [0, 0, 0]
    assert news(postgresql_database)
    assert sorted(hook.titles()) == news(postgresql_database)
    assert "Traceback" not in fleet.said()
    with postgresql_database.read() as ledger:
        held = {one.name for one in ledger.worker_leases.current("", clock=postgresql_database.clock())}
    assert held <= {"prune"}  # it was finished for the day


def shown(folder: Path) -> set[str]:
    """Return the workers that `status` shows."""
    told = spoken("status", "--format", "json", folder=folder)
    assert told.code == 0, told.err
    return {worker["name"] for worker in json.loads(told.out)["workers"]}


def test_workers_and_a_daemon_exclude_each_other(
    postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """`run` and `once` exit with 75 beside a worker, a worker beside `run`, and `status` says which it is."""
    with farm_of(feeds=2, hosts=1) as farm:
        configure(fleet.folder, database=postgresql_ledger_url, opml=farm.ask("opml"), hook=hook.url)
        assert spoken("worker", "--now", "2026-01-01T00:00:00Z", folder=fleet.folder).code == 2
        assert "--lease must be at least" in spoken("worker", "--lease", "1s", folder=fleet.folder).err
        database = Database.open(postgresql_ledger_url)
        assert "workers     none\n" in spoken("status", folder=fleet.folder).out
        with database.hold():
            assert spoken("worker", folder=fleet.folder).code == 75
            told = spoken("status", folder=fleet.folder).out
            assert "workers     none: one process, `run` or `once`, does all the work" in told
        with database.join():
            assert [spoken(command, folder=fleet.folder).code for command in ("run", "once")] == [75, 75]
            with database.join():
                assert database.is_held()
        assert not database.is_held()
        database.close()


def test_workers_refuse_sqlite(fleet: Fleet) -> None:
    """The error names the fix."""
    (fleet.folder / "storywatch.toml").write_text("", encoding="utf-8")
    refused = spoken("worker", folder=fleet.folder)
    assert refused.code == 2
    assert "db move" in refused.err


def test_workers_read_their_configuration_again_on_sighup(
    postgresql_database: Database, postgresql_ledger_url: str, fleet: Fleet
) -> None:
    """New feeds and topics are used, an invalid configuration is not, and the database stays held (S8)."""
    with shell.serving(feed=shell.rss("Weather"), more=shell.rss("Weather")) as site:
        config = shell.configure(fleet.folder, f"{site.url}/feed")
        often = 'interval = "1s"\nmax_interval = "1s"\ntimeout = "3s"'
        text = config.read_text().replace('interval = "1h"', often)
        more = f'[[feeds]]\nurl = "{site.url}/more"\n[[topics]]\nname = "bicycles"\nquery = "bicycles"\n'
        config.write_text(f'database = "{postgresql_ledger_url}"\n{text}')
        fleet.hire(2)
        fleet.until(lambda: polled(postgresql_database) == 1, what="the first look")
        config.write_text(config.read_text() + more)
        fleet.signal(signal.SIGHUP)
        again = "configuration reloaded: 2 feeds for 2 topics"
        fleet.until(lambda: fleet.said().count(again) == 2, what="both have read it again")
        fleet.until(lambda: polled(postgresql_database) == 2, what="the new feed is polled")
        config.write_text(config.read_text() + "intervall = 3\n")
        fleet.signal(signal.SIGHUP)
        fleet.until(
            lambda: fleet.said().count("still running with the previous one") == 2,
            what="errors are said",
        )
        site.pages["/more"] = (200, shell.rss("Thieves steal bicycles", "Weather"))
        fleet.until(lambda: "[bicycles]" in fleet.said(), what="the new topic is told")
        fleet.signal(signal.SIGTERM)
        assert [worker.wait(timeout=PATIENCE_SECONDS) for worker in fleet.workers] == [0, 0]
    assert "Traceback" not in fleet.said()
