"""The transport under httpx: one name look-up, a checked address, a connection to exactly that address.

`GuardedTransport` replaces httpx's pool, which walks all its connections on every request (3-7 ms each above 20
connections). Here a request finds its idle connection by key or opens one. A name is resolved once. If any of its
addresses is forbidden, no connection is made; otherwise it is made to the checked address, with TLS and SNI for the
name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache, partial
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING

import certifi
import httpx

from monitor.polling.http.address import KNOWN_HOSTS
from monitor.polling.http.body_limits import too_large
from monitor.polling.http.connection import Connection
from monitor.polling.http.http1 import BrokenHttp, Exchange, Head, decided_status, not_http
from monitor.polling.http.network_rules import NetworkRules, forbidden, port_refused
from monitor.polling.http.outcome import FailureKind
from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Resolve = Callable[[str, int], Awaitable[list[str]]]
    Key = tuple[bytes, bytes, int]

IDLE_CONNECTIONS = 16  # enough to save TLS handshakes to a few hosts with many feeds
IDLE_SECONDS = 15.0  # servers close idle connections after 5 to 60 s
CONNECT_SECONDS = 10.0  # per address, so that a dead IPv6 route leaves time for IPv4
MAX_ADDRESSES = 4  # tried per request
MAX_INTERIM = 8  # 1xx responses before the final one
RESOLVER_THREADS = 24  # getaddrinfo blocks; a dead name server must not delay every other name


class NoConnection(Exception):  # noqa: N818 (what happened, in the outcome's words)
    """No connection was made; nothing of the request was sent."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


class Resolver:
    """Resolves names in threads of its own. `await resolver(host, port)` returns addresses in the system's order.

    The threads are daemons, so that an unresponsive name server does not delay the end of the process.
    """

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(RESOLVER_THREADS)

    async def __call__(self, host: str, port: int) -> list[str]:
        if _is_address(host):
            return [host]
        await self._room.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[str]] = loop.create_future()
        try:
            Thread(target=self._look_up, args=(loop, found, host, port), name="resolve", daemon=True).start()
        except RuntimeError:  # no thread can be started
            self._room.release()
            raise
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
        with suppress(RuntimeError):  # the loop was closed during the look-up
            loop.call_soon_threadsafe(self._done, found, answer)

    def _done(self, found: asyncio.Future[list[str]], answer: list[str] | Exception) -> None:
        self._room.release()
        if found.done():  # the asker's deadline has passed
            return
        if isinstance(answer, Exception):
            found.set_exception(answer)
        else:
            found.set_result(answer)


@lru_cache(maxsize=KNOWN_HOSTS)
def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an allowed address. `may_be_sent` is set on a request before its first byte is sent."""

    def __init__(
        self, rules: NetworkRules, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._resolve = resolve or Resolver()
        self._tls = tls
        self._idle: OrderedDict[Key, Connection] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        key = (url.raw_scheme, url.raw_host, port)
        body = [part async for part in request.stream] if request.method != "GET" else []  # type: ignore[union-attr]
        make_exchange = partial(Exchange, request.method.encode(), url.raw_path, request.headers.raw, body)
        return await self._answer(key, make_exchange, request)

    async def _answer(
        self, key: Key, make_exchange: Callable[[], Exchange], request: httpx.Request
    ) -> httpx.Response:
        exchange = make_exchange()  # a request that cannot be sent is refused before a connection is made
        idle = self._idle_connection(key) if request.method == "GET" else None
        if idle is not None:
            try:
                return await self._send(key, idle, exchange)
            except BrokenHttp:
                exchange = (
                    make_exchange()
                )  # the server closed it while it was idle; a GET may be repeated on a new one
        connection = await self._connect(key)
        request.extensions["may_be_sent"] = True
        try:
            return await self._send(key, connection, exchange)
        except BrokenHttp:
            # The receiver of a message has decided, though the rest of its response cannot be read.
            status = None if request.method == "GET" else decided_status(connection.answer_begun)
            if status is None:
                raise
            return httpx.Response(status, stream=httpx.ByteStream(b""))

    async def _send(self, key: Key, connection: Connection, exchange: Exchange) -> httpx.Response:
        """Send a request and return its response, with the body unread; a connection that fails is closed."""
        try:
            await connection.send(exchange.request)
            head = await _final_head(connection, exchange)
        except BaseException:
            connection.close()
            raise
        body = _Body(exchange, connection, partial(self._keep, key, connection), most=self._rules.max_bytes)
        return httpx.Response(head.status, headers=head.headers, stream=body)

    def _idle_connection(self, key: Key) -> Connection | None:
        connection = self._idle.pop(key, None)
        if connection is None:
            return None
        if connection.is_quiet and asyncio.get_running_loop().time() - connection.idle_since < IDLE_SECONDS:
            return connection
        connection.close()
        return None

    def _keep(self, key: Key, connection: Connection) -> None:
        """Keep a connection for the next request to its host; close the longest idle one if there are too many."""
        connection.idle_since = asyncio.get_running_loop().time()
        older = self._idle.pop(key, None)
        self._idle[key] = connection
        if older is None and len(self._idle) > IDLE_CONNECTIONS:
            _, older = self._idle.popitem(last=False)
        if older is not None:
            older.close()

    async def aclose(self) -> None:
        while self._idle:
            _, connection = self._idle.popitem()
            connection.close()

    async def _connect(self, key: Key) -> Connection:
        scheme, raw_host, port = key
        host = raw_host.decode("ascii")
        refusal = port_refused(port, self._rules)
        if refusal is not None:
            raise NoConnection(FailureKind.ADDRESS, refusal)
        addresses = await self._checked_addresses(host, port)
        return await self._dial(addresses, host, port, self._context() if scheme == b"https" else None)

    async def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            if shortage := resource_shortage(error):
                raise shortage from error
            raise NoConnection(
                FailureKind.DNS, f"the name {host} cannot be resolved ({_error_text(error)})"
            ) from error
        if not addresses:
            raise NoConnection(FailureKind.DNS, f"the name {host} has no address")
        for address in addresses:
            refusal = forbidden(address, allow_networks=self._rules.allow_networks)
            if refusal is not None:
                raise NoConnection(FailureKind.ADDRESS, f"{host} is not polled: {refusal}")
        return addresses

    async def _dial(
        self, addresses: list[str], host: str, port: int, tls: ssl.SSLContext | None
    ) -> Connection:
        loop = asyncio.get_running_loop()
        last_error: Exception = OSError("no address")
        for address in addresses[:MAX_ADDRESSES]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    _, connection = await loop.create_connection(
                        Connection, address, port, ssl=tls, server_hostname=host.strip("[]") if tls else None
                    )
            except OSError as error:  # includes time-outs and TLS errors
                if shortage := resource_shortage(error):
                    raise shortage from error
                last_error = error
            else:
                return connection
        raise _no_connection(last_error, host, port) from last_error

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())  # a slim container has no store of its own
        return self._tls


async def _final_head(connection: Connection, exchange: Exchange) -> Head:
    for _ in range(MAX_INTERIM):
        head = exchange.parse_head(await connection.read_head())
        if not head.is_interim:
            return head
    raise not_http()


class _Body(httpx.AsyncByteStream):
    """A response's raw body, limited to `most` bytes with its framing; `keep` is called at its end."""

    def __init__(
        self, exchange: Exchange, connection: Connection, keep: Callable[[], None], *, most: int
    ) -> None:
        self._exchange = exchange
        self._connection = connection
        self._keep = keep
        self._most = most
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        while not self._exchange.ended:
            sent = await self._connection.read_some()
            received += len(sent)
            if received > self._most:  # a chunk of one byte takes six bytes as sent
                raise too_large(self._most)
            if not sent:
                self._exchange.close()
                return
            part = self._exchange.take(sent)
            if part:
                yield part

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._exchange.ended and self._exchange.can_reuse and self._connection.is_quiet:
            self._keep()
        else:
            self._connection.close()


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
            return NoConnection(FailureKind.UNREACHABLE, f"{where} cannot be reached ({_error_text(error)})")


def _error_text(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)
