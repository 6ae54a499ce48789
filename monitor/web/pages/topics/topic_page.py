"""`/topics/NAME`: a topic as a person reads it, what it told lately, and what it would tell of the last 30 days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.topics.topic import LearntTopic
from monitor.views.history.stories import read_stories
from monitor.views.topics.overview import read_overview
from monitor.views.topics.rule import read_rule_view
from monitor.views.topics.topics import read_topic
from monitor.web.pages.topics.present_settings import named_topic, topic_now
from monitor.web.pages.topics.trials import trial_of
from monitor.web.request.page import get

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

RECENT = timedelta(days=30)
SHOWN = 8  # stories


async def show(ask: PageRequest) -> Response:
    """Show a topic: its rule or query, its stories, and how it does."""
    _, config = await named_topic(ask)
    topic = await topic_now(ask, config)
    [row] = await ask.read(lambda ledger: read_overview(ledger, [config], now=ask.now))
    stories = await ask.read(lambda ledger: read_stories(ledger, since=ask.now - RECENT))
    own = [story for story in stories if story.topic == config.name]
    rule = read_rule_view(topic.definition) if isinstance(topic, LearntTopic) else None
    return ask.page(
        "topics/topic",
        row=row,
        topic=read_topic(config, topic),
        rule=rule,
        feeds=config.feeds,
        stories=own[:SHOWN],
        story_count=len(own),
        is_live=any(one.name == config.name for one in ask.settings.topics),
        kind="articles" if config.articles else "query" if config.query else "rule",
    )


async def show_trial(ask: PageRequest) -> Response:
    """Show what a topic, as it is, would tell of the last 30 days."""
    _, config = await named_topic(ask)
    topic = await topic_now(ask, config)
    return ask.page("topics/trial", name=config.name, trial=await trial_of(ask, config.name, topic))


PAGES = (
    get("/topics/{topic:path}/trial", show_trial),
    get("/topics/{topic:path}", show),
)
