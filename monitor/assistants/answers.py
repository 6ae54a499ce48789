"""The answers of the tools: the values of `--format json`, with every string on one visible line.

Titles and texts come from untrusted feeds, and an assistant reads characters that a person cannot see: those without a
glyph are left out (R16, R17).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.render.digest_message import digest_json
from alerts.render.formats.escape import one_line
from monitor.config.errors import BadValueError, suggestion
from monitor.config.units import parse_duration
from monitor.matching.read_topics.load_topics import load_current_topic
from monitor.text.ids import id_number
from monitor.views.alerts.digest import read_digest
from monitor.views.find_feed import find_feed
from monitor.views.history.items import item_row_json, search_items
from monitor.views.history.stories import read_stories, read_story, story_item_json, story_row_json
from monitor.views.history.why import explanation_json, read_explanation
from monitor.views.refused import ViewRefused
from monitor.views.topics.judgement import judge_stored, judgement_json, stored_item

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.config.settings import Settings, TopicConfig
    from storage.database import Database

MOST = 100  # rows of an answer; an assistant can request more


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers requests from one configuration and its database, at the time given by the clock."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]

    def search_items(
        self, query: str, *, since: str | None, feed: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return the items that hold all words of a query, newest first.

        Raises:
            ViewRefused: the query, the feed or the time cannot be read.
        """
        after = None if since is None else self._past(since)
        with self.database.read() as ledger:
            only = None if feed is None else find_feed(ledger, feed)
            found = search_items(ledger, query, limit=_most(limit), after=after, feed=only)
        return [visible(item_row_json(row)) for row in found]

    def list_stories(self, *, since: str, topic: str | None, limit: int) -> list[dict[str, Any]]:
        """Return the stories with items seen in that time, largest and newest first.

        Raises:
            ViewRefused: there is no such topic, or the time cannot be read.
        """
        if topic is not None:
            self._topic(topic)
        after = self._past(since)
        with self.database.read() as ledger:
            found = read_stories(ledger, since=after)
        of_topic = [row for row in found if topic in {None, row.topic}]
        return [visible(story_row_json(row)) for row in of_topic[: _most(limit)]]

    def show_story(self, story: str) -> dict[str, Any]:
        """Return a story with its items.

        Raises:
            ViewRefused: there is no such story.
        """
        with self.database.read() as ledger:
            found = read_story(ledger, story)
        items = [story_item_json(item) for item in found.items]
        return visible(
            story_row_json(found.story)
            | {"merged_from": found.merged_from, "items": items[:MOST], "more": max(len(items) - MOST, 0)}
        )

    def why(self, ident: str) -> dict[str, Any]:
        """Return the path of an item, a story, an alert or a delivery.

        Raises:
            ViewRefused: the id names nothing.
        """
        with self.database.read() as ledger:
            return visible(explanation_json(read_explanation(ledger, self.settings, ident)))

    def explain(self, topic: str, item: str) -> dict[str, Any]:
        """Return a topic's judgement of an item.

        Raises:
            ViewRefused: there is no such topic or item.
            TopicRefused: the topic's rule or examples cannot be read.
        """
        config, number = self._topic(topic), id_number(item, "i")
        with self.database.read() as ledger:
            stored = None if number is None else stored_item(ledger, number)
            if stored is None:
                raise ViewRefused(f"no item {item}; `search_items` shows items with their ids")
            current = load_current_topic(config, ledger)
            judged = judge_stored(ledger, config, current, stored)
        return visible(judgement_json(judged))

    def digest(self, *, since: str, topic: str | None) -> dict[str, Any]:
        """Return the stories of the last hours or days with their items.

        Raises:
            ViewRefused: there is no such topic, or the time cannot be read.
        """
        topics = None if topic is None else [self._topic(topic).name]
        with self.database.read() as ledger:
            found = read_digest(ledger, since=self._past(since), until=self.clock(), topics=topics)
        return visible(json.loads(digest_json(found))["data"])

    def _past(self, since: str) -> datetime:
        try:
            return self.clock() - parse_duration(since)
        except BadValueError as error:
            raise ViewRefused(f"since: {error}") from None

    def _topic(self, name: str) -> TopicConfig:
        known = {one.name: one for one in self.settings.topics}
        if name not in known:
            raise ViewRefused(f"no topic {name!r}; {suggestion(name, known)}")
        return known[name]


def visible(value: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON object whose every string is one line of visible characters."""
    return {name: _visible(one) for name, one in value.items()}


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, list):
        return [_visible(one) for one in value]
    return visible(value) if isinstance(value, dict) else value


def _most(limit: int) -> int:
    return min(max(limit, 1), MOST)
