"""The effect of marks on past items: each version of a topic judges them in order, as live matching would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.fitting.archive_judge import ArchiveJudge
from monitor.matching.marks import RuleEffect
from monitor.matching.read_topics.load_topics import fitting_topic
from monitor.topics.topic import matcher_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.matching.backtest import Dated
    from monitor.topics.judging.score import Judgement
    from monitor.topics.topic import Topic
    from storage.model import Mark

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTopic:
    """A version of a topic, with the marks that a fitted rule takes into account."""

    name: str
    topic: Topic
    marks: tuple[Mark, ...]


def effect_of(past: Iterable[Dated], before: MarkedTopic, after: MarkedTopic) -> RuleEffect:
    """Return the past documents that match by only one of two versions of a topic. `past` is in order of arrival."""
    matcher = matcher_of({BEFORE: before.topic, AFTER: after.topic})
    was_matched, is_matched = _decider(before), _decider(after)
    more, fewer = [], []
    for one in past:
        judgements = matcher.judge(one.document)
        was, is_now = was_matched(one, judgements[BEFORE]), is_matched(one, judgements[AFTER])
        if is_now and not was:
            more.append(one.document)
        elif was and not is_now:
            fewer.append(one.document)
    return RuleEffect(more=tuple(more), fewer=tuple(fewer))


def _decider(version: MarkedTopic) -> Callable[[Dated, Judgement], bool]:
    """Return a function that decides the next document, given its judgement by the rule as written."""
    fitting = fitting_topic(version.name, version.topic, version.marks)
    if fitting is None:
        return lambda _, judgement: judgement.matched
    judge = ArchiveJudge(fitting.rule, verdicts=fitting.verdicts)
    return lambda one, judgement: judge.decide(one.document, one.at, judgement).matched
