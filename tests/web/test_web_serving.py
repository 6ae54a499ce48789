"""Pages beside the daemon: they start with it, follow a reload and end in time."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from builders import NOON
from served import BROWSER, OWNER, PATIENCE, app_of, configured, serving, with_pages

from monitor.config.errors import BadValueError
from monitor.service.app import App
from monitor.web.pages import sign_in
from monitor.web.serving import PagesServer, ServerContext
from storage.database import Database


@pytest.fixture
def app(tmp_path: Path, sqlite_database: Database) -> App:
    """An app whose pages have an address."""
    return app_of(configured(tmp_path), sqlite_database)


def a_server() -> PagesServer:
    return PagesServer(ServerContext(clock=lambda: NOON, reload=lambda: None))


async def status(port: int | None, path: str = "/healthz") -> int:
    async with httpx.AsyncClient(timeout=PATIENCE, headers=BROWSER) as browser:
        return (await browser.get(f"http://127.0.0.1:{port}{path}")).status_code


def test_a_reload_changes_what_is_served_and_keeps_the_connections(app: App) -> None:
    """A new token is valid from the reload on, and an unchanged address keeps its socket."""

    async def served() -> None:
        server = a_server()
        await server.follow(app)
        port = server.port
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=BROWSER) as browser:
            assert (await browser.post("/sign-in", data={"token": OWNER})).status_code == 303
            await server.follow(with_pages(app, token="quite-another-token-now"))
            assert server.port == port
            assert (await browser.post("/sign-in", data={"token": OWNER})).status_code == 403
        await server.follow(with_pages(app, listen=None))
        assert server.port is None
        with pytest.raises(httpx.ConnectError):
            await status(port)
        await server.follow(app)
        assert await status(server.port) == 200
        await server.close()

    asyncio.run(served())


def test_an_address_in_use_is_named_and_what_was_served_goes_on(app: App) -> None:
    """At the start it is an error; at a reload the pages stay at their former address."""

    async def served() -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            taken = with_pages(app, listen=other.getsockname())
            server = a_server()
            with pytest.raises(
                BadValueError, match=r"cannot listen at 127\.0\.0\.1:\d+ \(Address already in use"
            ):
                await server.follow(taken)
            await server.follow(app)
            with pytest.raises(BadValueError):
                await server.follow(taken)
            assert await status(server.port) == 200
            await server.close()

    asyncio.run(served())


def test_the_server_ends_while_browsers_hold_their_connections(app: App) -> None:
    """Idle connections do not delay its end."""

    async def served() -> None:
        server = a_server()
        await server.follow(app)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as browser:
            await browser.get("/healthz")
            async with asyncio.timeout(PATIENCE):
                await server.close()

    asyncio.run(served())


def test_a_page_that_fails_is_answered_and_logged(
    app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception gives an error page with the safety headers, and other pages still work."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sign_in, "read_token_owner", broken)
    with serving(app) as served, served.visitor() as browser:
        answer = browser.post("/sign-in", data={"token": OWNER})
        assert answer.status_code == 500
        assert "storywatch failed to make this page" in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert browser.get("/sign-in").status_code == 200
    assert "pages outcome=fault" in caplog.text
