"""The daemon with a publisher's hub: it subscribes, reads what is pushed, and ends the subscription."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

from hub import a_hub
from shell import configure, started, storywatch

WEBHOOK = '[[channels]]\nname = "out"\ntype = "console"\n[[routes]]\ntopics = ["*"]\ngroup_wait = "0s"\n'


def a_free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def test_a_daemon_subscribes_at_a_hub_and_tells_what_is_pushed(tmp_path: Path) -> None:
    """It needs no second poll: the hub's body is read. Without the pages' address the subscription is ended."""
    with a_hub() as hub:
        hub.titles = ["Old tram"]
        config = configure(tmp_path, f"{hub.url}/feed", more=WEBHOOK)
        pages = f"http://127.0.0.1:{(port := a_free_port())}"
        settings = config.read_text(encoding="utf-8")
        with config.open("a", encoding="utf-8") as written:
            written.write(f'\n[pages]\nlisten = "127.0.0.1:{port}"\nurl = "{pages}"\n')
        daemon = started("run", folder=tmp_path)
        try:
            assert hub.verified.wait(180)
            assert hub.subscription["hub.topic"] == f"{hub.url}/feed"
            hub.titles = ["Police halt trial", *hub.titles]
            assert hub.push() == 202
            assert daemon.stdout is not None
            assert any("Police halt trial" in line for line in iter(daemon.stdout.readline, ""))
            assert hub.polls == 1
            shown = storywatch("feeds", "show", "Feed 1", "--format", "json", folder=tmp_path)
            assert json.loads(shown.out)[0]["push"]["state"] == "active"
            assert "active until" in storywatch("feeds", "show", "Feed 1", folder=tmp_path).out
            config.write_text(settings, encoding="utf-8")
            daemon.send_signal(signal.SIGHUP)
            assert hub.ended.wait(180)
        finally:
            daemon.kill()
            daemon.communicate()
