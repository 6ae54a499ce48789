"""Serves the web pages beside a daemon: nothing is imported unless `[pages] listen` is set."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from monitor.cli.shared.context import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from monitor.service.app import App
    from monitor.web.serving import PagesServer


class EmbeddedPages:
    """The pages of a process that can reload its configuration."""

    def __init__(self, *, reload: Callable[[], None], since_progress: Callable[[], float]) -> None:
        self._reload = reload
        self._since_progress = since_progress
        self._server: PagesServer | None = None
        self._printed: tuple[str | None, int | None] | None = None

    async def begin(self, app: App) -> None:
        """Serve the pages of the configuration that a process begins with.

        Raises:
            BadValueError: nothing can listen at the configured address.
        """
        await self._follow(app)

    async def renew(self, app: App) -> None:
        """Serve the pages of a reloaded configuration; if that fails, they stay at the former address."""
        from monitor.config.errors import BadValueError

        try:
            await self._follow(app)
        except BadValueError as error:
            say(f"pages stay at the former address: {error}")

    async def _follow(self, app: App) -> None:
        if self._server is None:
            if app.settings.pages.listen is None:
                return
            from monitor.service.app import real_clock
            from monitor.web.serving import PagesServer, ServerContext

            context = ServerContext(
                clock=real_clock, reload=self._reload, since_progress=self._since_progress
            )
            self._server = PagesServer(context)
        await self._server.follow(app)
        served = (app.settings.pages.url, self._server.port)
        if served != self._printed and self._server.port is not None:
            await asyncio.to_thread(_print_address, app, self._server.port)
        self._printed = served

    async def close(self) -> None:
        """End the server, if there is one."""
        if self._server is not None:
            await self._server.close()


def _print_address(app: App, port: int) -> None:
    from monitor.web.safety.hosts import site_address

    pages = app.settings.pages
    say(f"pages: {site_address(pages, port=port)}/")
    if pages.token is None and not (pages.trusted_header and pages.trusted_proxies):
        say(f"sign in with this link: {sign_in_link(app, port)}")


def sign_in_link(app: App, port: int) -> str:
    """Return a fresh sign-in link; the previous one becomes invalid."""
    from monitor.actions.access.sign_in import make_sign_in_token
    from monitor.cli.shared.context import moment_or_now
    from monitor.views.access import SIGN_IN_LINK
    from monitor.web.safety.hosts import site_address

    token = make_sign_in_token(app.database, key=SIGN_IN_LINK, now=moment_or_now())
    return f"{site_address(app.settings.pages, port=port)}/sign-in?token={token}"


@asynccontextmanager
async def embedded_pages(
    app: App, *, reload: Callable[[], None], since_progress: Callable[[], float]
) -> AsyncIterator[EmbeddedPages]:
    """Serve an app's pages for the length of a block.

    Raises:
        BadValueError: nothing can listen at the configured address.
    """
    pages = EmbeddedPages(reload=reload, since_progress=since_progress)
    try:
        await pages.begin(app)
        yield pages
    finally:
        await pages.close()
