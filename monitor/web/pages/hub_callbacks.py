"""`/push/PATH`: the callback of a subscription at a hub. Hubs verify the subscription there and push news to it.

Only the hub knows the path. The body of a push is accepted only with a valid signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from monitor.actions.feeds.receive_push import (
    CallbackUnknown,
    NotAskedFor,
    Push,
    TooManyPushes,
    callback_of,
    confirm_subscription,
    receive_push,
)
from monitor.web.request.page import Admission, Page, get

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

PUSH_BYTES = 2_000_000  # bytes: twice a large feed; the next poll finds the news of a larger one


async def confirm(ask: PageRequest) -> Response:
    """Answer a hub's question with its challenge."""
    try:
        challenge = await ask.act(confirm_subscription, ask.path["path"], ask.query, now=ask.now)
    except CallbackUnknown as error:
        return _refused(410, error)
    except NotAskedFor as error:
        return _refused(404, error)
    return PlainTextResponse(challenge)


async def receive(ask: PageRequest) -> Response:
    """Accept a push; the answer does not reveal whether the signature was valid."""
    path, headers = ask.path["path"], ask.http.headers
    try:
        await ask.act(callback_of, path)  # before the body is read
        push = Push(
            body=await ask.http.body(),
            content_type=headers.get("content-type", ""),
            signature=headers.get("x-hub-signature", ""),
            link=", ".join(headers.getlist("link")),
        )
        await ask.act(receive_push, path, push, now=ask.now)
    except CallbackUnknown as error:
        return _refused(410, error)
    except TooManyPushes as error:
        return _refused(429, error)
    return PlainTextResponse("taken\n", status_code=202)


def _refused(status: int, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=status)


PAGES = (
    get("/push/{path}", confirm, admits=Admission.ANYONE),
    Page(
        path="/push/{path}",
        handler=receive,
        method="POST",
        admits=Admission.ANYONE,
        max_body=PUSH_BYTES,
        cross_site=True,
    ),
)
