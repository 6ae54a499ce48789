"""Reads configured topics from their files: examples to learn from, a rule, or a query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.config.errors import ConfigError, TopicRefused
from monitor.fitting.fit import FittingTopic, Verdicts, fitting_rule
from monitor.matching.marks import marks_of
from monitor.matching.match import WatchedTopic
from monitor.topics.judging.semantic import learnt_meaning
from monitor.topics.learning.articles import ArticleError, read_article
from monitor.topics.learning.learn import LearnError, Learnt, learn_with_remarks
from monitor.topics.queries.query import parse_query
from monitor.topics.queries.tokens import QueryError
from monitor.topics.rules.format import is_as_learnt
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth, RuleError
from monitor.topics.topic import LearntTopic, QueryTopic
from monitor.topics.vocabulary.embeddings import LANGUAGES, meanings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from monitor.config.settings import TopicConfig
    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Article
    from storage.database import Ledger
    from storage.model import Mark


def load_topic(config: TopicConfig, marks: Iterable[Mark] = ()) -> Topic:
    """Return a configured topic; one learnt from articles learns from its marks too.

    Raises:
        TopicRefused: its rule or query is wrong, or its examples give no rule.
    """
    if config.query is not None:
        try:
            return QueryTopic(parse_query(config.query, f"topic {config.name!r}"))
        except QueryError as error:
            raise TopicRefused(str(error)) from error
    if config.rule is not None:
        rule = read_rule(config.rule)
        breadth = rule.breadth if config.breadth is None else Breadth(config.breadth)
        fit = is_as_learnt(rule) if config.fit is None else config.fit
        return LearntTopic(replace(rule, name=config.name, breadth=breadth), fit=fit)
    given = [article_file(path) for path in config.articles]
    learnt = learn_rule(config.name, given, breadth=config.breadth).rule
    return LearntTopic(learnt, fit=config.fit is not False).remarked(marks_of(config.name, marks))


def load_current_topic(config: TopicConfig, ledger: Ledger) -> Topic:
    """Return a configured topic as it judges now, with the marks in the database.

    Raises:
        TopicRefused: as `load_topic` does.
    """
    return load_topic(config, ledger.marks.active())


def watched(config: TopicConfig, topic: Topic, marks: Iterable[Mark] = ()) -> WatchedTopic:
    """Return a topic as matching stores and matches it."""
    return WatchedTopic(
        name=config.name,
        text=topic.text,
        hash=topic.hash,
        feeds=None if config.feeds is None else frozenset(config.feeds),
        fulltext=bool(config.fulltext),
        fitting=fitting_topic(config.name, topic, marks),
    )


def fitting_topic(name: str, topic: Topic, marks: Iterable[Mark]) -> FittingTopic | None:
    """Return a topic in the form in which its rule is fitted; None if it is not."""
    rule = fitting_rule(topic)
    if rule is None:
        return None
    own = marks_of(name, marks)
    meant = {one.document.id: one.meant for one in own}
    verdicts = Verdicts(meant=meant, documents=tuple(one.document for one in own))
    return FittingTopic(name=name, rule=rule, hash=topic.hash, verdicts=verdicts)


def read_rule(path: Path) -> Rule:
    """Return the rule in a file.

    Raises:
        TopicRefused: the file cannot be read, or is not a valid rule.
    """
    try:
        return parse_rule(read_text(path), str(path))
    except RuleError as error:
        raise TopicRefused(str(error)) from error


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        TopicRefused: the file cannot be read, or is not text.
    """
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TopicRefused(f"{path}: is not UTF-8 text; save it as UTF-8") from None


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
    return GivenArticle(name=path.name, body=_read(path))


def learn_rule(
    name: str, given: Sequence[GivenArticle], *, against: Sequence[GivenArticle] = (), breadth: str | None
) -> Learnt:
    """Return the rule learnt from articles, with remarks on articles left out or with problems.

    Raises:
        TopicRefused: no rule can be learnt from them.
    """
    set_aside: list[str] = []
    articles = _articles(given, set_aside)
    if not articles and set_aside:
        raise TopicRefused("; ".join(set_aside))
    try:
        learnt = learn_with_remarks(name, articles, against=_articles(against, set_aside), breadth=breadth)
    except LearnError as error:
        raise TopicRefused(str(error)) from error
    rule = _with_meaning(learnt.rule, articles)
    return replace(learnt, rule=rule, remarks=(*set_aside, *learnt.remarks))


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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TopicRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None


def check_topic(config: TopicConfig) -> Iterable[ConfigError]:
    """Yield the error of a configured topic that cannot be used."""
    try:
        load_topic(config)
    except TopicRefused as refusal:
        cause, _, remedy = str(refusal).removeprefix(f"topic {config.name!r}: ").partition("; ")
        yield ConfigError(
            path=config.path,
            line=config.line if config.query is None else config.query_line,
            where=f"topic {config.name!r}",
            cause=cause,
            remedy=remedy or "correct it, or remove the topic",
        )
