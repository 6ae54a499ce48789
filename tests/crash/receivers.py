"""The receivers: a feed, webhooks and a mail server in threads, whose own record of what arrived is the judge.

Each run has a label in the webhook's path and in the recipients' domain.
"""

from __future__ import annotations

import asyncio
import email
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One received message: recipient, id, content and bytes."""

    to: str
    id: str
    tells: tuple[str, ...]
    body: bytes


@dataclass(slots=True)
class Receivers:
    """Where the servers listen, the feed's body, and everything that arrived, by the run's label."""

    web: str = ""
    mail_port: int = 0
    feed: bytes = b""
    arrived: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it so
        """Accept a mail."""
        del server, session
        mail = email.message_from_bytes(envelope.content, policy=default)
        [to] = envelope.rcpt_tos
        label = to.partition("@")[2].partition(".")[0]
        arrival = Arrival(
            to=f"mail {to.partition('@')[0]}",
            id=str(mail["Message-ID"]).partition("@")[0].strip("<"),
            tells=(str(mail["Subject"]),),
            body=envelope.content,
        )
        self.arrived[label].append(arrival)
        return "250 kept"

    def take_post(self, path: str, headers: Any, body: bytes) -> None:
        """Accept a webhook."""
        told = json.loads(body)
        stories = told["data"].get("stories", [told["data"]])
        tells = (told["type"], *sorted(one["story"]["title"] for one in stories))
        arrival = Arrival(to="hook", id=headers["webhook-id"], tells=tells, body=body)
        self.arrived[path.rpartition("/")[2]].append(arrival)


@contextmanager
def receiving() -> Iterator[Receivers]:
    """Serve until the block ends."""
    receivers = Receivers()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, receivers.feed)

        def do_POST(self) -> None:
            receivers.take_post(self.path, self.headers, self.rfile.read(int(self.headers["content-length"])))
            self._answer(200, b"kept")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # its client was killed
                super().handle()

        def log_message(self, *_: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    web.daemon_threads = True
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receivers.web = f"http://127.0.0.1:{web.server_port}"
    try:
        with _mail_server(receivers):
            yield receivers
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@contextmanager
def _mail_server(receivers: Receivers) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(receivers, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    )
    receivers.mail_port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        conversations = asyncio.all_tasks(loop)
        for conversation in conversations:
            conversation.cancel()
        if conversations:
            loop.run_until_complete(asyncio.wait(conversations))
        loop.close()
