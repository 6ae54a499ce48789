"""`/atom/TOPIC`: the stories of a topic for feed readers, with a token in the address."""

from __future__ import annotations

import io
import json
from contextlib import closing

import feedparser
import httpx
import pytest
from builders import NOON
from served import OWNER, READER, Served, publish, tell

from monitor.actions.access.tokens import make_access_token, revoke_access_token
from monitor.actions.corrections import merge_stories
from storage.model import Publication
from storage.model.access import Role

EVENT = "Harbour cameras go dark after council vote"


@pytest.fixture
def feed_reader(served: Served) -> httpx.Client:
    """A feed reader, without cookies and browser headers."""
    return httpx.Client(base_url=served.url, timeout=60)


def entries(feed_reader: httpx.Client, token: str = READER) -> list[dict[str, str]]:
    answer = feed_reader.get("/atom/harbour", params={"token": token})
    assert answer.headers["content-type"] == "application/atom+xml"
    read = feedparser.parse(io.BytesIO(answer.content))
    assert not read.bozo
    return [{"id": one.id, "updated": one.updated, "link": one.link} for one in read.entries]


def arrive(served: Served, *feeds: int) -> None:
    """Store an event from these feeds, each in different words."""
    told = [
        (
            served.app.settings.feeds[number].url,
            Publication(publisher_id=f"{number}", title=f"{EVENT}, part {number}"),
        )
        for number in feeds
    ]
    publish(served.app, *told, now=served.now)
    tell(served.app, now=served.now)


def test_a_story_that_grows_updates_its_entry(served: Served, feed_reader: httpx.Client) -> None:
    """Id and link stay, the time changes, and there is no second entry."""
    with closing(feed_reader):
        arrive(served, 0)
        before = entries(feed_reader)
        served.now = NOON.replace(hour=13)
        arrive(served, 1, 2)
        after = entries(feed_reader)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert len({one["id"] for one in after}) == len(after)
    assert after[0]["link"].startswith(f"{served.url}/stories/s")
    assert after[0]["updated"] > before[0]["updated"]


def test_a_merged_story_is_one_entry(served: Served, feed_reader: httpx.Client) -> None:
    """The surviving story has its former id."""
    with closing(feed_reader):
        before = [one["id"] for one in entries(feed_reader)]
        kept, gone = (ident.rpartition(":")[2] for ident in before[:2])
        merge_stories(served.database, kept, [gone], now=NOON)
        assert {one["id"] for one in entries(feed_reader)} == set(before) - {before[1]}


def test_an_unchanged_feed_is_not_sent_again(served: Served, feed_reader: httpx.Client) -> None:
    """A matching ETag gets a 304, also hours later; JSON Feed has the same stories."""
    with closing(feed_reader):
        path = f"/atom/harbour?token={READER}"
        first = feed_reader.get(path)
        served.now = NOON.replace(hour=20)
        again = feed_reader.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        listed = json.loads(feed_reader.get(f"/atom/harbour.json?token={READER}").content)
        assert [one["id"] for one in listed["items"]] == [one["id"] for one in entries(feed_reader)]
    assert READER not in first.text + json.dumps(listed)


def test_only_a_read_only_token_is_accepted_in_an_address(served: Served, feed_reader: httpx.Client) -> None:
    """Addresses are logged, so an owner's token is refused there, and a revoked one ends."""
    made = make_access_token(served.database, "my reader", role=Role.READER, now=NOON)
    with closing(feed_reader):
        for token, status in ((made, 200), (OWNER, 403), ("nonsense", 401), ("", 401)):
            assert feed_reader.get("/atom/harbour", params={"token": token}).status_code == status
        assert feed_reader.get("/atom/harbour").status_code == 401
        assert feed_reader.get("/atom/nowhere", params={"token": made}).status_code == 404
        revoke_access_token(served.database, "my reader")
        assert feed_reader.get("/atom/harbour", params={"token": made}).status_code == 401
        for _ in range(5):
            feed_reader.get("/atom/harbour?token=guess")
        assert feed_reader.get("/atom/harbour?token=guess").status_code == 429


def test_a_session_opens_a_feed_without_a_token(owner: httpx.Client) -> None:
    """A signed-in browser can open it."""
    assert owner.get("/atom/harbour").status_code == 200
