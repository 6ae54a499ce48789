"""Counts of candidate terms and ideas in the articles, before they are weighted."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from monitor.text.names import UPPER
from monitor.text.stems import is_stop_word, pieces, stems
from monitor.text.words import words
from monitor.topics.learning.full_names import in_every, names_beside
from monitor.topics.vocabulary.document import READ
from monitor.topics.vocabulary.thesaurus import LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.vocabulary.document import Article
    from monitor.topics.vocabulary.thesaurus import Thesaurus

    Row: TypeAlias = Sequence[tuple[str, str]]  # each word and its stem

LEAD = 60  # words of the body that count as its opening
_NAME = re.compile(
    rf"(?<=[^\W\d_{UPPER}] )[{UPPER}][\w'\u2019-]*|(?<=[,;] )[{UPPER}][\w'\u2019-]*"
)  # a capital inside a sentence
_NO_NAME = re.compile(rf"\b[^\W\d_{UPPER}][\w'\u2019-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadArticle:
    """An article as stems and pairs of stems, and as ideas: in its title, anywhere, in its opening."""

    title: frozenset[str]
    body: frozenset[str]
    order: Sequence[str]  # terms in the order of the text, the title first
    lead: frozenset[str]
    ideas: dict[str, frozenset[tuple[str, ...]]]
    title_ideas: frozenset[str]
    lead_ideas: frozenset[str]
    times: Mapping[str, int]  # how often each idea is named
    length: int  # words
    counts: _Counts
    beside: Mapping[str, frozenset[str]]  # the names that always stand beside a name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """The spellings of terms, and how often each stem occurs: in all, inside a phrase, as a name, and not as a name."""

    written: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    all: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A term or an idea and the shares of articles that contain it: anywhere, in the title, in title or opening.

    For a term, `named` is the share of its occurrences inside sentences that are written as a name, and `inside` the
    share that is part of an idea's phrase. For an idea, `phrases` are those in the articles.
    `times` is how often it occurs in all of them, `beside` the number of names that it never occurs without.
    """

    key: str
    articles: tuple[int, ...]
    share: float
    title: float
    lead: float
    times: int = 0
    named: float = 0.0
    inside: float = 0.0
    beside: int = 0
    phrases: frozenset[tuple[str, ...]] = frozenset()

    @property
    def is_idea(self) -> bool:
        """Whether this is an idea of the thesaurus, not a term."""
        return bool(self.phrases)


def read(article: Article, language: str, thesaurus: Thesaurus) -> ReadArticle:
    """Read an article into stems and ideas."""
    body = article.opening(READ)
    title_row, body_row = _row(article.title, language), _row(body, language)
    counts = _counted(title_row, body_row, body, language, thesaurus)
    in_title, in_body, in_lead = (
        thesaurus.ideas_in([one for _, one in row]) for row in (title_row, body_row, body_row[:LEAD])
    )
    title_terms, body_terms = ([term for term, _ in _terms(row, language)] for row in (title_row, body_row))
    return ReadArticle(
        title=frozenset(title_terms),
        body=frozenset(body_terms),
        order=[*dict.fromkeys([*title_terms, *body_terms])],
        lead=frozenset(term for term, _ in _terms(body_row[: LEAD + 1], language)),
        ideas={
            name: frozenset(in_title.get(name, {})) | in_body.get(name, {}).keys()
            for name in in_title | in_body
        },
        title_ideas=frozenset(in_title),
        lead_ideas=frozenset(in_lead),
        times={name: sum(in_body.get(name, {}).values()) + (name in in_title) for name in in_title | in_body},
        length=len(body_row),
        counts=counts,
        beside=_full_names(article.title, body, language),
    )


def _full_names(title: str, body: str, language: str) -> Mapping[str, frozenset[str]]:
    """Return the names beside each name. English needs none: its counts of news know that first names are common."""
    return {} if language == LANGUAGE else names_beside(title, body, language)


def _row(text: str, language: str) -> Row:
    return pieces(words(text, language), language)


def _counted(title: Row, body: Row, text: str, language: str, thesaurus: Thesaurus) -> _Counts:
    counts = _Counts()
    for row in (title, body):
        covered = thesaurus.covered([one for _, one in row])
        counts.all.update(one for _, one in row)
        counts.inside.update(row[place][1] for place in covered)
        for term, shown in _terms(row, language):
            counts.written[term][shown] += 1
    for pattern, counter in ((_NAME, counts.names), (_NO_NAME, counts.plain)):
        counter.update(
            one for found in pattern.findall(text) for one in stems(words(found, language), language)
        )
    return counts


def _terms(row: Row, language: str) -> list[tuple[str, str]]:
    """Return the single stems and adjacent pairs of a sequence, without stop words, and how each is written."""
    terms: list[tuple[str, str]] = []
    before: tuple[str, str] | None = None
    for word, one in row:
        if is_stop_word(word, language):
            before = None
            continue
        terms.append((one, word))
        if before is not None:
            terms.append((f"{before[1]} {one}", f"{before[0]} {word}"))
        before = (word, one)
    return terms


def candidates(articles: Sequence[ReadArticle], thesaurus: Thesaurus) -> list[Candidate]:
    """Return the candidates in the articles: ideas, and the terms that belong to none of these ideas."""
    ideas = [
        _idea(name, articles) for name in sorted({name for article in articles for name in article.ideas})
    ]
    in_ideas = {" ".join(phrase) for idea in ideas for phrase in thesaurus.ideas[idea.key].phrases}
    # In the order of the text: of equal terms, the first one says more.
    terms = [
        term
        for term in dict.fromkeys(term for article in articles for term in article.order)
        if term not in in_ideas
    ]
    counts = [article.counts for article in articles]
    whole = _Counts(
        all=sum((one.all for one in counts), Counter[str]()),
        inside=sum((one.inside for one in counts), Counter[str]()),
        names=sum((one.names for one in counts), Counter[str]()),
        plain=sum((one.plain for one in counts), Counter[str]()),
    )
    beside = in_every(article.beside for article in articles)
    return ideas + [_term(term, articles, whole, len(beside.get(term, ()))) for term in terms]


def _idea(name: str, articles: Sequence[ReadArticle]) -> Candidate:
    number = len(articles)
    holding = tuple(place for place, article in enumerate(articles, 1) if name in article.ideas)
    return Candidate(
        key=name,
        articles=holding,
        share=len(holding) / number,
        title=sum(name in article.title_ideas for article in articles) / number,
        lead=sum(name in article.title_ideas | article.lead_ideas for article in articles) / number,
        times=sum(article.times.get(name, 0) for article in articles),
        phrases=frozenset(phrase for article in articles for phrase in article.ideas.get(name, ())),
    )


def _term(term: str, articles: Sequence[ReadArticle], counts: _Counts, beside: int) -> Candidate:
    number = len(articles)
    holding = tuple(
        place for place, article in enumerate(articles, 1) if term in article.title | article.body
    )
    parts = term.split()
    return Candidate(
        key=term,
        articles=holding,
        share=len(holding) / number,
        title=sum(term in article.title for article in articles) / number,
        lead=sum(term in article.title | article.lead for article in articles) / number,
        times=counts.all[term],
        named=max(counts.names[part] / max(1, counts.names[part] + counts.plain[part]) for part in parts),
        inside=counts.inside[term] / counts.all[term] if len(parts) == 1 else 0.0,
        beside=beside,
    )
