"""Every webhook body that storywatch renders is described by the schema of its event, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from builders import NOON, a_digest, a_match, a_story, a_trouble, an_item, news_of, some_news
from contracts import keys, strict
from jsonschema import Draft202012Validator

from alerts.render.alert_message import render_alert, render_stories
from alerts.render.digest_message import digest_json, render_digest
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS
from storage.model import LinkAction, LinkUse, MessageForm, Reason, StoryLinks, StoryNews
from storage.model.covered import CoverageReport, MissedStory

JSON = MessageForm.JSON
HOSTILE = "<script>alert(1)</script> \x1b[31m\u202e\"&' \ud800"
GAP = Gap(since=NOON - timedelta(hours=2), until=NOON, feeds=("Harbour Post",))
LINKS = StoryLinks(
    open="https://w.example/o",
    yes="https://w.example/y",
    no="https://w.example/n",
    mute="https://w.example/m",
)
USE = LinkUse(token="t", action=LinkAction.YES, target="s12", topics=("ports",), channel="desk", done_at=NOON)
MISSED = CoverageReport(
    since=NOON,
    until=NOON,
    stories=1,
    control_feeds=1,
    missed=(MissedStory(story=a_story(), outlets=("City Desk",)),),
)


def _grown() -> StoryNews:
    news = news_of(["Harbour Post", "City Desk"], continues=3)
    return replace(news, reason=Reason.GREW, links=LINKS)


def _bare() -> StoryNews:
    item = an_item(title=HOSTILE, summary=HOSTILE, url=None, published_at=None)
    return some_news(story=a_story(title=HOSTILE, url=None), matches=[a_match(item=item)])


def _digests() -> Iterator[bytes]:
    whole = a_digest(
        stories=[_grown(), _bare()], held=2, troubles=(a_trouble(),), link_uses=(USE,), coverage=MISSED
    )
    for digest in (
        whole,
        a_digest(),
        a_digest(stories=[_bare()] * 40, troubles=(a_trouble(since=None),) * 90),
    ):
        yield from (part.body for part in render_digest(digest, form=JSON, now=NOON))
        yield digest_json(digest)


def _events() -> Iterator[bytes]:
    for kind in EventKind:
        for event in (
            Event(kind=kind),
            Event(kind=kind, name=HOSTILE, url="https://x.example/", since=NOON, detail=HOSTILE),
        ):
            yield render_event(event, form=JSON, now=NOON).body


@cache
def bodies() -> tuple[dict[str, Any], ...]:
    """Return bodies of every event, with and without each part that may be missing."""
    return tuple(json.loads(body) for body in (*_stories(), *_digests(), *_events()))


def _stories() -> Iterator[bytes]:
    for news in (_grown(), replace(_grown(), reason=Reason.NEW), _bare()):
        for gap in (None, GAP):
            yield render_alert(news, form=JSON, now=NOON, held=HeldNotice(2), gap=gap).body
            yield from (part.body for part in render_stories([news] * 9, form=JSON, now=NOON, gap=gap))


def described(schema: dict[str, Any], *place: str) -> Iterator[tuple[str, ...]]:
    """Yield the place of every key that a schema names."""
    inner = schema.get("items", schema)
    for name, within in inner.get("properties", {}).items():
        yield (*place, name)
        yield from described(within, *place, name)


def test_every_body_matches_the_schema_of_its_event() -> None:
    """Every key of a body is described, and has the described type."""
    for body in bodies():
        Draft202012Validator(strict(WEBHOOK_SCHEMAS[body["type"]])).validate(body)


@pytest.mark.parametrize("event", WEBHOOK_SCHEMAS)
def test_a_schema_describes_only_what_is_sent(event: str) -> None:
    """Every key of a schema occurs in a body of the event."""
    Draft202012Validator.check_schema(WEBHOOK_SCHEMAS[event])
    sent = {key for body in bodies() if body["type"] == event for key in keys(body)}
    # The alert of a new story has no news of its own; both share one schema.
    assert {
        key for key in described(WEBHOOK_SCHEMAS[event]) if "brings" not in key or event != "story.new"
    } <= sent


def test_a_body_without_a_promised_key_does_not_match() -> None:
    """The schema insists on what receivers may rely on."""
    [body] = [json.loads(render_alert(_bare(), form=JSON, now=NOON).body)]
    del body["data"]["story"]["first_seen"]
    assert not Draft202012Validator(WEBHOOK_SCHEMAS["story.new"]).is_valid(body)
