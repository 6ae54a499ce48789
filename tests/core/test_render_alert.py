"""Alerts in the form of every channel type, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import (
    NOON,
    TOPIC,
    a_channel,
    a_match,
    a_story,
    a_webhook_channel,
    an_email_channel,
    an_item,
    news_of,
    some_news,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from alerts.render.formats.terminal import on_terminal
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from storage.model import Reason, Why

HOOK = a_webhook_channel()
MAIL = an_email_channel()
CONSOLE, FEED = a_channel("console"), a_channel("feed")
OUTLETS = ["Harbour Post", "City Desk", "Civil Wire", "Radio Four"]
HOSTILE = "<script>alert(1)</script> \x1b[31m\u202e\"&' =?utf-8?q?=0d?= \ud800"


def test_a_webhook_body_has_the_documented_keys() -> None:
    """The body of a webhook has exactly the documented keys."""
    body = json.loads(render_alert(some_news(), form=form_of(HOOK), now=NOON, held=HeldNotice(2)).body)
    assert body == {
        "type": "story.new",
        "timestamp": "2026-03-04T12:00:00Z",
        "data": {
            "topic": TOPIC,
            "story": {
                "id": "s12",
                "title": "City council pauses face recognition by police",
                "url": "https://post.example/news/1",
                "first_seen": "2026-03-04T12:00:00Z",
                "sources": 1,
                "copies": 0,
            },
            "items": [
                {
                    "id": "i1",
                    "title": "City council pauses face recognition by police",
                    "url": "https://post.example/news/1",
                    "feed": "Harbour Post",
                    "outlet": "feed:1",
                    "outlet_name": "Harbour Post",
                    "published": "2026-03-04T11:50:00Z",
                    "summary": "The council voted to stop the police from using face recognition for a year.",
                    "score": 0.91,
                    "why": [
                        {"term": "face recognition", "weight": 0.6, "where": "title"},
                        {"term": "police", "weight": 0.4, "where": "title"},
                    ],
                }
            ],
            "more": 0,
            "held": 2,
        },
    }


def test_a_command_reads_what_a_webhook_gets() -> None:
    """Commands and webhooks get the same bytes, which are the same on every rendering."""
    news = news_of(OUTLETS)
    bodies = {
        render_alert(news, form=form_of(channel), now=NOON).body
        for channel in (HOOK, HOOK, a_channel("command"))
    }
    assert len(bodies) == 1


def test_a_long_item_list_is_cut_and_counted() -> None:
    """Two hundred items do not fit into 20 kB: the first are included and the others counted."""
    news = news_of([f"Outlet {n}" for n in range(200)])
    body = render_alert(replace(news, more=5), form=form_of(HOOK), now=NOON).body
    data = json.loads(body)["data"]
    assert len(body) < 20_000
    assert len(body) > 15_000
    assert len(data["items"]) + data["more"] == 205
    assert data["items"][0]["id"] == "i1200"


TEXT = st.text(st.characters(), max_size=400) | st.sampled_from(
    ["<" * 900, "\U0001f600" * 900, '"\\' * 500, HOSTILE * 20]
)


@given(title=TEXT, feed=TEXT, summary=TEXT, term=TEXT, topic=TEXT)
@settings(max_examples=12, deadline=None)
def test_a_body_is_bounded_and_safe_whatever_its_words(
    title: str, feed: str, summary: str, term: str, topic: str
) -> None:
    """No text from a feed makes a body larger than 20 kB, invalid, or dangerous to embed in a page."""
    url = "https://news.example/" + "é" * 900
    item = an_item(title=title, feed=feed, summary=summary, url=url)
    match = a_match(item=item, why=tuple(Why(term=term, weight=0.1, where=term) for _ in range(30)))
    story = a_story(title=title, topic=topic, url=url)
    for rendered in (
        render_alert(some_news(story=story, matches=[match] * 3), form=form_of(HOOK), now=NOON),
        *render_stories([some_news(story=story, matches=[match] * 3)] * 9, form=form_of(HOOK), now=NOON),
    ):
        assert len(rendered.body) < 20_000
        assert b"<" not in rendered.body
        json.loads(rendered.body)


@given(st.lists(st.integers(min_value=1, max_value=12), min_size=1, max_size=40))
@settings(max_examples=15, deadline=None)
def test_every_story_stands_in_exactly_one_message(sizes: list[int]) -> None:
    """Grouped stories are split over messages in order, without loss or repetition; `held` is included once."""
    news = [news_of(OUTLETS * size, number=number) for number, size in enumerate(sizes, start=1)]
    messages = render_stories(news, form=form_of(HOOK), now=NOON, held=HeldNotice(7))
    bodies = [json.loads(message.body) for message in messages]
    ids = [entry["story"]["id"] for body in bodies for entry in body["data"]["stories"]]
    assert ids == [f"s{number}" for number in range(1, len(sizes) + 1)]
    assert [message.stories for message in messages] == [len(body["data"]["stories"]) for body in bodies]
    assert {body["type"] for body in bodies} == {"stories"}
    assert [body["data"]["held"] for body in bodies] == [7] + [0] * (len(bodies) - 1)
    for body in bodies:
        assert all(entry["items"] for entry in body["data"]["stories"])


@pytest.mark.parametrize(
    ("news", "subject"),
    [
        (news_of(OUTLETS[:1]), f"[{TOPIC}] City council pauses face recognition by police (Harbour Post)"),
        (news_of(OUTLETS[:2], title="Vote"), f"[{TOPIC}] Vote (Harbour Post, City Desk)"),
        (news_of(OUTLETS, title="Vote", sources=9), f"[{TOPIC}] Vote (Harbour Post, City Desk +7)"),
        (
            replace(news_of(OUTLETS[:3], title="Vote", sources=9), reason=Reason.GREW),
            f"[{TOPIC}] Vote (new: Harbour Post, City Desk +1)",
        ),
        (news_of(OUTLETS[:1], title="\u200b", topic="a\nb"), "[a b] (untitled) (Harbour Post)"),
    ],
)
def test_a_subject_can_be_acted_on_from_a_lock_screen(news: object, subject: str) -> None:
    """The subject has topic, headline, outlets, and what is new."""
    assert render_alert(news, form=form_of(MAIL), now=NOON).subject == subject


def test_a_text_says_why_it_came_and_how_to_stop_it() -> None:
    """The console shows topic, headline, link, outlets, the reason in one line, and the commands."""
    news = replace(news_of(OUTLETS[:2]), more=4)
    body = render_alert(news, form=form_of(CONSOLE), now=NOON + timedelta(minutes=12)).body
    assert on_terminal(body.decode()) == (
        f"[{TOPIC}] new story · 2 outlets, 2 items · first seen 12 min ago\n"
        "City council pauses face recognition by police\n"
        "https://harbour.example/12/0\n\n"
        "The council voted to stop the police from using face recognition for a\n"
        "year.\n"
        "\n"
        "  Harbour Post  12:00  (same headline)\n"
        "  City Desk     12:05  City council pauses face recognition by police:\n"
        "                       what City Desk found\n"
        "    https://city.example/12/1\n"
        "  and 4 more: storywatch stories show s12\n"
        "\n"
        "why         face recognition, police (title) · score 0.91\n"
        "all of it   storywatch stories show s12\n"
        f"explain     storywatch topics explain {TOPIC} i1200\n"
        "silence     storywatch mute s12 --for 7d\n"
        "not this    storywatch mark no i1200\n"
    )


def test_a_reason_repeats_no_word_of_a_longer_term() -> None:
    """Words that a phrase in the same field contains are left out; the strongest terms come first."""
    terms = [
        ("facial", "title"),
        ("facial recognition", "title"),
        ("recognition", "title"),
        ("face", "summary"),
    ]
    why = tuple(Why(term=term, weight=0.1 * at, where=where) for at, (term, where) in enumerate(terms))
    text = render_alert(some_news(matches=[a_match(why=why)]), form=form_of(CONSOLE), now=NOON).body.decode()
    assert "why         face (summary); facial recognition (title) · score 0.91" in text


def test_times_are_written_in_the_readers_zone() -> None:
    """Messages for people use the zone of `now`, and programs get UTC."""
    berlin = NOON.astimezone(ZoneInfo("Europe/Berlin"))
    assert "13:00" in render_alert(news_of(OUTLETS), form=form_of(CONSOLE), now=berlin).body.decode()
    assert b"Times are CET" in (render_alert(some_news(), form=form_of(MAIL), now=berlin).html or b"")
    assert render_alert(some_news(), form=form_of(HOOK), now=berlin) == render_alert(
        some_news(), form=form_of(HOOK), now=NOON
    )


def test_a_topic_is_quoted_where_a_shell_would_split_it() -> None:
    """The printed commands can be pasted whatever the name of the topic."""
    news = some_news(story=a_story(topic="ports; rm -rf ~"))
    assert (
        "storywatch topics explain 'ports; rm -rf ~' i1"
        in render_alert(news, form=form_of(CONSOLE), now=NOON).body.decode()
    )


def test_hostile_words_stay_words_on_every_channel() -> None:
    """Feed text contains no active markup or control characters on any channel (R15, R17)."""
    item = an_item(
        title=HOSTILE, feed=HOSTILE, summary=HOSTILE + "<p>&lt;b onclick=x&gt;", url="javascript:alert(1)"
    )
    why = (Why(term=HOSTILE, weight=1, where=HOSTILE),)
    news = some_news(
        story=a_story(title=HOSTILE, url="https://a@evil.example/'\"><script>", topic=HOSTILE),
        matches=[a_match(item=item, why=why)],
    )
    for channel in (MAIL, CONSOLE, FEED, HOOK):
        for rendered in (
            render_alert(news, form=form_of(channel), now=NOON),
            *render_stories([news], form=form_of(channel), now=NOON),
        ):
            for text in (rendered.subject, rendered.body.decode(), (rendered.html or b"").decode()):
                assert not {"\x1b", "\u202e", "\ufeff", "\x00"} & set(text)
                assert "javascript:" not in text
                assert "a@evil" not in text
            assert b"<script" not in (rendered.html or b"")
            assert "=?" not in rendered.subject


def test_a_mail_loads_nothing_and_has_a_dark_theme() -> None:
    """The HTML has inline styles, supports dark mode, and loads no external resource."""
    html = (render_alert(news_of(OUTLETS), form=form_of(MAIL), now=NOON).html or b"").decode()
    assert "prefers-color-scheme" in html
    assert not [
        word for word in ("<img", "src=", "@import", "url(", "<link", "<script", "<iframe") if word in html
    ]
    assert 'style="' in html
    assert "stories show s12" in html


def test_mails_of_a_story_share_a_thread_and_no_other_story_does() -> None:
    """New and grown mails of one story share a thread; a story with the same number in another database does not."""
    news = news_of(OUTLETS)
    later = replace(
        news, reason=Reason.GREW, story=replace(news.story, last_seen=NOON + timedelta(days=1), size=9)
    )
    elsewhere = replace(news, story=replace(news.story, first_seen=NOON - timedelta(days=400)))
    first, second, third = (
        render_alert(each, form=form_of(MAIL), now=NOON).thread for each in (news, later, elsewhere)
    )
    assert first == second
    assert first != third


def test_gap_and_held_count_appear_once() -> None:
    """A grouped message names the time without polls once, and how many alerts are still held."""
    many = [news_of(OUTLETS[:1], number=number) for number in range(200)]
    gap = Gap(since=NOON - timedelta(hours=9), until=NOON, feeds=("Harbour Post",))
    messages = render_stories(many, form=form_of(CONSOLE), now=NOON, held=HeldNotice(3), gap=gap)
    texts = [message.body.decode() for message in messages]
    assert "Harbour Post could not be read between 03:00 and 12:00 UTC" in texts[0].replace("\n", " ")
    assert "3 more alerts are held back" in texts[0].replace("\n", " ")
    assert not any("held back" in text for text in texts[1:])
    assert sum(message.stories for message in messages) == 200


def test_no_stories_are_no_messages() -> None:
    """Without stories no message is made."""
    for channel in (HOOK, MAIL):
        assert render_stories([], form=form_of(channel), now=NOON) == []


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("channel", [MAIL, CONSOLE, HOOK, FEED], ids=lambda channel: channel.type)
def test_every_event_is_rendered_for_every_channel(kind: EventKind, channel: object) -> None:
    """An event says what happened, and names the command that helps."""
    event = Event(
        kind=kind, name=f"Post {HOSTILE}", url="https://u:p@post.example/feed", since=NOON, detail=HOSTILE
    )
    rendered = render_event(event, form=form_of(channel), now=NOON)
    text = rendered.body.decode()
    assert rendered.kind == kind.value
    assert "u:p@" not in text
    assert "\x1b" not in text
    if channel is HOOK:
        body = json.loads(text)
        assert body["type"] == kind.value
        assert kind.value.startswith("network.") or ({"feed", "channel"} & set(body["data"]))
    else:
        assert "storywatch " in text
