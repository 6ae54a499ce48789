"""Learns a topic's rule from its examples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.config.errors import TopicRefused
from monitor.matching.read_topics.rule_files import file_bytes
from monitor.topics.judging.semantic import learnt_meaning
from monitor.topics.learning.articles import ArticleError, read_article
from monitor.topics.learning.learn import LearnError, Learnt, learn_with_remarks
from monitor.topics.rules.rule import Breadth
from monitor.topics.vocabulary.embeddings import LANGUAGES, meanings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from monitor.config.settings import TopicConfig
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenArticle:
    """An unread example: the bytes of a file, a page or a pasted text, and its name in messages."""

    name: str
    body: bytes


def article_file(path: Path) -> GivenArticle:
    """Return a file as an example.

    Raises:
        TopicRefused: it cannot be read.
    """
    return GivenArticle(name=path.name, body=file_bytes(path))


def learn_rule(
    name: str, given: Sequence[GivenArticle], *, against: Sequence[GivenArticle] = (), breadth: str | None
) -> Learnt:
    """Return the rule learnt from articles, with remarks on articles left out or with problems.

    Raises:
        TopicRefused: no rule can be learnt from them.
    """
    learnt, articles = _learn(name, given, against, breadth)
    return replace(learnt, rule=_with_meaning(learnt.rule, articles))


def _learn(
    name: str, given: Sequence[GivenArticle], against: Sequence[GivenArticle], breadth: str | None
) -> tuple[Learnt, list[Article]]:
    """Return the rule without the meaning of its examples, and the examples."""
    set_aside: list[str] = []
    articles = _articles(given, set_aside)
    if not articles and set_aside:
        raise TopicRefused("; ".join(set_aside))
    try:
        learnt = learn_with_remarks(name, articles, against=_articles(against, set_aside), breadth=breadth)
    except LearnError as error:
        raise TopicRefused(str(error)) from error
    return replace(learnt, remarks=(*set_aside, *learnt.remarks)), articles


def learn_compared(
    name: str, given: Sequence[GivenArticle], *, against: Sequence[GivenArticle] = (), breadth: str | None
) -> Learnt:
    """Return what `learn_rule` returns, with a function that learns the rules of the other breadths.

    Raises:
        TopicRefused: no rule can be learnt from them.
    """
    learnt = learn_rule(name, given, against=against, breadth=breadth)

    def find_others() -> tuple[Rule, ...]:
        others = [other for other in Breadth if other is not learnt.rule.breadth]
        rules = [_learn(name, given, against, other.value)[0].rule for other in others]
        # The examples are the same, and so is their meaning.
        return tuple(replace(rule, meaning=learnt.rule.meaning) for rule in rules)

    return replace(learnt, find_others=find_others)


def _with_meaning(rule: Rule, articles: Sequence[Article]) -> Rule:
    """Return the rule with the meaning of its examples, if the semantic extra is installed."""
    reads = meanings()
    if reads is None or rule.language not in LANGUAGES:
        return rule
    used = {source.file for source in rule.learnt_from if not source.counter}
    return replace(rule, meaning=learnt_meaning([one for one in articles if one.name in used], reads))


def examples_of(topic: TopicConfig) -> list[Article]:
    """Return the readable articles that a configured topic is learnt from."""
    return _articles([article_file(path) for path in topic.articles], [])


def _articles(given: Sequence[GivenArticle], set_aside: list[str]) -> list[Article]:
    articles = []
    for one in given:
        try:
            articles.append(read_article(one.body, one.name))
        except ArticleError as error:
            set_aside.append(str(error))
    return articles
