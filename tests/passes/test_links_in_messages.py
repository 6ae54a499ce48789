"""Messages contain links if pages are served, and none otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from builders import MINUTE
from fakes import NOW
from linking import PAGES, READERS, a_linked_routing, links, mails, tell, token
from newsroom import EVENT, FEEDS, a_route, alerts_of, arrive, distinct, messages
from sqlalchemy import update

from alerts.alert import alert
from alerts.links.key import link_key
from alerts.links.token import read_token
from monitor.actions.alerts.links import begin_links, end_links
from monitor.actions.alerts.mute_recipient import mute_recipient, unmute_recipient
from monitor.views.history.path import path_of_story
from storage import schema
from storage.database import Database
from storage.model import Channel, LinkAction, Updates


def test_an_alert_carries_links_that_say_what_they_do(both: Database) -> None:
    """Open leads to the story's page; each answer names story, topic and channel, for 30 days."""
    tell(both)
    found = links(both)
    assert found["open"] == f"{PAGES}/stories/s1"
    with both.read() as ledger:
        key = link_key(ledger)
    for name in ("yes", "no", "mute"):
        read = read_token(token(found[name]), key=key, now=NOW)
        assert (read.action, read.target, read.topic, read.channel) == (
            LinkAction(name), "s1", "police", "hook",
        )  # fmt: skip
        assert read.expires_at == NOW + timedelta(days=30)


def test_a_mail_has_the_links_as_text_and_no_command(ledger_: Database) -> None:
    """The text part keeps the commands, the HTML part has none, because a telephone cannot run them."""
    tell(ledger_)
    [mail] = messages(ledger_, "desk")
    page = (mail.html or b"").decode()
    assert f'href="{PAGES}/stories/s1"' in page
    assert page.count(f'href="{PAGES}/a/') == 3
    assert "storywatch mute" not in page
    assert "<code>" not in page
    text = mail.body.decode()
    assert f"not this    {PAGES}/a/" in text
    assert "storywatch mute s1 --for 7d" in text


def test_every_recipient_of_a_mail_has_a_link_of_their_own_to_unsubscribe(both: Database) -> None:
    """It names the delivery, and thereby the recipient."""
    tell(both)
    with both.read() as ledger:
        key = link_key(ledger)
    for recipient in READERS:
        delivery = mails(both)[recipient]
        assert delivery.unsubscribe is not None
        read = read_token(token(delivery.unsubscribe), key=key, now=NOW)
        assert (read.action, read.target) == (LinkAction.UNSUBSCRIBE, delivery.id)
    with both.read() as ledger:
        assert [one.delivery.unsubscribe for one in ledger.outbox.postings(channel="hook")] == [None]


def test_without_pages_nothing_changes(ledger_: Database) -> None:
    """Without a public address messages have no links and are unchanged."""
    tell(ledger_, routing=a_linked_routing(pages=None))
    [mail], [hook] = messages(ledger_, "desk"), messages(ledger_, "hook")
    assert "links" not in json.loads(hook.body)["data"]
    assert b"http" not in mail.body.replace(FEEDS[0].encode(), b"").replace(b"https://example.org", b"")
    assert b"storywatch mute" in (mail.html or b"")
    assert {one.unsubscribe for one in mails(ledger_).values()} == {None}
    assert mail.buttons == ()


def test_a_chat_has_buttons(ledger_: Database) -> None:
    """There are three answers and the page; a message about several stories has none."""
    chat = Channel(name="chat", type="apprise", url="ntfy://topic")
    routing = a_linked_routing(a_route("chat"))
    routing = replace(routing, channels={**routing.channels, "chat": chat})
    tell(ledger_, routing=routing)
    [message] = messages(ledger_, "chat")
    assert [(one.label, one.posts) for one in message.buttons] == [
        ("Yes, this", True), ("Not this", True), ("Mute 7 days", True), ("Open", False),
    ]  # fmt: skip
    text = message.body.decode()
    assert all(one.url in text for one in message.buttons)


def test_stories_in_one_message_each_have_links(ledger_: Database) -> None:
    """The webhook and the HTML part have them."""
    routing = a_linked_routing(a_route("desk", "hook", max_per_hour=1))
    tell(ledger_, *distinct(3), routing=routing)
    alert(ledger_, routing, now=NOW + timedelta(minutes=61))
    page = (messages(ledger_, "desk")[-1].html or b"").decode()
    assert page.count(f'href="{PAGES}/stories/') == 2
    assert "<code>" not in page
    told = json.loads(messages(ledger_, "hook")[-1].body)["data"]["stories"]
    assert [one["links"]["open"].rpartition("/")[2] for one in told] == [one["story"]["id"] for one in told]


def test_a_new_key_signs_later_messages(ledger_: Database) -> None:
    """Links sent before are no longer valid."""
    tell(ledger_)
    with ledger_.read() as ledger:
        before = link_key(ledger)
    begin_links(ledger_, now=NOW)
    with ledger_.read() as ledger:
        assert link_key(ledger) == before
    end_links(ledger_, now=NOW)
    with ledger_.read() as ledger:
        assert link_key(ledger) not in (before, None)


def test_a_recipient_who_muted_a_topic_gets_no_alert_and_why_says_so(both: Database) -> None:
    """Others get it; after an undo later alerts are sent, but none from the meantime."""
    routing = a_linked_routing()
    given = {"topics": ["police"], "channels": routing.channels.values()}
    mute_recipient(both, "police", READERS[0], now=NOW, **given)
    tell(both, routing=routing)
    assert list(mails(both)) == [READERS[1]]
    with both.read() as ledger:
        [step] = [one for one in path_of_story(ledger, 1) if one.what == "muted"]
    assert READERS[0] in step.words
    assert "muted topic police" in step.words
    assert [one.recipient for one in unmute_recipient(both, "police", READERS[0], now=NOW, **given)] == [
        READERS[0]
    ]
    arrive(both, *distinct(1), now=NOW + MINUTE)
    alert(both, routing, now=NOW + MINUTE)
    assert set(mails(both)) == set(READERS)
    with both.read() as ledger:
        assert [one.what for one in path_of_story(ledger, 2) if one.what == "muted"] == []


def test_an_alert_that_every_recipient_muted_has_no_delivery(ledger_: Database) -> None:
    """It is in a message without a delivery, and counts as alerted."""
    routing = a_linked_routing(a_route("desk"))
    for reader in READERS:
        mute_recipient(
            ledger_, "police", reader, topics=["police"], channels=routing.channels.values(), now=NOW
        )
    tell(ledger_, routing=routing)
    assert mails(ledger_) == {}
    assert [one.message_id is not None for one in alerts_of(ledger_)] == [True]
    with ledger_.read() as ledger:
        assert len([one for one in path_of_story(ledger, 1) if one.what == "muted"]) == 2


def test_another_topic_is_still_sent(ledger_: Database) -> None:
    """A recipient's mute applies to one topic."""
    routing = a_linked_routing()
    mute_recipient(
        ledger_, "digest", READERS[0], topics=["police"], channels=routing.channels.values(), now=NOW
    )
    tell(ledger_, EVENT, routing=routing)
    assert set(mails(ledger_)) == set(READERS)


def test_a_feed_has_one_entry_for_each_story(ledger_: Database) -> None:
    """An update replaces the story's entry, and a continuation has its own."""
    feed = Channel(name="file", type="feed", path="alerts.xml")
    routing = a_linked_routing(a_route("file", updates=Updates.EVERY_ITEM))
    routing = replace(routing, channels={**routing.channels, "file": feed})
    tell(ledger_, routing=routing)
    arrive(ledger_, EVENT, now=NOW + MINUTE, feed=FEEDS[1])
    alert(ledger_, routing, now=NOW + MINUTE)
    assert [one.thread for one in messages(ledger_, "file")] == [messages(ledger_, "file")[0].thread] * 2
    arrive(ledger_, *distinct(1), now=NOW + 2 * MINUTE)
    with ledger_.write() as ledger:
        ledger.stories._connection.execute(
            update(schema.stories).where(schema.stories.c.id == 2).values(continues=1)
        )
    alert(ledger_, routing, now=NOW + 2 * MINUTE)
    assert len({one.thread for one in messages(ledger_, "file")}) == 2
