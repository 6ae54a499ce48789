"""`/atom/TOPIC` and `/atom/TOPIC.json`: the stories of a topic for any feed reader.

Feed readers cannot sign in, so the token is in the address, which proxies log: only tokens that cannot change anything
are accepted there.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote

from alerts.render.topic_feed import ATOM_TYPE, JSON_TYPE, TopicFeed, topic_atom, topic_json
from monitor.actions.alerts.links import name_feeds
from monitor.views.access import read_token_owner
from monitor.views.history.topic_stories import read_feeds_name, read_topic_stories
from monitor.web.request.conditional import conditional
from monitor.web.request.page import Admission, get
from monitor.web.request.refused import PageRefused
from monitor.web.safety.hosts import site_address
from storage.model.access import Role

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

JSON = ".json"
REMEDY = "Ask whoever installed storywatch for one; the command is “storywatch pages token NAME --read-only”."


async def show(ask: PageRequest) -> Response:
    """Answer with the newest stories of a topic."""
    await _admit(ask)
    asked = ask.path["topic"]
    is_json = asked.endswith(JSON)
    topic = asked.removesuffix(JSON)
    if topic not in {one.name for one in ask.settings.topics}:
        raise PageRefused(404, "There is no such topic.", "The list of topics has their names.")
    feed = await _feed(ask, topic)
    if is_json:
        feed = replace(feed, address=f"{feed.address}{JSON}")
        return conditional(ask, topic_json(feed), JSON_TYPE)
    return conditional(ask, topic_atom(feed), ATOM_TYPE)


async def _feed(ask: PageRequest, topic: str) -> TopicFeed:
    name = await ask.read(read_feeds_name)
    if name is None:
        name = await ask.act(name_feeds, now=ask.now)
    pages = site_address(ask.context.pages, port=ask.context.port)
    return TopicFeed(
        topic=topic,
        stories=await ask.read(lambda ledger: read_topic_stories(ledger, topic)),
        ledger_id=name,
        pages=pages,
        address=f"{pages}/atom/{quote(topic, safe='')}",
    )


async def _admit(ask: PageRequest) -> None:
    """Accept a signed-in visitor, or an address with a read-only token.

    Raises:
        PageRefused: the token is unknown or may change data, or too many wrong ones came from this address.
    """
    token = ask.query.get("token")
    if ask.visitor is not None and token is None:
        return
    guesses, now = ask.context.guesses, monotonic()
    wait = guesses.wait(ask.client, now=now)
    if wait > 0:
        raise PageRefused(429, "Too many wrong tokens came from your address.", f"Try again in {wait:.0f} s.")
    owner = await ask.read(lambda ledger: read_token_owner(ledger, token or "", pages=ask.context.pages))
    if owner is None:
        if token is not None:
            guesses.wrong(ask.client, now=now)
        raise PageRefused(401, "This address needs a token that may read.", REMEDY)
    if owner.role is not Role.READER:
        raise PageRefused(
            403, "This token may change things, and addresses end up in logs. Use a read-only token.", REMEDY
        )


PAGES = (get("/atom/{topic:path}", show, admits=Admission.ANYONE),)
