"""Messages name the next command, with ids that commands accept."""

from __future__ import annotations

import json

import pytest
from builders import NOON, a_channel, an_email_channel, news_of

from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from alerts.render.formats.terminal import on_terminal
from alerts.render.parts.held_and_gaps import HeldNotice
from storage.model import Channel, MessageForm

MAIL, CONSOLE = an_email_channel(), a_channel("console")
OUTLETS = ["Harbour Post", "Meridian Wire", "Plain Sight", "Radio Four"]


@pytest.mark.parametrize("channel", [MAIL, CONSOLE], ids=lambda channel: channel.type)
def test_every_message_names_the_commands_to_mute_and_mark(channel: Channel) -> None:
    """A single story has its id in the commands; of several each shows its id, with the commands below."""
    one = render_alert(news_of(OUTLETS), form=form_of(channel), now=NOON)
    [several] = render_stories([news_of(OUTLETS)] * 3, form=form_of(channel), now=NOON)
    for rendered, words in (
        (one, ("storywatch mute s12 --for 7d", "storywatch mark no i1200")),
        (several, ("s12", "storywatch mute STORY --for 7d", "storywatch mark no STORY")),
    ):
        text, html = rendered.body.decode(), (rendered.html or rendered.body).decode()
        assert all(word in text and word in html for word in words)
        assert max(map(len, on_terminal(text).splitlines())) <= 80


@pytest.mark.parametrize(
    ("waited", "words"),
    [
        (("quiet",), "Held back until now by quiet hours."),
        (("cap", "feed-muted"), "Held back until now by the hourly cap and the mute of a feed."),
        (("gap",), ""),
    ],
)
def test_a_late_message_says_why_it_is_late(waited: tuple[str, ...], words: str) -> None:
    """Stories held overnight name quiet hours, one or many; stories after an outage name the outage."""
    held = HeldNotice(waited=waited)
    one = render_alert(news_of(OUTLETS), form=form_of(MAIL), now=NOON, held=held)
    [several] = render_stories([news_of(OUTLETS)] * 3, form=form_of(MAIL), now=NOON, held=held)
    for rendered in (one, several):
        text = " ".join(rendered.body.decode().split())
        assert words in text
        assert ("Held back" in text) is bool(words)


def test_a_webhook_about_a_gap_says_that_items_may_be_missing() -> None:
    """The JSON names the same consequence as the mail."""
    event = Event(kind=EventKind.FEED_GAP, name="Harbour Post", url="https://a.example/", detail="all new")
    body = json.loads(render_event(event, form=MessageForm.JSON, now=NOON).body)
    assert "some may have been missed" in body["data"]["feed"]["means"]
