"""Pushes from a hub where the pages are served beside cron or workers, by a process of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fleet import Fleet
from hub import HubSite, a_hub
from shell import configure, line_of, spoken, started
from test_daemon_push import WEBHOOK, a_free_port


@contextmanager
def pages_beside(folder: Path, hub: HubSite, *, database: str = "") -> Iterator[None]:
    """Configure a feed with this hub, and serve the pages until the block ends."""
    hub.titles = ["Old tram"]
    port = a_free_port()
    config = configure(folder, f"{hub.url}/feed", more=WEBHOOK)
    stored = f'database = "{database}"\n' if database else ""
    served = f'\n[pages]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
    config.write_text(f"{stored}{config.read_text(encoding='utf-8')}{served}", encoding="utf-8")
    pages = started("pages", folder=folder)
    try:
        line_of(pages, f"http://127.0.0.1:{port}")
        yield
    finally:
        pages.kill()
        pages.communicate()


def test_a_round_for_cron_subscribes_at_a_hub_and_reads_what_is_pushed(tmp_path: Path) -> None:
    """The second round alerts a push although no feed is due; a dry run asks no hub."""
    with a_hub() as hub, pages_beside(tmp_path, hub):
        assert spoken("once", "--dry-run", folder=tmp_path).code == 0
        assert hub.asked == []
        assert spoken("once", folder=tmp_path).code == 0
        assert hub.verified.wait(120)
        hub.titles = ["Police halt trial", *hub.titles]
        assert hub.push() == 202
        polls = hub.polls
        assert "Police halt trial" in spoken("once", folder=tmp_path).out
        assert hub.polls == polls


@pytest.mark.slow
def test_a_worker_subscribes_at_a_hub_and_reads_what_is_pushed(
    tmp_path: Path, postgresql_ledger_url: str, fleet: Fleet
) -> None:
    """Of two workers one asks the hub once, and one reads the push."""
    with a_hub() as hub, pages_beside(tmp_path, hub, database=postgresql_ledger_url):
        fleet.hire(2, "--lease", "60s")
        fleet.until(hub.verified.is_set, what="the hub has verified the subscription")
        hub.titles = ["Police halt trial", *hub.titles]
        assert hub.push() == 202

        def is_stored() -> bool:
            shown = spoken("items", "search", "trial", "--format", "json", folder=tmp_path)
            return bool(json.loads(shown.out))

        fleet.until(is_stored, what="the push is read")
        assert (hub.polls, len(hub.asked)) == (1, 1)
