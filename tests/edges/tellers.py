"""A webhook receiver that records how often each message arrived and which items it contained."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from answering import answered_by


@dataclass(slots=True)
class Receiver:
    """What was posted: (id, body), in order; `slow` seconds pass before an answer."""

    url: str = ""
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slow: float = 0.0

    def messages(self) -> dict[str, dict[str, Any]]:
        """Return the messages by id, so that a repeated one counts once."""
        return dict(self.posts)

    def titles(self) -> list[str]:
        """Return the title of every item in the messages, as often as it occurs."""
        return [str(item["title"]) for body in self.messages().values() for item in _items(body["data"])]


def _items(told: dict[str, Any]) -> list[dict[str, Any]]:
    stories = told.get("stories", [told])
    return [item for story in stories for item in story.get("items", [])]


@contextmanager
def receiver(address: str = "127.0.0.1") -> Iterator[Receiver]:
    """Receive on a free port until the block ends."""
    opened = Receiver()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            opened.posts.append((self.headers["webhook-id"], json.loads(body)))
            threading.Event().wait(opened.slow)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with answered_by(Answering, address=address) as url:
        opened.url = f"{url}/hook"
        yield opened
