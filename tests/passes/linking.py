"""Shared by the tests of links: a routing with pages, a story alerted by mail, and the links in its messages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from fakes import NOW, a_desk
from newsroom import EVENT, a_route, arrive, messages

from alerts.alert import alert
from alerts.deciding.routing import Routing
from monitor.actions.alerts.links import begin_links
from monitor.config.settings import TopicConfig
from storage.database import Database
from storage.model import Channel, Delivery, Route

PAGES = "https://watch.example.org"
READERS = ("ann@news.example", "ben@news.example")
DESK = Channel(name="desk", type="email", to=READERS, sender="storywatch@news.example")
HOOK = Channel(name="hook", type="webhook", url="http://x.example")
TOPICS = {"police": TopicConfig(name="police", query="police", path=Path("storywatch.toml"), line=1)}


def a_linked_routing(*routes: Route, pages: str | None = PAGES) -> Routing:
    """A mail channel of two readers, and a webhook."""
    routing = a_desk(*(routes or (a_route("desk", "hook"),)))
    channels = {**routing.channels, "desk": DESK, "hook": HOOK}
    return replace(routing, channels=channels, pages=pages, topics=("police",))


def tell(database: Database, *titles: str, routing: Routing | None = None) -> None:
    """Send alerts about events by mail and webhook, with links."""
    begin_links(database, now=NOW)
    arrive(database, *(titles or (EVENT,)))
    alert(database, routing or a_linked_routing(), now=NOW)


def links(database: Database) -> dict[str, str]:
    """Return the links in the newest webhook."""
    data = json.loads(messages(database, "hook")[-1].body)["data"]
    found: dict[str, str] = data["links"]
    return found


def token(url: str) -> str:
    """Return the token in a link."""
    assert url.startswith(f"{PAGES}/a/")
    return url.rpartition("/")[2]


def mails(database: Database) -> dict[str, Delivery]:
    """Return the newest mail delivery of each recipient."""
    with database.read() as ledger:
        postings = [one.delivery for one in reversed(ledger.outbox.postings(channel="desk"))]
    return {delivery.recipient: delivery for delivery in postings}
