"""`/a/TOKEN`: the page of a link in a message. GET changes nothing; the button on the page acts, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from alerts.links.token import LinkExpired, LinkForged
from monitor.actions.alerts.follow_link import follow_link, undo_link
from monitor.views.alerts.link import read_link
from monitor.web.request.page import Admission, Page, get
from monitor.web.request.page_request import see
from monitor.web.request.refused import PageRefused, sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

    T = TypeVar("T")

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # the body that a mail program sends (RFC 8058, 3.1)


async def show(ask: PageRequest) -> Response:
    """Show the action of the link, before or after it was done."""
    token = ask.path["token"]
    view = await _valid(ask.read(lambda ledger: read_link(ledger, token, now=ask.now)))
    return ask.page("answer", link=view, token=token, action=view.token.action.value)


async def answer(ask: PageRequest) -> Response:
    """Do the link's action, or undo it."""
    token, form = ask.path["token"], await ask.form()
    topics = {topic.name: topic for topic in ask.settings.topics}
    work = undo_link if form.get("undo") else follow_link
    await _valid(ask.act(work, topics, token, now=ask.now))
    if form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        return PlainTextResponse("done\n")  # some mail programs do not follow redirects
    return see(f"/a/{token}")


async def _valid(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except LinkForged as error:
        raise PageRefused(404, sentence(error)) from None
    except LinkExpired as error:
        raise PageRefused(410, sentence(error)) from None


PAGES = (
    get("/a/{token}", show, admits=Admission.ANYONE),
    Page(path="/a/{token}", handler=answer, method="POST", admits=Admission.ANYONE, cross_site=True),
)
