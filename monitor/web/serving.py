"""Runs the web server in the loop of a daemon or alone: binds, serves, follows a reload and stops in time."""

from __future__ import annotations

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from monitor.config.errors import BadValueError
from monitor.web.request.context import SiteContext
from monitor.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from monitor.service.app import App

log = logging.getLogger(__name__)

THREADS = 4  # of the pages' own: reading takes milliseconds, and the passes keep the processor
CONNECTIONS = 200  # connections open at once, including idle ones; each needs a file descriptor
REQUEST_SECONDS = 10.0  # for the head of a request to come in whole
KEEP_ALIVE_SECONDS = 5
GRACE_SECONDS = 1  # for requests under way when the process ends
BACKLOG = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerContext:
    """The things that the pages need from the process that serves them; see `SiteContext`."""

    clock: Callable[[], datetime]
    reload: Callable[[], None]
    since_progress: Callable[[], float] = lambda: 0.0


class PagesServer:
    """The web server of one process. `follow` applies a configuration, `close` stops the server."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")
        self._site: Site | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._listen: tuple[str, int] | None = None  # as configured: the port may be 0
        self.port: int | None = None

    async def follow(self, app: App) -> None:
        """Serve an app's pages from now on, at its new address if that changed; stop if it has none.

        Raises:
            BadValueError: the address cannot be used; the previous site stays in service.
        """
        listen = app.settings.pages.listen
        if self._site is not None:
            self._site.take(replace(self._site.context, app=app))
            if listen == self._listen:
                return
        opened = None if listen is None else bound(listen)
        await self._end()
        self._listen = listen
        if opened is not None:
            self._begin(app, opened)

    def _begin(self, app: App, opened: socket.socket) -> None:
        self.port = opened.getsockname()[1]
        context = SiteContext(
            app=app,
            port=self.port,
            pool=self._pool,
            clock=self._context.clock,
            reload=self._context.reload,
            since_progress=self._context.since_progress,
        )
        self._site = Site(context)
        self._server = _Server(_configuration(self._site))
        self._serving = asyncio.create_task(self._server.serve(sockets=[opened]), name="pages")

    async def _end(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.wait([self._serving])
            if not self._serving.cancelled() and (error := self._serving.exception()) is not None:
                log.error("pages outcome=fault", exc_info=error)
        self._site, self._server, self._serving, self.port = None, None, None, None

    async def close(self) -> None:
        """End the server; requests under way have a second."""
        await self._end()
        self._pool.shutdown(wait=False, cancel_futures=True)


def bound(address: tuple[str, int]) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        BadValueError: another program listens there, or the address is not of this machine.
    """
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise BadValueError(
            f"[pages] cannot listen at {host}:{port} ({error.strerror})",
            "fix: end the program that listens there, or set another listen",
        ) from None
    return opened


def _configuration(site: Site) -> uvicorn.Config:
    return uvicorn.Config(
        site,
        http=_BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """A server whose process has signal handlers of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _BoundedProtocol(H11Protocol):
    """Closes a connection whose request does not come in whole: slow clients must not use up all connections."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._cut)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def handle_events(self) -> None:
        super().handle_events()
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            self._forget()  # from here on the site limits the time

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._forget()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._cut)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        with suppress(OSError):
            self.transport.abort()
