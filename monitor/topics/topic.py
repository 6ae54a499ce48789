"""The interface of topics for the rest of the program: learnt rules and queries answer the same questions.

Judges, and the parts that learn, are imported when they are asked for: most commands only name topics or read their text.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from monitor.topics.rules.format import format_rule
from monitor.topics.vocabulary.embeddings import meanings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.judging.matcher import Matcher
    from monitor.topics.judging.sieve import Sieve
    from monitor.topics.learning.feedback import Marked
    from monitor.topics.learning.suggest import Suggestion
    from monitor.topics.queries.query import Query
    from monitor.topics.rules.diff import Change
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document

VECTOR_LEFT_OUT = "# [meaning]: numbers for the semantic extra, left out here"


class Topic(Protocol):
    """The decision procedure of one topic. A `Matcher` or a `Sieve` compiles its `definition`."""

    @property
    def definition(self) -> Rule | Query:
        """The parsed rule or query."""
        ...

    @property
    def text(self) -> str:
        """The rule or query as written, which identifies the rule version."""
        ...

    @property
    def readable(self) -> str:
        """The text for a person, without numbers that only programs read."""
        ...

    @property
    def hash(self) -> str:
        """The key of the rule version: the SHA-256 of `text`."""
        ...

    @property
    def threshold(self) -> float | None:
        """The points that make a match; None where no points are counted."""
        ...

    @property
    def required(self) -> tuple[str, ...]:
        """The names that must all occur (`must`)."""
        ...

    @property
    def fit(self) -> bool:
        """Whether the items that come near it may change its threshold (see `monitor.fitting`)."""
        ...

    @property
    def learns(self) -> bool:
        """Whether marks and suggestions may change the topic."""
        ...

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Sentences on what is valid in the text, but was probably meant otherwise."""
        ...

    def describe(self) -> tuple[str, ...]:
        """Return sentences on what the topic matches; none for a query, whose text says it."""
        ...

    def without_cast(self) -> Topic:
        """Return the same topic without the subtraction of points for names outside its cast."""
        ...

    def remarked(self, marks: Sequence[Marked]) -> Topic:
        """Return the topic changed by marks; the same topic if it does not learn."""
        ...

    def changes_to(self, other: Topic) -> list[Change]:
        """Return the differences of another version of the topic from this one."""
        ...

    def suggestions(
        self, matching: Sequence[Document], missed: Sequence[Document], others: Sequence[Document]
    ) -> list[Suggestion]:
        """Return suggested further words; none if the topic does not learn."""
        ...


@dataclass(frozen=True, slots=True)
class LearntTopic:
    """A topic that judges by a rule, learnt from articles or edited by hand."""

    definition: Rule
    fit: bool = False

    @property
    def text(self) -> str:
        """The rule as TOML."""
        return format_rule(self.definition)

    @property
    def readable(self) -> str:
        """The rule as TOML, without the vector of the semantic extra."""
        if self.definition.meaning is None:
            return self.text
        return f"{format_rule(replace(self.definition, meaning=None))}\n{VECTOR_LEFT_OUT}\n"

    @property
    def hash(self) -> str:
        """The SHA-256 of the text."""
        return _sha256(self.text)

    @property
    def threshold(self) -> float | None:
        """The rule's threshold."""
        return self.definition.threshold

    @property
    def required(self) -> tuple[str, ...]:
        """The rule's `must`."""
        return self.definition.must

    @property
    def learns(self) -> bool:
        """True: rules learn."""
        return True

    @property
    def mistakes(self) -> tuple[str, ...]:
        """None are known."""
        return ()

    def describe(self) -> tuple[str, ...]:
        """Return what the rule would catch at each breadth."""
        from monitor.topics.learning.summary import reach

        return reach(self.definition)

    def without_cast(self) -> Topic:
        """Return the topic with its rule's cast removed."""
        return replace(self, definition=replace(self.definition, cast=None))

    def remarked(self, marks: Sequence[Marked]) -> Topic:
        """Return the topic with its rule changed by marks."""
        from monitor.topics.learning.feedback import remarked

        return replace(self, definition=remarked(self.definition, marks))

    def changes_to(self, other: Topic) -> list[Change]:
        """Return the differences of another rule from this one; nothing if the other is not a rule."""
        from monitor.topics.rules.diff import changes

        return changes(self.definition, other.definition) if isinstance(other, LearntTopic) else []

    def suggestions(
        self, matching: Sequence[Document], missed: Sequence[Document], others: Sequence[Document]
    ) -> list[Suggestion]:
        """Return suggested further words for the rule."""
        from monitor.topics.learning.suggest import suggestions

        return suggestions(self.definition, matching, missed, others, meanings())


@dataclass(frozen=True, slots=True)
class QueryTopic:
    """A topic that judges by its owner's query: it counts no points and never learns."""

    definition: Query

    @property
    def text(self) -> str:
        """The query as its owner wrote it."""
        return self.definition.text

    @property
    def readable(self) -> str:
        """The query as its owner wrote it."""
        return self.definition.text

    @property
    def hash(self) -> str:
        """The SHA-256 of the text."""
        return _sha256(self.text)

    @property
    def threshold(self) -> float | None:
        """None: a query is true or false."""
        return None

    @property
    def required(self) -> tuple[str, ...]:
        """Nothing: the conditions of a query are part of its text."""
        return ()

    @property
    def fit(self) -> bool:
        """Queries have no threshold."""
        return False

    @property
    def learns(self) -> bool:
        """False: queries do not learn."""
        return False

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Operators that are read as words."""
        from monitor.topics.queries.mistakes import mistakes

        return mistakes(self.text)

    def describe(self) -> tuple[str, ...]:
        """Return nothing: the text of a query says what it catches."""
        return ()

    def without_cast(self) -> Topic:
        """Return the same topic: a query has no cast."""
        return self

    def remarked(self, marks: Sequence[Marked]) -> Topic:
        """Return the same topic."""
        del marks
        return self

    def changes_to(self, other: Topic) -> list[Change]:
        """Return nothing: a query changes as a whole."""
        del other
        return []

    def suggestions(
        self, matching: Sequence[Document], missed: Sequence[Document], others: Sequence[Document]
    ) -> list[Suggestion]:
        """Return nothing."""
        del matching, missed, others
        return []


def matcher_of(topics: Mapping[str, Topic]) -> Matcher:
    """Return a judge by every topic, which also scores topics that do not match."""
    from monitor.topics.judging.matcher import Matcher

    return Matcher({name: topic.definition for name, topic in topics.items()})


def sieve_of(topics: Mapping[str, Topic], *, floors: Mapping[str, float] | None = None) -> Sieve:
    """Return a judge that skips topics which cannot match: for live matching by thousands of topics.

    `floors` are the shares of their thresholds that some topics need to be judged, where that is less than all.
    """
    from monitor.topics.judging.sieve import Sieve

    return Sieve({name: topic.definition for name, topic in topics.items()}, floors=floors)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
