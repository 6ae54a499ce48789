"""Suggests further words for a topic's rule from past items, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.matching.item_document import document_of
from monitor.topics.judging.score import NEAR
from monitor.topics.topic import matcher_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.topics.learning.suggest import Suggestion
    from monitor.topics.topic import Topic
    from storage.database import Ledger


class TopicDoesNotLearn(ActionRefused):
    """Suggestions were requested for a query, which does not learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """The suggestions for a topic, and the number of past items that match it."""

    matching: int
    suggestions: tuple[Suggestion, ...]


def suggest(ledger: Ledger, name: str, topic: Topic, *, since: datetime) -> Suggested:
    """Return suggestions for a topic from the items first seen since a time.

    Raises:
        TopicDoesNotLearn: the topic is a query.
    """
    if not topic.learns:
        raise TopicDoesNotLearn(f"{name} is a query; suggestions are for learnt rules")
    matcher = matcher_of({name: topic})
    past = [document_of(item) for item in ledger.items.since(since)]
    judged = [(document, matcher.judge(document)[name]) for document in past]
    matching = [document for document, one in judged if one.matched]
    missed = [document for document, one in judged if one.score >= NEAR and not one.matched]
    others = [document for document, one in judged if one.score < NEAR]
    found = topic.suggestions(matching, missed, others)
    return Suggested(matching=len(matching), suggestions=tuple(found))
