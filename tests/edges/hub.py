"""A publisher with a hub (WebSub) on loopback: verifications, signed pushes, and faults that a test sets."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl

import httpx
from answering import answered_by

ATOM = "application/atom+xml"


@dataclass(slots=True)
class HubSite:
    """`feed` is served at `/feed` and names the hub at `/hub`; `asked` are the forms sent there."""

    url: str = ""
    titles: list[str] = field(default_factory=list)
    lease: int = 3600
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # the callbacks' answers to verifications
    polls: int = 0
    verified: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)  # requests to end a subscription

    @property
    def feed(self) -> bytes:
        entries = "".join(
            f"<entry><id>{title}</id><title>{title}</title><updated>2026-11-30T12:00:00Z</updated></entry>"
            for title in self.titles
        )
        links = f'<link rel="hub" href="{self.url}/hub"/><link rel="self" href="{self.url}/feed"/>'
        return (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>{links}{entries}</feed>'.encode()
        )

    @property
    def subscription(self) -> dict[str, str]:
        """The last form with a request to subscribe."""
        return next(form for form in reversed(self.asked) if form["hub.mode"] == "subscribe")

    def push(self, body: bytes | None = None, *, secret: str | None = None, **headers: str) -> int:
        """Push the feed, or this body, and return what the callback answered."""
        form = self.subscription
        body = self.feed if body is None else body
        key = (secret or form["hub.secret"]).encode()
        signature = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        link = f'<{self.url}/hub>; rel="hub", <{self.url}/feed>; rel="self"'
        sent = {"Content-Type": ATOM, "X-Hub-Signature": signature, "Link": link, **headers}
        return httpx.post(form["hub.callback"], content=body, headers=sent, timeout=60).status_code

    def verify(self, form: dict[str, str]) -> None:
        """Ask the callback to confirm the request in a form."""
        question = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge",
            "hub.lease_seconds": str(self.lease),
        }
        answer = httpx.get(form["hub.callback"], params=question, timeout=60)
        self.answers.append(answer.status_code)
        assert answer.text == "a challenge"
        self.verified.set()


@contextmanager
def a_hub() -> Iterator[HubSite]:
    """Serve a publisher and its hub until the block ends."""
    site = HubSite()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.polls += 1
            self._answer(200, site.feed)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = dict(parse_qsl(body))
            site.asked.append(form)
            self._answer(202, b"")
            if form["hub.mode"] == "unsubscribe":
                site.ended.set()
            else:
                site.verify(form)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", ATOM)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    with answered_by(Answering) as site.url:
        yield site
