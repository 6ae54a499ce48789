"""`/a/TOKEN`: links of messages, opened by people, by scanners of mail and by mail programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import httpx
import pytest
from builders import NOON
from served import OWNER, READER, Served
from sqlalchemy import update

from alerts.deciding.routing import enqueue
from alerts.links.writer import LinkWriter, link_writer
from alerts.render.rendered import Rendered
from monitor.actions.alerts.links import begin_links, end_links
from storage import schema
from storage.database import Database
from storage.model import Channel, Reason, Story, StoryLinks
from storage.stores.new_alerts import NewAlert

HOSTILE = "<script>alert(1)</script>\u202e<form>"
DESK = Channel(
    name="mail", type="email", to=("ann@news.example", "ben@news.example"), sender="s@news.example"
)


def writer(database: Database) -> LinkWriter:
    begin_links(database, now=NOON)
    with database.read() as ledger:
        made = link_writer(ledger, "https://watch.example", "mail", now=NOON)
    assert made is not None
    return made


def a_told_story(database: Database) -> Story:
    with database.read() as ledger:
        return ledger.stories.since(NOON - timedelta(days=1))[0]


def links(database: Database) -> StoryLinks:
    return writer(database).of_story(a_told_story(database))


def path(url: str) -> str:
    return url.removeprefix("https://watch.example")


def a_mail(database: Database) -> str:
    """Send an alert by mail too, and return the first recipient's unsubscribe link."""
    writer(database)
    story = a_told_story(database)
    told = NewAlert(
        story_id=story.id, topic=story.topic, reason=Reason.NEW, growth=0, channel="mail", route="r",
        sources=1, match_ids=(),
    )  # fmt: skip
    rendered = Rendered(kind="story.new", subject="S", body=b"b", html=b"h", topics=(story.topic,))
    with database.write() as ledger:
        [alert_id] = ledger.alerts.add([told], now=NOON)
        assert alert_id is not None
        message = enqueue(ledger, rendered, DESK, now=NOON, pages="https://watch.example")
        ledger.alerts.set_message([alert_id], message_id=message)
        mails = {one.delivery.recipient: one.delivery for one in ledger.outbox.postings(channel="mail")}
    return path(mails[DESK.to[0]].unsubscribe or "")


def test_a_reader_sees_messages_without_the_tokens_of_their_links(served: Served) -> None:
    """On the page and in the API: whoever has a link may mark and mute, which a reader may not."""
    link = links(served.database).no
    rendered = Rendered(kind="story.new", subject="S", body=f"not this {link}".encode(), html=b"", topics=())
    with served.database.write() as ledger:
        enqueue(ledger, rendered, DESK, now=NOON, pages="https://watch.example")
        ident = ledger.outbox.postings(channel="mail")[0].delivery.id
    for path_of_it in (f"/alerts/{ident}", f"/api/v1/deliveries/{ident}"):
        with closing(served.client(READER)) as reader, closing(served.client(OWNER)) as owner:
            assert link in owner.get(path_of_it).text
            shown = reader.get(path_of_it).text
        assert "not this https://watch.example/a/" in shown
        assert link not in shown


def marks(database: Database) -> set[str]:
    with database.read() as ledger:
        return {one.verdict.value for one in ledger.marks.active()}


@pytest.fixture
def scanner(served: Served) -> Iterator[httpx.Client]:
    """A program that opens links, without a session and without browser headers."""
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.mark.parametrize("name", ["yes", "no", "mute"])
def test_opening_a_link_changes_nothing_and_pressing_its_button_does_once(
    served: Served, scanner: httpx.Client, name: str
) -> None:
    """GET and HEAD change nothing, POST acts once, and the next page has an undo."""
    link = path(getattr(links(served.database), name))
    for _ in range(3):
        assert scanner.get(link).status_code == scanner.head(link).status_code == 200
    with served.database.read() as ledger:
        assert (ledger.marks.newest(), ledger.mutes.active(now=NOON)) == (0, [])
    page = scanner.get(link).text
    assert 'class="main"' in page
    assert "<script>" not in page
    for _ in range(3):
        done = scanner.post(link)
        assert (done.status_code, done.headers["location"]) == (303, link)
    with served.database.read() as ledger:
        assert len(ledger.link_uses.unreported()) == 1
        assert len(ledger.mutes.active(now=NOON)) == (name == "mute")
    assert marks(served.database) == ({name} if name != "mute" else set())
    assert "Done" in scanner.get(link).text
    assert scanner.post(link, data={"undo": "1"}).status_code == 303
    assert "Done" not in scanner.get(link).text
    with served.database.read() as ledger:
        assert ledger.mutes.active(now=NOON) == []
    assert marks(served.database) == set()


def test_a_mail_program_unsubscribes_with_one_click(served: Served, scanner: httpx.Client) -> None:
    """It sends the POST of RFC 8058, url-encoded or multipart, and is not redirected."""
    link = a_mail(served.database)
    body = {"List-Unsubscribe": "One-Click"}
    for answer in (
        scanner.post(link, data=body),
        scanner.post(link, files={name: (None, value) for name, value in body.items()}),
    ):
        assert (answer.status_code, answer.text) == (200, "done\n")
    with served.database.read() as ledger:
        [mute] = ledger.recipient_mutes.active()
    assert (mute.channel, mute.recipient) == ("mail", DESK.to[0])
    assert DESK.to[0] in scanner.get(link).text
    scanner.post(link, data={"undo": "1"})
    with served.database.read() as ledger:
        assert ledger.recipient_mutes.active() == []


def test_a_link_that_is_not_valid_says_what_to_do(served: Served, scanner: httpx.Client) -> None:
    """A wrong token or key is a 404, an expired link a 410, and neither has an effect."""
    link = path(links(served.database).no)
    assert scanner.get("/a/AAAA").status_code == scanner.post("/a/AAAA").status_code == 404
    assert scanner.get(f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}").status_code == 404
    served.now = NOON + timedelta(days=31)
    late = scanner.get(link)
    assert (late.status_code, scanner.post(link).status_code) == (410, 410)
    assert "This link worked until" in late.text
    served.now = NOON
    end_links(served.database, now=NOON)
    assert scanner.post(link).status_code == 404
    assert marks(served.database) == set()


def test_a_link_does_not_sign_in(served: Served, scanner: httpx.Client) -> None:
    """It sets no cookie, and the story's page still requires a sign-in."""
    found = links(served.database)
    done = scanner.post(path(found.yes))
    assert "set-cookie" not in done.headers
    assert scanner.get(path(found.open)).status_code in (303, 404)
    with closing(served.client(OWNER)) as owner:
        assert owner.get(path(found.yes)).status_code == 200


def test_hostile_words_are_shown_and_do_nothing(served: Served, scanner: httpx.Client) -> None:
    """A headline with markup adds no element to the page."""
    story = a_told_story(served.database)
    with served.database.write() as ledger:
        ledger.stories._connection.execute(
            update(schema.stories).where(schema.stories.c.id == story.id).values(title=HOSTILE)
        )
    page = scanner.get(path(links(served.database).no)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;form&gt;" in page
    assert page.count("<form") == 1
    assert "\u202e" not in page
