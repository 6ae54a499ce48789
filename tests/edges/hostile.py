"""An HTTP server on loopback that answers with exactly the bytes a test gives.

    async with serving({"/feed": ok(BODY)}) as server:
        outcome = await fetcher.fetch(FetchRequest(url=server.url("/feed")))

A route is bytes, sent as they are, or an async function that gets the request and the writer. Every request is kept.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from monitor.polling.http.network_rules import NetworkRules

CERTIFICATE = Path(__file__).with_name("loopback.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it was received: header names in lower case, values as bytes."""

    method: str
    path: str
    headers: Mapping[str, bytes]
    body: bytes


Route = bytes | Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Server:
    """What a running server is asked about."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    names: list[str] = field(default_factory=list)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the URL of a route."""
        return f"{self.scheme}://{host}:{self.port}{path}"


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole answer; header names are written with `_` for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ok(body: bytes, **headers: str) -> bytes:
    """Return a 200."""
    return answer("200 OK", body, **headers)


def trickle(head: bytes, drop: bytes, *, every: float = 0.05) -> Route:
    """Return a route that sends `head` and then `drop` for ever."""

    async def dripping(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    return dripping


@asynccontextmanager
async def serving(routes: Mapping[str, Route], *, tls: bool = False, port: int = 0) -> AsyncIterator[Server]:
    """Serve routes by path until the block ends; unknown paths are 404. Port 0 is any that is free."""
    server = Server(port=port, scheme="https" if tls else "http")
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        this = asyncio.current_task()
        assert this is not None
        talks.add(this)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not reader.at_eof():
                await _answer_one(server, routes, reader, writer)
        writer.transport.abort()

    listener = await asyncio.start_server(
        talk, "127.0.0.1", port, ssl=_server_context(server) if tls else None
    )
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _answer_one(
    server: Server, routes: Mapping[str, Route], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.lower(): value.strip().encode("latin-1") for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", b"0")))
    request = Request(method=method, path=path, headers=headers, body=body)
    server.requests.append(request)
    route = routes.get(path, answer("404 Not Found"))
    if isinstance(route, bytes):
        writer.write(route)
        await writer.drain()
        if b"content-length" not in route.lower() and b" 304 " not in route[:16]:
            raise ConnectionAbortedError
    else:
        await route(request, writer)
        raise ConnectionAbortedError


def _server_context(server: Server) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.sni_callback = lambda _, name, __: server.names.append(str(name))
    return context


def trusting() -> ssl.SSLContext:
    """Return a client's context that knows the test certificate."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def rules(
    *, seconds: float = 5, max_bytes: int = 200_000, networks: tuple[str, ...] = ("127.0.0.0/8",)
) -> NetworkRules:
    """Return rules that let a test reach its server."""
    return NetworkRules(
        user_agent="storywatch/test (+https://example.org/bot)",
        timeout=timedelta(seconds=seconds),
        max_bytes=max_bytes,
        allow_networks=tuple(ip_network(network) for network in networks),
        allow_ports=frozenset(),
    )
