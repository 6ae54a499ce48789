"""The HTTP endpoints of a running storywatch on loopback, and its log for programs."""

from __future__ import annotations

import json
import logging
import signal
import socket
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError

import pytest
from builders import NOON, an_overview
from prometheus_client.parser import text_string_to_metric_families
from shell import configure, line_of, rss, serving, spoken, started

from monitor.cli.shared.log import JsonLines
from monitor.config.errors import BadValueError
from monitor.service import metrics
from monitor.service.metrics import describe_stalled_polling, exposed, read_address
from monitor.service.process.systemd import ProgressTimer
from storage.database import Database


def get(port: int, path: str) -> str:
    """Return the answer at a path."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read().decode()


def test_a_daemon_serves_metrics_and_health(tmp_path: Path) -> None:
    """They are served if configured, in a format that Prometheus reads."""
    with serving(feed=rss("Police halt trial")) as site:
        configure(tmp_path, f"{site.url}/feed")
        running = started("run", "--listen", "127.0.0.1:0", folder=tmp_path)
        try:
            port = int(line_of(running, "metrics and health").split("port ")[1].split()[0])
            line_of(running, "polled 1 feed")
            metrics = {
                sample.name: sample.value
                for family in text_string_to_metric_families(get(port, "/metrics"))
                for sample in family.samples
            }
            assert (metrics["storywatch_feeds"], metrics["storywatch_items"]) == (1, 1)
            assert get(port, "/healthz") == "ok\n"
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=120)
    assert running.returncode == 0


def test_health_fails_with_the_database(sqlite_database: Database) -> None:
    """The answer is 503 with a reason."""
    assert sqlite_database.path is not None
    with exposed(sqlite_database, ("127.0.0.1", 0)) as port:
        sqlite_database.path.write_bytes(b"no ledger" * 1000)
        with pytest.raises(HTTPError) as answered:
            get(port, "/healthz")
    assert answered.value.code == 503
    assert b"cannot be read" in answered.value.read()
    answered.value.close()


def test_health_fails_when_the_passes_stand_still(sqlite_database: Database) -> None:
    """The database can be read, but no pass runs."""
    clock = iter([0.0, 100.0, 1000.0, 1000.0, 1130.0])
    progress = ProgressTimer(lambda: next(clock))
    with exposed(sqlite_database, ("127.0.0.1", 0), since_progress=progress.elapsed) as port:
        assert get(port, "/healthz") == "ok\n"
        progress.record()
        assert get(port, "/healthz") == "ok\n"
        with pytest.raises(HTTPError) as answered:
            get(port, "/healthz")
    assert answered.value.code == 503
    assert answered.value.read() == b"no progress for 130 s\n"
    answered.value.close()


def test_health_fails_when_polling_stopped() -> None:
    """Late feeds are healthy as long as others are polled."""
    late = an_overview(late_feeds=3, last_poll=NOON - timedelta(minutes=1))
    assert describe_stalled_polling(late, now=NOON) == ""
    assert "3 feeds are late" in describe_stalled_polling(
        replace(late, last_poll=NOON - timedelta(hours=1)), now=NOON
    )


@pytest.mark.parametrize(
    "text", ["0.0.0.0:9464", "192.0.2.1:80", "example.org:9464", "9464", "127.0.0.1:x", ""]
)
def test_only_loopback_addresses_are_accepted(text: str) -> None:
    """Any other address is refused, because metrics are for this machine only."""
    with pytest.raises(BadValueError, match=r"127\.0\.0\.1"):
        read_address(text)
    assert read_address("[::1]:9464") == ("::1", 9464)
    assert read_address("localhost:9464") == ("127.0.0.1", 9464)


def test_a_wrong_address_is_a_usage_error(tmp_path: Path) -> None:
    """The command exits with 2 before anything is polled."""
    configure(tmp_path, "https://example.org/feed")
    done = spoken("run", "--listen", "0.0.0.0:9464", folder=tmp_path)
    assert done.code == 2
    assert "can be reached from elsewhere" in done.err


def test_a_log_line_is_a_json_object() -> None:
    """The message's pairs are keys, and an exception adds its traceback."""
    odd = (ValueError, ValueError("odd"), None)
    record = logging.LogRecord(
        "monitor.x", logging.INFO, "x.py", 1, "poll feed=%s outcome=%s", ("7", "fetched"), odd
    )
    row = json.loads(JsonLines().format(record))
    assert (row["feed"], row["outcome"], row["level"], row["logger"]) == ("7", "fetched", "info", "monitor.x")
    assert row["message"] == "poll feed=7 outcome=fetched"
    assert "ValueError: odd" in row["exception"]
    assert datetime.fromisoformat(row["time"]).tzinfo is not None


@pytest.mark.slow
def test_idle_connections_are_few_and_short(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Idle and half requests neither use up the descriptors nor block others for long."""
    monkeypatch.setattr(metrics, "REQUEST_SECONDS", 0.5)
    with exposed(sqlite_database, ("127.0.0.1", 0)) as port, ExitStack() as opened:
        idle = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(3 * metrics.CONNECTIONS)
        ]
        for connection in idle:
            connection.settimeout(30)
            with suppress(OSError):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        for connection in idle:
            with suppress(ConnectionResetError):
                assert connection.recv(100) == b""  # closed, not answered
        assert get(port, "/healthz") == "ok\n"
