"""The configuration read from its file now, so that a page shows its own changes before the daemon reloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.errors import ConfigErrors
from monitor.matching.read_topics.load_topics import load_topic
from monitor.views.refused import ViewRefused

if TYPE_CHECKING:
    from monitor.config.settings import Settings, TopicConfig
    from monitor.topics.topic import Topic
    from monitor.web.request.page_request import PageRequest


class TopicNotShown(ViewRefused):
    """No topic of this name is configured."""


async def present_settings(ask: PageRequest) -> Settings:
    """Return the settings of the file, or those of the running daemon if the file has errors."""
    try:
        return await ask.settings_on_disk()
    except ConfigErrors:
        return ask.settings


async def named_topic(ask: PageRequest) -> tuple[Settings, TopicConfig]:
    """Return the current settings and the topic that the address names.

    Raises:
        TopicNotShown: there is none.
    """
    settings, name = await present_settings(ask), ask.path["topic"]
    for topic in settings.topics:
        if topic.name == name:
            return settings, topic
    raise TopicNotShown(f"no topic {name!r} is configured")


async def topic_now(ask: PageRequest, config: TopicConfig) -> Topic:
    """Return a topic as it judges now: topics learnt from articles as the daemon learnt them, others from their files.

    Raises:
        TopicRefused: its rule or query is wrong.
    """
    running = ask.context.app.matching.topics.get(config.name)
    if config.articles and running is not None:
        return running
    return await ask.run(load_topic, config)
