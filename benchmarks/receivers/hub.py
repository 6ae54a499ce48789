"""A publisher with a hub (WebSub) that accepts every subscription, and pushes signed feeds."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

TYPE = "application/atom+xml"


@dataclass
class Hub:
    """The feed is at `/feed`, the hub at `/hub`; `form` is what the subscriber asked for, once it is verified."""

    port: int = 0
    titles: list[str] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)
    verified: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> asyncio.Server:
        """Serve on a free port of 127.0.0.1."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def feed(self) -> bytes:
        """Return the feed with the latest twenty titles."""
        site = f"http://127.0.0.1:{self.port}"
        entries = "".join(f"<entry><id>{one}</id><title>{one}</title></entry>" for one in self.titles[-20:])
        links = f'<link rel="hub" href="{site}/hub"/><link rel="self" href="{site}/feed"/>'
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{links}{entries}</feed>'.encode()

    async def push(self) -> bytes:
        """Push the feed, and return the first line of the answer."""
        body = self.feed()
        signature = hmac.new(self.form["hub.secret"].encode(), body, hashlib.sha256).hexdigest()
        headers = f"Content-Type: {TYPE}\r\nX-Hub-Signature: sha256={signature}\r\n"
        return await _request("POST", self.form["hub.callback"], headers, body)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = (line.partition(":") for line in head.split("\r\n")[1:])
                headers = {name.lower(): value.strip() for name, _, value in lines}
                asked = await reader.readexactly(int(headers.get("content-length", "0")))
                body = b"" if asked else self.feed()
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\n".encode())
                writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
                if asked:
                    self.form = {name: values[0] for name, values in parse_qs(asked.decode()).items()}
                    await self._verify()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _verify(self) -> None:
        question = {name: self.form[name] for name in ("hub.mode", "hub.topic", "hub.lease_seconds")}
        query = urlencode(question | {"hub.challenge": "challenge"})
        await _request("GET", f"{self.form['hub.callback']}?{query}", "", b"")
        self.verified.set()


async def _request(method: str, url: str, headers: str, body: bytes) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n{headers}"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n")[0]
