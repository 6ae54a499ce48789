"""Limits of requests: how many at once, for how long, and how large their bodies may be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 50
SECONDS = 10.0
FORM_BYTES = 64_000
OPML_BYTES = 2_000_000


class BodyTooLarge(Exception):  # noqa: N818 - an answer to a visitor
    """A request's body is larger than its page accepts."""


class Limits:
    """Answers at most `AT_ONCE` requests at once, each within `SECONDS`."""

    def __init__(self, app: ASGIApp, *, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self._app = app
        self._at_once = at_once
        self._seconds = seconds
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 503."""
        if self._running >= self._at_once:
            await _busy("too many requests at once; try again in a moment\n")(scope, receive, send)
            return
        began = False

        async def noting(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        self._running += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, noting)
        except TimeoutError:
            if began:
                raise  # the connection is closed, because the answer is incomplete
            await _busy(f"the request took longer than {self._seconds:.0f} s; try again\n")(
                scope, receive, send
            )
        finally:
            self._running -= 1


def _busy(words: str) -> PlainTextResponse:
    return PlainTextResponse(words, status_code=503, headers={"Retry-After": "5", "Connection": "close"})


def bounded(receive: Receive, *, most: int) -> Receive:
    """Return a `receive` that raises `BodyTooLarge` after this many bytes."""
    left = most

    async def receive_some() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise BodyTooLarge
        return message

    return receive_some
