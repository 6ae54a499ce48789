"""A storywatch with the demo's stories, whose pages are served on loopback by the real server."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from builders import NOON

from alerts.alert import alert
from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.config.load import load_settings
from monitor.config.starter import seeded_rule
from monitor.demo.outlets import load_outlets
from monitor.matching.match import Matching
from monitor.matching.read_topics.check_topic import check_topic
from monitor.matching.read_topics.load_topics import watched
from monitor.polling.attribute import with_source
from monitor.polling.parsing.identity import identify
from monitor.polling.sources.outlets import site_outlet
from monitor.service.app import App, joined
from monitor.topics.judging.matcher import Matcher
from monitor.web.serving import PagesServer, ServerContext
from storage.database import Database
from storage.model import Publication

OWNER, READER = "an-owners-token-of-the-tests", "a-readers-token-of-the-tests"
SEEDED = "police-face-recognition"
WATCHED = timedelta(days=30)  # time for which the topics have been watched
PATIENCE = 60.0  # seconds for the server to start or stop, on a busy machine
MOST_ENDING = 4  # servers that end while other tests run
ENDING: list[threading.Thread] = []
BROWSER = {"Sec-Fetch-Site": "same-origin"}
CONFIG = f"""
[pages]
listen = "127.0.0.1:0"
token = "{OWNER}"
reader_token = "{READER}"

[[topics]]
name = "{SEEDED}"
rule = "topic.toml"

[[topics]]
name = "harbour"
query = "harbour OR port"

[[channels]]
name = "desk"
type = "webhook"
url = "https://desk.example/hook"

[[channels]]
name = "terminal"
type = "console"

[[routes]]
topics = ["*"]
channels = ["desk", "terminal"]
group_wait = "0s"
timezone = "Europe/Berlin"
"""


@dataclass(slots=True)
class Served:
    """A running server; `reloads` counts the reloads requested by pages, `now` is its clock."""

    app: App
    now: datetime
    url: str = ""
    reloads: list[datetime] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.app.database

    def visitor(self, **headers: str) -> httpx.Client:
        """Return a browser in which nobody is signed in."""
        return httpx.Client(base_url=self.url, headers={**BROWSER, **headers}, timeout=PATIENCE)

    def client(self, token: str = OWNER) -> httpx.Client:
        """Return a browser in which the owner of a token is signed in."""
        browser = self.visitor()
        answer = browser.post("/sign-in", data={"token": token})
        assert answer.status_code == 303, answer.text
        return browser


def configured(folder: Path, *, more: str = "", pages: str = "") -> Path:
    """Write a configuration with the demo's outlets and two topics; `pages` goes below `[pages]`."""
    outlets = load_outlets()
    feeds = "".join(f'[[feeds]]\nurl = "https://{one.host}/feed"\ntitle = "{one.title}"\n' for one in outlets)
    (folder / "topic.toml").write_text(seeded_rule(), encoding="utf-8")
    path = folder / "storywatch.toml"
    path.write_text(f"{CONFIG.replace('[pages]', f'[pages]{chr(10)}{pages}')}{feeds}{more}", encoding="utf-8")
    return path


def app_of(config: Path, database: Database, *, now: datetime = NOON, environ: Any = None) -> App:
    """Join a configuration to a database."""
    settings = load_settings(config, environ=environ or {}, check_topic=check_topic)
    app = joined(settings, database)
    sync_subscriptions(database, settings, now=now)
    with database.write() as ledger:
        ledger.feeds.save(replace(one, home=site_outlet(one.url)) for one in ledger.feeds.subscribed())
    app.matching.watch(database, now=now - WATCHED)
    return app


def publish(
    app: App, *told: tuple[str, Publication], now: datetime, at_first_poll: bool = False
) -> list[int]:
    """Store items of feeds as polls would at the time of their publication, and return their ids."""
    ids = []
    with app.database.write() as ledger:
        for feed, publication in told:
            [found] = ledger.feeds.named([feed])
            ids += ledger.items.add(
                found.id,
                [with_source(one, found.home, found.id) for one in identify([publication])],
                now=min(publication.published_at or now, now),
                at_first_poll=at_first_poll,
            )
    return ids


def tell(app: App, *, now: datetime = NOON) -> None:
    """Match stored items by words only (meanings take seconds), and decide on alerts."""
    topics = app.matching.topics
    by_words = Matcher({name: topic.definition for name, topic in topics.items()})
    by_words._second = None
    followed = [watched(config, topics[config.name]) for config in app.settings.topics]
    Matching(followed, by_words).run(app.database, now=now)
    alert(app.database, app.routing, now=now)


def with_news(app: App, *, now: datetime = NOON) -> App:
    """Store the demo's items over the last hours, and alert."""
    start = now - timedelta(hours=1)
    told = [
        (item.published_at(start=start), outlet.host, item)
        for outlet in load_outlets()
        for item in outlet.items
    ]
    publications = [
        (
            f"https://{host}/feed",
            Publication(
                publisher_id=item.id,
                title=item.title,
                summary=item.summary,
                url=f"https://{host}{item.path}",
                published_at=published,
            ),
        )
        for published, host, item in sorted(told, key=lambda one: (one[0], one[1], one[2].id))
    ]
    publish(app, *publications, now=now)
    tell(app, now=now)
    return app


def _end_later(thread: threading.Thread) -> None:
    """Let a server end while the next tests run: its orderly end takes a fifth of a second."""
    ENDING.append(thread)
    while len(ENDING) > MOST_ENDING:
        oldest = ENDING.pop(0)
        oldest.join(PATIENCE)
        assert not oldest.is_alive()


@contextmanager
def serving(app: App, *, now: datetime = NOON) -> Iterator[Served]:
    """Serve an app's pages from a thread until the block ends."""
    served = Served(app=app, now=now)
    begun, end = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        context = ServerContext(clock=lambda: served.now, reload=lambda: served.reloads.append(served.now))
        server = PagesServer(context)
        await server.follow(app)
        served.url = f"http://127.0.0.1:{server.port}"
        begun.set()
        await end.wait()
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="served")
    thread.start()
    assert begun.wait(PATIENCE)
    try:
        yield served
    finally:
        loops[0].call_soon_threadsafe(end.set)
        _end_later(thread)


def follow(browser: httpx.Client, answer: httpx.Response) -> str:
    """Return the page to which an action leads."""
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.headers["location"])
    assert page.status_code == 200, page.text
    return page.text


def undo(browser: httpx.Client, page: str) -> str:
    """Press the undo button on a page, and return the next page."""
    note = re.search(r'<div class="note.*?</div>', page, re.DOTALL)
    assert note is not None
    action = re.search(r'action="([^"]+)"', note[0])
    assert action is not None
    fields: dict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', note[0]):
        fields[name].append(unescape(value))
    return follow(browser, browser.post(action[1], data=fields))


def with_pages(app: App, **changes: Any) -> App:
    """Return an app with another `[pages]` section."""
    return replace(app, settings=replace(app.settings, pages=replace(app.settings.pages, **changes)))
