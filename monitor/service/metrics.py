"""The HTTP endpoints of a running storywatch on loopback: `/metrics` for Prometheus, `/healthz` for monitors."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import (
    CONTENT_TYPE_LATEST,
    ThreadingWSGIServer,
    generate_latest,
    make_wsgi_app,
)

from monitor.config.errors import BadValueError
from monitor.config.units import parse_listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from storage.database import Database
    from storage.stores.overview import Overview

REQUEST_SECONDS = 10.0  # for receiving a whole request, and for sending its answer
CONNECTIONS = (
    16  # answered at the same time; further ones are closed, so that idle ones cannot use up descriptors
)
INFO = "This storywatch."  # has the label `version`
BY_STATE = {  # the gauges with the label `state`
    "feeds": "Subscribed feeds by state.",
    "deliveries": "Deliveries by state.",
}
GAUGES = {  # names without `storywatch_`; docs/promises.md promises that they stay
    "feeds_late": "Feeds that should have been polled over five minutes ago.",
    "last_poll_timestamp_seconds": "When a feed was last polled.",
    "items": "Items in the database.",
    "items_last_day": "Items first seen in the last 24 hours.",
    "items_unmatched": "Items that wait to be matched.",
    "stories_last_day": "Stories begun in the last 24 hours.",
    "oldest_unsent_seconds": "How long the oldest unsent delivery has waited.",
    "saved_bytes": "Bytes that answers of 304 saved.",
    "network_down": "1 while no feed can be reached.",
}
METRICS_TYPE = CONTENT_TYPE_LATEST
HANG_SECONDS = 120.0  # the same as the watchdog's time in the systemd unit
POLLING_STALLED = timedelta(minutes=10)  # enough for most of a round of a thousand feeds on ten hosts


def read_address(text: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:9464` or `[::1]:9464`.

    Raises:
        BadValueError: it is not an address, or other machines can reach it; metrics are for this machine only.
    """
    host, number = parse_listen(text)
    if not ip_address(host).is_loopback:
        raise BadValueError(
            f"{host} can be reached from elsewhere", "listen on 127.0.0.1, behind a proxy if need be"
        )
    return host, number


@contextmanager
def exposed(
    database: Database, address: tuple[str, int], *, since_progress: Callable[[], float] = lambda: 0.0
) -> Iterator[int]:
    """Serve `/metrics` and `/healthz` during a block; yields the port.

    `since_progress` returns for how many seconds the passes have made no progress.
    """
    answer = _with_health(make_wsgi_app(_registry(database)), lambda: health(database, since_progress()))
    server = make_server(*address, answer, _BoundedServer, handler_class=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, name="exposition", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def metrics_page(database: Database) -> bytes:
    """Return the counts of a database in Prometheus's text format (`METRICS_TYPE`)."""
    return generate_latest(_registry(database))


def health(database: Database, since_progress: float) -> str:
    """Return a sentence about the fault, empty if there is none; `since_progress` is in seconds."""
    return describe_hang(since_progress) or _trouble(database)


def _registry(database: Database) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ledger(database))
    return registry


class _BoundedServer(ThreadingWSGIServer):
    """A server that answers a few connections at once, each within `REQUEST_SECONDS`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._room = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread can be started
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # A deadline for the whole request: a time-out for each read would start again at every byte.
        deadline = threading.Timer(REQUEST_SECONDS, _cut, [request])
        deadline.daemon = True
        deadline.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            deadline.cancel()
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of clients that left or were too slow."""


def _cut(connection: socket.socket) -> None:
    """Shut down both directions; the thread that reads or writes then closes the connection."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that http.server calls it by
        pass


def _with_health(
    metrics: Callable[..., Iterable[bytes]], trouble_now: Callable[[], str]
) -> Callable[..., Iterable[bytes]]:
    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/healthz":
            return metrics(environ, start)
        trouble = trouble_now()
        start(
            "503 Service Unavailable" if trouble else "200 OK",
            [("Content-Type", "text/plain; charset=utf-8")],
        )
        return [f"{trouble or 'ok'}\n".encode()]

    return answer


def _trouble(database: Database) -> str:
    now = datetime.now(UTC)
    try:
        with database.read() as ledger:
            return describe_stalled_polling(ledger.feed_controls.overview(now=now), now=now)
    except Exception as error:  # noqa: BLE001  # any failure is reported as unhealthy
        return f"the database cannot be read ({type(error).__name__})"


def describe_hang(seconds: float) -> str:
    """Return a sentence if the passes make no progress, else an empty one; normally they make progress every second."""
    return f"no progress for {seconds:.0f} s" if seconds > HANG_SECONDS else ""


def describe_stalled_polling(seen: Overview, *, now: datetime) -> str:
    """Return a sentence if polling seems to have stopped, else an empty one."""
    if seen.late_feeds and seen.last_poll is not None and now - seen.last_poll > POLLING_STALLED:
        return f"{seen.late_feeds} feeds are late and none was polled since {seen.last_poll:%H:%M} UTC"
    return ""


class _Ledger:
    """Collects the database's counts at each scrape."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
        """Yield every metric."""
        now = datetime.now(UTC)
        with self._database.read() as ledger:
            seen = ledger.feed_controls.overview(now=now)
        yield InfoMetricFamily("storywatch", INFO, value={"version": version("storywatch")})
        by_state = {"feeds": seen.feeds, "deliveries": seen.deliveries}
        for name, words in BY_STATE.items():
            yield _by(f"storywatch_{name}", words, by_state[name])
        values = {
            "feeds_late": seen.late_feeds,
            "last_poll_timestamp_seconds": 0.0 if seen.last_poll is None else seen.last_poll.timestamp(),
            "items": seen.items,
            "items_last_day": seen.items_today,
            "items_unmatched": seen.unmatched,
            "stories_last_day": seen.stories_today,
            "oldest_unsent_seconds": (now - (seen.oldest_unsent or now)).total_seconds(),
            "saved_bytes": seen.saved_bytes,
            "network_down": int(seen.network_down_since is not None),
        }
        for name, words in GAUGES.items():
            yield GaugeMetricFamily(f"storywatch_{name}", words, value=values[name])


def _by(name: str, words: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state, number in sorted(counts.items()):
        family.add_metric([state], number)
    return family
