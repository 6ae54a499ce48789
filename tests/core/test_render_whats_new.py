"""The news in a message: new outlets, terms of new facts, the older story that is continued."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import NOON, a_channel, a_story, a_webhook_channel, an_email_channel, news_of

from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert
from alerts.render.parts.phrases import reach
from storage.model import Growth, Reason

HOOK = a_webhook_channel()
MAIL = an_email_channel()
CONSOLE = a_channel("console")
OUTLETS = ["Harbour Post", "City Desk", "Civil Wire", "Radio Four"]


@pytest.mark.parametrize(
    ("brings", "words", "subject"),
    [
        (
            Growth(outlets=("City Desk", "Civil Wire", "Radio Four")),
            "3 more outlets: City Desk, Civil Wire, Radio Four",
            "(now 6 outlets, new: City Desk, Civil Wire +1)",
        ),
        (
            Growth(outlets=("City Desk",), terms=("injunction", "Marlow")),
            "1 more outlet: City Desk; several outlets now mention: injunction, Marlow",
            "(new: injunction, Marlow)",
        ),
        (Growth(), "2 more items from City Desk, Civil Wire", "(new: City Desk, Civil Wire)"),
    ],
)
def test_an_update_says_what_is_new(brings: Growth, words: str, subject: str) -> None:
    """New outlets, words of new facts, or else items are named in text, HTML, subject and JSON."""
    news = replace(news_of(OUTLETS[1:3], sources=6), reason=Reason.GREW, brings=brings)
    rendered = render_alert(news, form=form_of(MAIL), now=NOON)
    assert rendered.kind == "story.grew"
    assert words in " ".join(rendered.body.decode().split())
    assert words.encode() in (rendered.html or b"")
    assert rendered.subject.endswith(subject)
    data = json.loads(render_alert(news, form=form_of(HOOK), now=NOON).body)["data"]
    assert data["brings"] == {"outlets": list(brings.outlets), "terms": list(brings.terms)}


def test_a_continuation_names_the_older_story() -> None:
    """Messages for people name its headline, JSON its id."""
    older = a_story(id=3, title="Council of Allard debates cameras \x1b[31m")
    news = replace(news_of(OUTLETS, continues=3), continues=older)
    text = render_alert(news, form=form_of(CONSOLE), now=NOON).body.decode()
    assert "continues an older story, s3: Council of Allard debates cameras" in " ".join(text.split())
    assert "\x1b" not in text
    story = json.loads(render_alert(news, form=form_of(HOOK), now=NOON).body)["data"]["story"]
    assert story["continues"] == "s3"


@pytest.mark.parametrize(
    ("copies", "words"),
    [
        (0, "7 outlets"),
        (5, "7 outlets, 5 of them with the agency's text"),
        (7, "7 outlets, all with the agency's text"),
    ],
)
def test_copies_are_counted_as_copies(copies: int, words: str) -> None:
    """A message says how many outlets carry the same text."""
    assert reach(a_story(sources=7, copies=copies)) == words
