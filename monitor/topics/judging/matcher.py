"""Judges documents by many topics at once; each word is looked up once.

An index of terms comes first: only topics that share a word with the document are scored at all. Where the
semantic extra is installed, it decides documents whose words are not decisive.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from monitor.topics.judging.index import RuleIndex, WakeIndex
from monitor.topics.judging.score import NEAR, NOTHING, Details, Judgement, compiled, length_factor
from monitor.topics.judging.semantic import semantic_judge
from monitor.topics.queries.query import Query
from monitor.topics.vocabulary.read_document import ReadDocument
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.judging.score import CompiledRule
    from monitor.topics.judging.semantic import SemanticJudge
    from monitor.topics.queries.search import Hit
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document


def by_kind(topics: Mapping[str, Rule | Query]) -> tuple[dict[str, Rule], dict[str, Query]]:
    """Return the rules and the queries among the definitions of topics."""
    queries = {name: topic for name, topic in topics.items() if isinstance(topic, Query)}
    return {name: topic for name, topic in topics.items() if not isinstance(topic, Query)}, queries


class Judgements(dict[str, Judgement]):
    """Judgements by topic. A topic without evidence has the judgement `NOTHING` and is not listed."""

    def __missing__(self, topic: str) -> Judgement:
        """Return the judgement of a topic without any evidence."""
        return NOTHING


class Matcher:
    """Judges documents by a fixed set of topics. Threads may share it."""

    def __init__(self, topics: Mapping[str, Rule | Query], *, second: SemanticJudge | None = None) -> None:
        """Compile and index every topic; pass `second` to reuse a semantic judge."""
        rules, queries = by_kind(topics)
        self._rules: dict[str, CompiledRule] = {name: compiled(rule) for name, rule in rules.items()}
        by_language: dict[str, dict[str, CompiledRule]] = defaultdict(dict)
        for name, rule in self._rules.items():
            by_language[rule.language][name] = rule
        self._indexes = {language: RuleIndex(rules, language) for language, rules in by_language.items()}
        self._queries = WakeIndex(queries)
        self._second = second or semantic_judge(rules)

    def asks_meaning(self, document: Document) -> bool:
        """Whether a document's meaning decides, because it is in another language; takes 10 ms instead of 0.1."""
        return self._second is not None and self._second.is_abroad(document)

    def judge(self, document: Document) -> Judgements:
        """Return how every topic judges a document."""
        judgements = self.by_words(document)
        self.revise(document, judgements)
        return judgements

    def revise(self, document: Document, judgements: Judgements) -> None:
        """Change in place the judgements that the document's meaning decides."""
        if self._second is not None:
            self._second.revise(document, judgements)

    def is_open(self, document: Document, judgements: Judgements) -> bool:
        """Whether `revise` would read the document's meaning."""
        return self._second is not None and self._second.is_open(document, judgements)

    def by_words(self, document: Document) -> Judgements:
        """Return how every topic judges a document by its words alone."""
        reading = ReadDocument(document)
        judgements = Judgements()
        length = length_factor(reading) if self._indexes else 1.0
        for index in self._indexes.values():
            for name, found in index.found_in(reading).items():
                rule = self._rules[name]
                judgements[name] = rule.judge(rule.counted(found, reading), length, reading)
        for name, hits in self._queries.found_in(reading):
            judgements[name] = satisfied(hits)
        return judgements

    def is_near(self, document: Document) -> bool:
        """Whether a document is near some topic, so that its full text might match."""
        return any(judgement.score >= NEAR for judgement in self.judge(document).values())


def satisfied(hits: Sequence[Hit]) -> Judgement:
    """Return the judgement for a satisfied query, with the parts that were found."""
    return Judgement(score=1.0, explain=partial(_reasons, hits))


def _reasons(hits: Sequence[Hit]) -> Details:
    distinct = dict.fromkeys(hits)
    return Details(
        why=tuple(Why(term=hit.text, weight=round(1 / len(distinct), 4), where=hit.where) for hit in distinct)
    )
