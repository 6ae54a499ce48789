"""`/items/ID`: an item in full, every topic's judgement of it, and the owner's verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.topics.mark import MarkOutcome, mark_item
from monitor.views.history.item_page import read_item_page
from monitor.web.request.notes import Undo
from monitor.web.request.page import get, post
from monitor.web.request.page_request import local_path, needed
from monitor.web.request.refused import PageRefused
from storage.model import Verdict

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest


async def show(ask: PageRequest) -> Response:
    """Show an item."""
    ident, configs = ask.path["item"], ask.settings.topics
    topics = ask.context.app.matching.topics
    found = await ask.read(lambda ledger: read_item_page(ledger, ident, configs=configs, topics=topics))
    return ask.page("item", page=found)


async def mark(ask: PageRequest) -> Response:
    """Store the owner's verdict on an item."""
    form, ident = await ask.form(), ask.path["item"]
    topic, said = needed(form, "topic"), form.get("verdict", "")
    if said not in set(Verdict):
        raise PageRefused(400, f"{said!r} is not a verdict.", "It is yes, no or undone.")
    verdict, back = Verdict(said), local_path(form.get("back", ""), default=f"/items/{ident}")
    configs = {one.name: one for one in ask.settings.topics}
    done = await ask.act(mark_item, configs, ident, topic=topic, verdict=verdict, since=ask.now, now=ask.now)
    again = (("topic", topic), ("verdict", Verdict.UNDONE.value), ("back", back))
    undo = None if verdict is Verdict.UNDONE else Undo(path=f"/items/{ident}/mark", fields=again)
    return ask.done(back, _words(done, verdict), undo=undo)


def _words(done: MarkOutcome, verdict: Verdict) -> str:
    title = done.items[0].title if done.items else "the item"
    said = {
        Verdict.YES: f"“{title}” is marked: it belongs to {done.topic}.",
        Verdict.NO: f"“{title}” is marked: it does not belong to {done.topic}.",
        Verdict.UNDONE: f"The mark of “{title}” for {done.topic} is removed.",
    }[verdict]
    if not done.learns:
        return f"{said} A query does not learn from marks; the mark is kept."
    if not done.changes:
        return f"{said} The rule stays as it is."
    changed = f"{len(done.changes)} {'change' if len(done.changes) == 1 else 'changes'}"
    if done.is_proposal:
        return f"{said} This proposes {changed} of its rule; see the topic."
    return f"{said} The topic has learnt from it: {changed} of its rule."


PAGES = (
    get("/items/{item}", show),
    post("/items/{item}/mark", mark),
)
