"""Live feeds on separate loopback addresses, which publish items and record when each was served."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import time
from dataclasses import dataclass, field

FIRST_HOST = ipaddress.ip_address(
    "127.3.0.1"
)  # one address per feed, so that the pause between two requests to a host is not measured


@dataclass
class Outlets:
    """The feeds; `served` is the time when an item's word was first sent, at the last byte of a body."""

    count: int
    port: int
    items: list[list[str]] = field(default_factory=list)
    served: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put one old item into each feed."""
        self.items = [[f"standing{number}"] for number in range(self.count)]

    def urls(self) -> list[str]:
        """Return the feeds' addresses."""
        return [f"http://{FIRST_HOST + number}:{self.port}/feed.xml" for number in range(self.count)]

    def publish(self) -> None:
        """Let one feed publish an item that is a story of its own."""
        word = "".join(random.choices("bcdfghjklmnprstvwz", k=12))
        self.items[random.randrange(self.count)].insert(0, word)

    async def serve(self) -> list[asyncio.Server]:
        """Serve every feed."""
        return [
            await asyncio.start_server(self._answering(number), str(FIRST_HOST + number), self.port)
            for number in range(self.count)
        ]

    def _answering(self, number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await reader.readuntil(b"\r\n\r\n"):
                    words = list(self.items[number][:20])
                    body = _rss(words)
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                    await writer.drain()
                    for word in words:
                        self.served.setdefault(word, time.monotonic())
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        return answer


def _rss(words: list[str]) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{word}</guid><title>Alarm {word} {word[::-1]}</title>"
        f"<description>{word[:6]} {word[6:]} {word[3:9]}</description></item>"
        for word in words
    )
    return f"<rss version='2.0'><channel><title>Live</title>{items}</channel></rss>".encode()
