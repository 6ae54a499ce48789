"""Further contents of a mail about a story: the age of old news, links, where to run commands."""

from __future__ import annotations

import re

from builders import DAY, HOUR, NOON, a_match, a_story, an_item, news_of, some_news
from test_render_alert import OUTLETS

from alerts.render.alert_message import render_alert
from storage.model import MessageForm


def test_an_old_publication_says_how_old_it_is() -> None:
    """An item published half a year ago shows its age; a fresh one does not."""
    old = a_match(item=an_item(published_at=NOON - 180 * DAY, first_seen=NOON))
    news = some_news(story=a_story(first_seen=NOON), matches=[old])
    for form in (MessageForm.TEXT, MessageForm.MAIL):
        assert b"published 180 days ago, first seen just now" in render_alert(news, form=form, now=NOON).body
    fresh = some_news(
        story=a_story(first_seen=NOON),
        matches=[old, a_match(item=an_item(published_at=NOON - HOUR, first_seen=NOON))],
    )
    assert b"published" not in render_alert(fresh, form=MessageForm.TEXT, now=NOON).body


def test_a_mail_shows_headline_link_commands_and_outlets() -> None:
    """The headline is a visible link, commands say where to run them, and outlets with the same headline say so."""
    html = (render_alert(news_of(OUTLETS), form=MessageForm.MAIL, now=NOON).html or b"").decode()
    headline = re.search(r'<h2 class="headline[^>]*>\s*<a [^>]*>', html)
    assert headline is not None
    assert "underline" in headline[0]
    assert "To be run where storywatch runs:" in html
    assert "(same headline)" in html
