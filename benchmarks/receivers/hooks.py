"""A webhook receiver that accepts everything and records the time of each message."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Hooks:
    """The messages received: (monotonic seconds, webhook-id, body), in the order of arrival."""

    port: int = 0
    arrived: list[tuple[float, str, bytes]] = field(default_factory=list)

    async def serve(self) -> asyncio.Server:
        """Serve on a free port of 127.0.0.1."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
                headers = {name.lower(): value.strip() for name, _, value in lines}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.arrived.append((time.monotonic(), headers.get("webhook-id", ""), body))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
