"""A web server on loopback that stores requests and gives the answers that a test sets, and a client for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts.channels.interface import HttpAnswer, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import timedelta


@dataclass
class Mailbox:
    """What was posted: (headers, body), and the answers to give, the last one for ever. `None` hangs up."""

    answers: list[str | None] = field(default_factory=lambda: ["HTTP/1.1 204 No Content"])
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@asynccontextmanager
async def web_server(mailbox: Mailbox) -> AsyncIterator[Mailbox]:
    """Serve the mailbox on a free port of 127.0.0.1; its URL holds a token, as chat services' do."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            mailbox.posts.append((headers, await reader.readexactly(int(headers["content-length"]))))
            reply = mailbox.answers.pop(0) if len(mailbox.answers) > 1 else mailbox.answers[0]
            if reply is not None:
                head_, _, body = reply.partition("\n\n")
                lines = [
                    *head_.split("\n"),
                    f"content-length: {len(body.encode())}",
                    "connection: close",
                    "",
                    body,
                ]
                writer.write("\r\n".join(lines).encode())
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    mailbox.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook/canary-token"
    try:
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()


class PlainClient:
    """The least that an `HttpClient` can be: one connection a request, no TLS, no guard."""

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109
    ) -> HttpAnswer:
        """Post and read the whole answer."""
        host, _, path = url.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        try:
            reader, writer = await asyncio.open_connection(name, int(port))
        except OSError as error:
            raise Unreachable(f"{url}: {error}", sent=False) from error
        try:
            lines = [f"POST /{path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            async with asyncio.timeout(timeout.total_seconds()):
                whole = await reader.read()
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"{url}: {error}", sent=True) from error
        finally:
            writer.close()
        if not whole:
            raise Unreachable(f"{url}: hung up", sent=True)
        return _parsed(whole)


def _parsed(whole: bytes) -> HttpAnswer:
    head, _, body = whole.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return HttpAnswer(status=int(status.split()[1]), headers=headers, body=body)
