"""Every page of a database with hostile texts from feeds: no foreign markup, no script addresses, nothing invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from builders import NOON
from hostile_words import HOSTILE, LINKS, assert_link, assert_visible, elements
from served import Served, app_of, configured, publish, serving, tell
from sqlalchemy import update

from monitor.service.app import App
from monitor.web.registry import every_page
from storage import schema
from storage.database import Database
from storage.model import FeedState, Publication

WORDS = " ".join(HOSTILE[name] for name in HOSTILE if name not in {"long", "wide"})
STORED = f"harbour hostile {WORDS}".encode("utf-8", "replace").decode()
# The values of variable parts of addresses; pages with other variable parts have tests of their own.
PARTS = {
    "story": "s1",
    "item": "i1",
    "feed": "1",
    "date": "2026-03-04",
    "delivery": "DELIVERY",
    "topic": "harbour",
}
SHOWN = sorted(
    page.path
    for page in every_page()
    if page.method == "GET"
    and set(re.findall(r"{(\w+)", page.path)) <= PARTS.keys()
    and not page.path.endswith((".opml", ".json"))
    and not page.path.startswith(("/api/", "/atom/", "/metrics", "/healthz"))
)
ALSO = {
    f"{path}?{query}" for path in ("/", "/feeds", "/alerts") for query in ("q=<script>&topic=<b>&state=%00",)
} | {"/?after=%00"}
NOT_OURS = {"img", "iframe", "object", "embed", "style", "b", "!--"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    """The pages of a database in which every text from feeds is hostile and was stored without any check."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with closing(Database.open(f"sqlite:///{folder / 'ledger.db'}")) as database:
        app = app_of(configured(folder), database)
        _store(app)
        with serving(app) as site:
            yield site


def _store(app: App) -> None:
    feeds = [feed.url for feed in app.settings.feeds]
    told = [
        (
            feeds[number % 3],
            Publication(
                publisher_id=f"{number} {STORED}",
                title=f"{STORED} {number}",
                summary=STORED,
                content=STORED,
                author=STORED,
                language=STORED,
                url=link.encode("utf-8", "replace").decode(),
                source=STORED,
            ),
        )
        for number, link in enumerate(LINKS)
    ]
    publish(app, *told, now=NOON - timedelta(minutes=1))
    tell(app)
    with app.database.write() as ledger:
        connection = ledger._connection
        connection.execute(
            update(schema.feeds).values(title=STORED, last_error=STORED, state=FeedState.FAILING, failures=9)
        )
        connection.execute(update(schema.deliveries).values(last_error=STORED))


@pytest.fixture(scope="module")
def browser(hostile: Served) -> Iterator[httpx.Client]:
    with closing(hostile.client()) as signed_in:
        yield signed_in


def delivery(hostile: Served) -> str:
    with hostile.database.read() as ledger:
        return ledger.outbox.postings(limit=1)[0].delivery.id


@pytest.mark.parametrize("path", [*SHOWN, *sorted(ALSO)])
def test_a_page_is_harmless(hostile: Served, browser: httpx.Client, path: str) -> None:
    """Whatever is stored, a page contains only our elements, and its links lead to http addresses or our pages."""
    parts = {**PARTS, "delivery": delivery(hostile)}
    answer = browser.get(re.sub(r"{(\w+)[^}]*}", lambda part: parts[part[1]], path), follow_redirects=True)
    assert answer.status_code == (404 if "after" in path else 200), answer.text
    found = elements(answer.text)
    assert not found.tags & NOT_OURS
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert answer.text.count("<script") == 1
    for link in found.links:
        if not link.startswith("/") or link.startswith("//"):
            if link not in {"#main", "data:,"}:
                assert_link(link)
        else:
            assert urlsplit(link).netloc == ""
    assert_visible("".join(found.texts), also="\n\xa0")
