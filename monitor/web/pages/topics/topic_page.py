"""`/topics/NAME`: a readable topic, its recent stories, and a trial on the last 30 days."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from monitor.actions.topics.apply import apply_topic
from monitor.actions.topics.apply_marks import pending_marks
from monitor.topics.topic import LearntTopic
from monitor.views.history.stories import read_stories
from monitor.views.topics.overview import read_overview
from monitor.views.topics.rule import read_rule_view
from monitor.views.topics.topics import read_topic
from monitor.web.pages.topics.present_settings import named_topic, topic_now
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.pages.topics.trials import trial_of
from monitor.web.request.page import get, post

if TYPE_CHECKING:
    from concurrent.futures import Future

    from starlette.responses import Response

    from monitor.actions.topics.apply import Applied
    from monitor.views.topics.rule import RuleView
    from monitor.web.request.page_request import PageRequest
    from storage.model import Mark

log = logging.getLogger(__name__)

RECENT = timedelta(days=30)
SHOWN = 8  # stories


async def show(ask: PageRequest) -> Response:
    """Show a topic: its rule or query, its stories, and its results."""
    _, config = await named_topic(ask)
    topic = await topic_now(ask, config)
    [row] = await ask.read(lambda ledger: read_overview(ledger, [config], now=ask.now))
    stories = await ask.read(lambda ledger: read_stories(ledger, since=ask.now - RECENT, topic=config.name))
    rule: RuleView | None = None
    pending: tuple[Mark, ...] = ()
    if isinstance(topic, LearntTopic):
        definition = topic.definition
        rule = read_rule_view(definition)
        if config.rule is not None:
            pending = await ask.read(lambda ledger: pending_marks(ledger, config, definition))
    return ask.page(
        "topics/topic",
        row=row,
        topic=read_topic(config, topic),
        rule=rule,
        pending=len(pending),
        feeds=config.feeds,
        stories=stories[:SHOWN],
        story_count=len(stories),
        is_live=any(one.name == config.name for one in ask.settings.topics),
        kind="articles" if config.articles else "query" if config.query else "rule",
    )


async def show_trial(ask: PageRequest) -> Response:
    """Show which stories of the last 30 days the topic would alert about now."""
    _, config = await named_topic(ask)
    topic = await topic_now(ask, config)
    trial = await trial_of(ask, config.name, topic, feeds=config.feeds)
    return ask.page("topics/trial", name=config.name, trial=trial)


async def sort_past(ask: PageRequest) -> Response:
    """Start judging the items of the last 30 days; their stories appear on the page without alerts."""
    _, config = await named_topic(ask)
    topic = await topic_now(ask, config)
    judging = partial(apply_topic, ask.database, config, topic, since=ask.now - RECENT, now=ask.now)
    ask.context.pool.submit(judging).add_done_callback(partial(_note_fault, config.name))
    text = "The items of the last 30 days are being judged. Their stories appear here within minutes; none is alerted."
    return ask.done(topic_path(config.name), text)


def _note_fault(name: str, done: Future[Applied]) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None:
        log.error("topic=%s outcome=not judged on past items: %s", name, error)


PAGES = (
    post("/topics/{topic:path}/apply", sort_past),
    get("/topics/{topic:path}/trial", show_trial),
    get("/topics/{topic:path}", show),
)
