"""Chat services through apprise, against a real web server on loopback that stands in for the service."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from builders import NOON, a_channel, a_delivery, a_message
from loopback_web import Mailbox, web_server

from alerts.channels.apprise import ChatSender, _with_buttons
from alerts.channels.interface import Accepted, Answer, Deferred
from alerts.deciding.routing import enqueue
from alerts.links.labels import buttons
from alerts.render.rendered import Rendered
from storage.database import Database
from storage.model import StoryLinks

pytest.importorskip("apprise", reason="the apprise extra is not installed")


def notify(mailbox: Mailbox, body: str = "Port Allard bars its police") -> Answer:
    """Send one message by apprise's JSON service, which posts to the mailbox."""

    async def run() -> Answer:
        async with web_server(mailbox):
            url = mailbox.url.replace("http://", "json://")
            sender = ChatSender(a_channel("apprise", url=url))
            return await sender.send(a_message(body=body.encode()), a_delivery(), now=NOON)

    return asyncio.run(run())


def test_the_service_gets_subject_and_text() -> None:
    """The request of apprise contains both."""
    mailbox = Mailbox()
    assert notify(mailbox) == Accepted(text="accepted by the service")
    posted = json.loads(mailbox.posts[0][1])
    assert posted["title"] == a_message().subject
    assert posted["message"] == "Port Allard bars its police"


def test_a_service_that_refuses_is_tried_again_and_shows_no_token() -> None:
    """Apprise's text gives the reason, without the token of the URL."""
    answer = notify(Mailbox(answers=["HTTP/1.1 500 Oops"]))
    assert isinstance(answer, Deferred)
    assert "500" in answer.text
    assert "canary-token" not in answer.text
    assert "WARNING" not in answer.text


@pytest.mark.parametrize("url", ["nosuch://canary-token", "slack://canary"])
def test_what_apprise_logs_reaches_no_terminal(url: str) -> None:
    """`check` reports an invalid address itself, because apprise's log lines may contain it."""
    code = f"from alerts.channels.apprise import _check_url; print(_check_url({url!r}).problem)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("is not an address that apprise knows", "")


def test_an_address_that_apprise_does_not_know_is_refused() -> None:
    """The error comes when the channel is created."""
    with pytest.raises(ValueError, match="apprise does not know"):
        ChatSender(a_channel("apprise", url="nosuch://token"))


def test_mentions_and_markup_in_a_title_reach_no_chat(sqlite_database: Database) -> None:
    """`@everyone` and `<!channel>` are replaced by look-alikes in the sealed message, and links stay links (R18)."""
    body = b"@everyone <!channel> *now*\n  https://news.example/a_b~c\n    [x](https://evil.example)"
    rendered = Rendered(kind="story.new", subject="[t] @here: news", body=body)
    with sqlite_database.write() as ledger:
        enqueue(ledger, rendered, a_channel("apprise", url="json://h"), now=NOON)
        [posting] = ledger.outbox.postings()
    text = posting.message.body.decode()
    assert not {"@", "<", "*", "["} & set(text)
    assert "\n  https://news.example/a_b~c\n" in text
    assert "@" not in posting.message.subject


BUTTONS = buttons(
    StoryLinks(open="https://w.example/stories/s1", yes="https://w.example/a/Y-_", no="n", mute="m")
)


def pushed(query: str = "") -> dict[str, str]:
    """Return the headers that an ntfy server gets for a message with buttons."""
    mailbox = Mailbox(answers=['HTTP/1.1 200 OK\ncontent-type: application/json\n\n{"id":"1"}'])

    async def run() -> Answer:
        async with web_server(mailbox):
            server = mailbox.url.removeprefix("http://").partition("/")[0]
            sender = ChatSender(a_channel("apprise", url=f"ntfy://{server}/topic{query}"))
            return await sender.send(a_message(buttons=BUTTONS), a_delivery(), now=NOON)

    assert asyncio.run(run()) == Accepted(text="accepted by the service")
    return mailbox.posts[0][0]


def test_ntfy_shows_three_buttons_that_answer_and_opens_the_story() -> None:
    """Each button sends a POST without a browser, and a tap on the message opens the story's page."""
    headers = pushed()
    actions = json.loads(headers["x-actions"])
    assert [(one["action"], one["label"], one["method"]) for one in actions] == [
        ("http", "Yes, this", "POST"),
        ("http", "Not this", "POST"),
        ("http", "Mute 7 days", "POST"),
    ]
    assert actions[0]["url"] == "https://w.example/a/Y-_"
    assert headers["x-click"] == "https://w.example/stories/s1"


def test_options_in_the_address_are_kept() -> None:
    """A configured click address stays, and the buttons are added."""
    headers = pushed("?click=https://desk.example/")
    assert headers["x-click"] == "https://desk.example/"
    assert len(json.loads(headers["x-actions"])) == 3


def test_other_services_get_no_buttons() -> None:
    """Their address is unchanged, and the links are in the text."""
    assert _with_buttons("json://h/x?a=b", BUTTONS) == "json://h/x?a=b"
