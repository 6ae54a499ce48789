"""The effect of marks on past items, as the fitted rule decides them."""

from __future__ import annotations

from datetime import timedelta

from builders import NOON
from examples import a_document, an_article

from monitor.actions.topics.mark_effect import MarkedTopic, effect_of
from monitor.matching.backtest import Dated
from monitor.topics.learning.learn import learn
from monitor.topics.topic import LearntTopic

RULE = learn("ferry", [an_article(0)], breadth="story")
TITLES = (
    "Velmont ferry sinks off Brevik with 60 aboard",
    "Search off Brevik goes on",
    "Garden show opens",
)


def a_version(rule, *, fit):
    return MarkedTopic(name="ferry", topic=LearntTopic(rule, fit=fit), marks=())


def past():
    for hours, title in enumerate(TITLES):
        yield Dated(document=a_document(title, id=str(hours)), at=NOON + timedelta(hours=hours))


def test_the_effect_is_that_of_the_rule_as_it_is_fitted():
    """An item that matches only by its neighbours is counted where the topic is fitted, and nowhere else."""
    found = effect_of(past(), a_version(RULE, fit=False), a_version(RULE, fit=True))
    assert [one.title for one in found.more] == [TITLES[1]]
    assert not found.fewer
    assert not effect_of(past(), a_version(RULE, fit=True), a_version(RULE, fit=True)).items
