"""The wire under httpx: one look-up, a checked address, a connection to exactly that address.

`GuardedTransport` stands in for httpx's pool, which walks all its connections on every request (3-7 ms each above
20 connections). Here a request finds its idle connection by key or opens one. Names are resolved once; if any address
is forbidden, nothing is dialled; what is dialled is the address that was checked, with TLS and SNI for the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import OrderedDict
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING, Any

import certifi
import httpcore
import httpx

from monitor.polling.address import NetworkRules, forbidden, port_refused
from monitor.polling.outcome import FailureKind
from monitor.polling.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Resolve = Callable[[str, int], Awaitable[list[str]]]
    Key = tuple[bytes, bytes, int]

IDLE_CONNECTIONS = (
    16  # a few hosts with many feeds save their TLS handshakes; more would be memory for nothing
)
IDLE_SECONDS = 15.0  # servers close idle connections after 5 to 60 s
CONNECT_SECONDS = 10.0  # per address, so that a dead IPv6 route leaves time for IPv4
MAX_ADDRESSES = 4  # dialled per request
RESOLVER_THREADS = 24  # getaddrinfo blocks; a dead name server must not hold up every other name


class NoConnection(Exception):  # noqa: N818 (what happened, in the outcome's words)
    """No connection was made; no byte of the request has left."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


class Resolver:
    """Looks names up in threads of its own. `await resolver(host, port)` gives addresses in the system's order.

    The threads are daemons: a name server that does not answer must not hold up the end of the process.
    """

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(RESOLVER_THREADS)

    async def __call__(self, host: str, port: int) -> list[str]:
        if _is_address(host):
            return [host]
        await self._room.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[str]] = loop.create_future()
        Thread(target=self._look_up, args=(loop, found, host, port), name="resolve", daemon=True).start()
        return await found

    def _look_up(
        self, loop: asyncio.AbstractEventLoop, found: asyncio.Future[list[str]], host: str, port: int
    ) -> None:
        answer: list[str] | Exception
        try:
            sockets = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer = list(dict.fromkeys(str(address[0]) for *_, address in sockets))
        except (OSError, UnicodeError) as error:
            answer = error
        with suppress(RuntimeError):  # the loop has ended while the name server thought
            loop.call_soon_threadsafe(self._done, found, answer)

    def _done(self, found: asyncio.Future[list[str]], answer: list[str] | Exception) -> None:
        self._room.release()
        if found.done():  # the asker's deadline has passed
            return
        if isinstance(answer, Exception):
            found.set_exception(answer)
        else:
            found.set_result(answer)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address that the rules allow. `departed` is set on a request once bytes may leave."""

    def __init__(
        self, rules: NetworkRules, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._resolve = resolve or Resolver()
        self._tls = tls
        self._idle: OrderedDict[Key, httpcore.AsyncHTTP11Connection] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        key = (request.url.raw_scheme, request.url.raw_host, port)
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=key[0], host=key[1], port=port, target=request.url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
        )
        answer, connection = await self._answer(key, core, request)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, lambda: self._release(key, connection)),
            extensions=answer.extensions,
        )

    async def _answer(
        self, key: Key, core: httpcore.Request, request: httpx.Request
    ) -> tuple[httpcore.Response, httpcore.AsyncHTTP11Connection]:
        kept = await self._kept(key) if request.method == "GET" else None
        if kept is not None:
            try:
                return await kept.handle_async_request(core), kept
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                pass  # the server closed it while it was idle: a GET may be asked again, on a fresh connection
        connection = await self._connect(key)
        request.extensions["departed"] = True
        return await connection.handle_async_request(core), connection

    async def _kept(self, key: Key) -> httpcore.AsyncHTTP11Connection | None:
        connection = self._idle.pop(key, None)
        if connection is not None and connection.has_expired():
            await connection.aclose()
            return None
        return connection

    async def _release(self, key: Key, connection: httpcore.AsyncHTTP11Connection) -> None:
        if not connection.is_idle():
            return
        older = self._idle.pop(key, None)
        self._idle[key] = connection
        if older is None and len(self._idle) > IDLE_CONNECTIONS:
            _, older = self._idle.popitem(last=False)
        if older is not None:
            await older.aclose()

    async def aclose(self) -> None:
        while self._idle:
            _, connection = self._idle.popitem()
            await connection.aclose()

    async def _connect(self, key: Key) -> httpcore.AsyncHTTP11Connection:
        scheme, raw_host, port = key
        host = raw_host.decode("ascii")
        refusal = port_refused(port, self._rules)
        if refusal is not None:
            raise NoConnection(FailureKind.ADDRESS, refusal)
        addresses = await self._checked_addresses(host, port)
        wire = await self._dial(addresses, host, port, self._context() if scheme == b"https" else None)
        origin = httpcore.Origin(scheme, raw_host, port)
        return httpcore.AsyncHTTP11Connection(origin, wire, keepalive_expiry=IDLE_SECONDS)

    async def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise NoConnection(
                FailureKind.DNS, f"the name {host} cannot be resolved ({_said(error)})"
            ) from error
        if not addresses:
            raise NoConnection(FailureKind.DNS, f"the name {host} has no address")
        for address in addresses:
            refusal = forbidden(address, allow_networks=self._rules.allow_networks)
            if refusal is not None:
                raise NoConnection(FailureKind.ADDRESS, f"{host} is not polled: {refusal}")
        return addresses

    async def _dial(self, addresses: list[str], host: str, port: int, tls: ssl.SSLContext | None) -> Wire:
        loop = asyncio.get_running_loop()
        trouble: Exception = OSError("no address")
        for address in addresses[:MAX_ADDRESSES]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    _, wire = await loop.create_connection(
                        Wire, address, port, ssl=tls, server_hostname=host.strip("[]") if tls else None
                    )
            except OSError as error:  # time-outs and TLS errors are OSErrors as well
                trouble = error
            else:
                return wire
        raise _no_connection(trouble, host, port) from trouble

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())  # a slim container has no store of its own
        return self._tls


class _Body(httpx.AsyncByteStream):
    """A response's raw bytes, which give their connection back when closed."""

    def __init__(self, stream: Any, done: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._done = done
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._stream.aclose()
            await self._done()


def _no_connection(error: Exception, host: str, port: int) -> NoConnection:
    where = f"{host} port {port}"
    match error:
        case ssl.SSLCertVerificationError():
            words = f"the certificate of {host} is not valid: {error.verify_message}"
            return NoConnection(FailureKind.TLS, words)
        case ssl.SSLError():
            return NoConnection(FailureKind.TLS, f"no TLS connection to {where} ({error.reason or 'broken'})")
        case TimeoutError():
            return NoConnection(FailureKind.TIMEOUT, f"no connection to {where} in time")
        case ConnectionRefusedError():
            return NoConnection(FailureKind.REFUSED, f"{where} refuses connections")
        case ConnectionResetError() | ConnectionAbortedError():
            return NoConnection(FailureKind.REFUSED, f"{where} closed the connection while it was being made")
        case _:
            return NoConnection(FailureKind.UNREACHABLE, f"{where} cannot be reached ({_said(error)})")


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)
