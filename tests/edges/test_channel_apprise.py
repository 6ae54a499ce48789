"""Chat services through apprise, against a real web server on loopback that stands in for the service."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from builders import NOON, a_channel, a_delivery, a_message
from loopback_web import Mailbox, web_server

from alerts.channels.apprise import ChatSender
from alerts.channels.interface import Accepted, Answer, Deferred
from alerts.deciding.routing import enqueue
from alerts.render.rendered import Rendered
from storage.database import Database

pytest.importorskip("apprise", reason="the apprise extra is not installed")


def notify(mailbox: Mailbox, body: str = "Port Allard bars its police") -> Answer:
    """Send one message over apprise's JSON service, which posts to the mailbox."""

    async def run() -> Answer:
        async with web_server(mailbox):
            url = mailbox.url.replace("http://", "json://")
            sender = ChatSender(a_channel("apprise", url=url))
            return await sender.send(a_message(body=body.encode()), a_delivery(), now=NOON)

    return asyncio.run(run())


def test_the_service_gets_subject_and_text() -> None:
    """What apprise posts holds both."""
    mailbox = Mailbox()
    assert notify(mailbox) == Accepted(text="accepted by the service")
    posted = json.loads(mailbox.posts[0][1])
    assert posted["title"] == a_message().subject
    assert posted["message"] == "Port Allard bars its police"


def test_a_service_that_refuses_is_tried_again_and_shows_no_token() -> None:
    """Apprise's words say why; the token in the URL stands nowhere."""
    answer = notify(Mailbox(answers=["HTTP/1.1 500 Oops"]))
    assert isinstance(answer, Deferred)
    assert "500" in answer.text
    assert "canary-token" not in answer.text
    assert "WARNING" not in answer.text


@pytest.mark.parametrize("url", ["nosuch://canary-token", "slack://canary"])
def test_what_apprise_logs_reaches_no_terminal(url: str) -> None:
    """`check` says itself what is wrong with an address; apprise's own lines may show it."""
    code = f"from alerts.channels.apprise import _check_url; print(_check_url({url!r}).problem)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("is not an address that apprise knows", "")


def test_an_address_that_apprise_does_not_know_is_refused() -> None:
    """When the channel is made, not when something happens."""
    with pytest.raises(ValueError, match="apprise does not know"):
        ChatSender(a_channel("apprise", url="nosuch://token"))


def test_mentions_and_markup_in_a_title_reach_no_chat(sqlite_database: Database) -> None:
    """`@everyone` and `<!channel>` are look-alikes before the message is sealed; links stay links (R18)."""
    body = b"@everyone <!channel> *now*\n  https://news.example/a_b~c\n    [x](https://evil.example)"
    rendered = Rendered(kind="story.new", subject="[t] @here: news", body=body)
    with sqlite_database.write() as ledger:
        enqueue(ledger, rendered, a_channel("apprise", url="json://h"), now=NOON)
        [posting] = ledger.outbox.postings()
    text = posting.message.body.decode()
    assert not {"@", "<", "*", "["} & set(text)
    assert "\n  https://news.example/a_b~c\n" in text
    assert "@" not in posting.message.subject
