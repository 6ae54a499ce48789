"""A topic whose rule is fitted, and the items that come near it.

Without numpy, since most commands only ask whether a topic is fitted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.topics.rules.rule import Breadth, Rule
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.fitting.neighbourhood import NearItem
    from monitor.topics.judging.score import Judgement
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document

FLOOR = 0.5  # of the threshold: an item with less is not near the topic
MEANT, NOT_MEANT = (
    1.5,
    0.5,
)  # least share of a neighbour that the owner marked as meant, and greatest share of one marked as not meant


@value
class Verdicts:
    """The owner's marks: whether each item was meant, and their documents."""

    meant: Mapping[str, bool]
    documents: tuple[Document, ...] = ()

    def over(self, near: NearItem) -> NearItem:
        """Return an item with its share adjusted to its mark."""
        meant = self.meant.get(near.document.id)
        if meant is None or near.share is None:
            return near
        share = max(near.share, MEANT) if meant else min(near.share, NOT_MEANT)
        return replace(near, share=share, matched=meant)


NO_VERDICTS = Verdicts(meant={})


@value
class FittingTopic:
    """A topic whose rule is fitted: the rule as written, the hash of its version, and the owner's marks."""

    name: str
    rule: Rule
    hash: str
    verdicts: Verdicts = NO_VERDICTS


def fits(rule: Rule) -> bool:
    """Whether a rule can be fitted: its breadth is `story` and it is not fitted. Narrow ones use conditions instead."""
    return rule.breadth is Breadth.STORY and rule.fitted is None


def fitting_rule(topic: Topic) -> Rule | None:
    """Return the rule of a topic that is fitted, None for any other topic."""
    rule = topic.definition
    return rule if topic.fit and isinstance(rule, Rule) and fits(rule) else None


def default_threshold(rule: Rule) -> float:
    """Return the threshold of a rule as it was written."""
    return rule.threshold if rule.fitted is None else rule.fitted.default


def share_of(rule: Rule, judgement: Judgement) -> float | None:
    """Return the points of a judgement in shares of the threshold as written; None if the item is not near the topic.

    An item that lacks a condition of the rule, or was judged by its meaning alone, is not near.
    """
    from monitor.topics.judging.score import MATCHED  # noqa: PLC0415  # brings the words of languages
    from monitor.topics.judging.semantic import is_by_meaning  # noqa: PLC0415  # the same

    share = judgement.points / default_threshold(rule)
    if share < FLOOR or is_by_meaning(judgement):
        return None
    lacks = judgement.points >= judgement.threshold and judgement.score < MATCHED
    return None if lacks else share
