"""What a few articles say about which words matter: counts per candidate, before any weighing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.text import is_stop_word, stem, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.document import Article
    from monitor.topics.thesaurus import Thesaurus

READ = 400  # words of an article's body: news says early what it is about
LEAD = 60  # words of the body that count as its opening
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'\u2019-]*")  # a capital inside a sentence
_NO_NAME = re.compile(r"\b[a-z][\w'\u2019-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadArticle:
    """An article as stems: of its title, of its body, of its opening; and how its words are written."""

    title: frozenset[str]
    body: frozenset[str]
    lead: frozenset[str]
    ideas: dict[str, frozenset[tuple[str, ...]]]
    title_ideas: frozenset[str]
    lead_ideas: frozenset[str]
    written: dict[str, Counter[str]] = field(hash=False)
    names: Counter[str] = field(hash=False)
    plain: Counter[str] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A term or an idea and the shares of articles that hold it anywhere, in the title, in title or opening.

    `named` is the share of its occurrences inside sentences that are written as a name; `phrases` is set for an idea: its phrases seen.
    """

    key: str
    articles: tuple[int, ...]
    share: float
    title: float
    lead: float
    named: float = 0.0
    phrases: frozenset[tuple[str, ...]] = frozenset()

    @property
    def is_idea(self) -> bool:
        """Whether this is an idea of the thesaurus and not a term."""
        return bool(self.phrases)


def read(article: Article, language: str, thesaurus: Thesaurus) -> ReadArticle:
    """Read an article into stems."""
    body = " ".join(article.text.split()[:READ])
    written: dict[str, Counter[str]] = defaultdict(Counter)
    title_row = _row(article.title, language)
    body_row = _row(body, language)
    title_stems, body_stems = [one for _, one in title_row], [one for _, one in body_row]
    covered = thesaurus.covered(body_stems)
    title = _terms(title_row, language, thesaurus.covered(title_stems), written)
    whole = _terms(body_row, language, covered, written)
    lead = _terms(body_row[: LEAD + 1], language, covered, defaultdict(Counter))
    in_title, in_body = thesaurus.ideas_in(title_stems), thesaurus.ideas_in(body_stems)
    in_lead = thesaurus.ideas_in(body_stems[:LEAD])
    return ReadArticle(
        title=frozenset(title),
        body=frozenset(whole),
        lead=frozenset(lead),
        ideas={
            name: frozenset(in_title.get(name, {})) | frozenset(in_body.get(name, {}))
            for name in {**in_title, **in_body}
        },
        title_ideas=frozenset(in_title),
        lead_ideas=frozenset(in_lead),
        written=written,
        names=_stems_of(_NAME, body, language),
        plain=_stems_of(_NO_NAME, body, language),
    )


def _stems_of(pattern: re.Pattern[str], text: str, language: str) -> Counter[str]:
    return Counter(stem(word, language) for found in pattern.findall(text) for word in words(found))


def _row(text: str, language: str) -> list[tuple[str, str]]:
    return [(word, stem(word, language)) for word in words(text)]


def _terms(
    row: Sequence[tuple[str, str]],
    language: str,
    covered: set[int],
    written: dict[str, Counter[str]],
) -> set[str]:
    """Return the single stems and neighbouring pairs of a row and note how they are written.

    Stop words are left out, and `covered` words: those of a phrase count with its idea, on their own only elsewhere.
    """
    terms: set[str] = set()
    before: tuple[str, str] | None = None
    covered_before = False
    for place, (word, one) in enumerate(row):
        if is_stop_word(word, language):
            before = None
            continue
        here = place in covered
        found = [] if here else [(word, one)]
        if before is not None and not (here and covered_before):
            found.append((f"{before[0]} {word}", f"{before[1]} {one}"))
        for shown, term in found:
            terms.add(term)
            written[term][shown] += 1
        before, covered_before = (word, one), here
    return terms


def candidates(articles: Sequence[ReadArticle], thesaurus: Thesaurus) -> list[Candidate]:
    """Return what the articles hold: ideas, and the terms that are no word of one of these ideas."""
    ideas = [
        _idea(name, articles) for name in sorted({name for article in articles for name in article.ideas})
    ]
    told = {" ".join(phrase) for idea in ideas for phrase in thesaurus.ideas[idea.key].phrases}
    terms = sorted({term for article in articles for term in article.title | article.body} - told)
    names = sum((article.names for article in articles), Counter[str]())
    plain = sum((article.plain for article in articles), Counter[str]())
    return ideas + [_term(term, articles, names, plain) for term in terms]


def _idea(name: str, articles: Sequence[ReadArticle]) -> Candidate:
    number = len(articles)
    holding = tuple(place for place, article in enumerate(articles, 1) if name in article.ideas)
    return Candidate(
        key=name,
        articles=holding,
        share=len(holding) / number,
        title=sum(name in article.title_ideas for article in articles) / number,
        lead=sum(name in article.title_ideas or name in article.lead_ideas for article in articles) / number,
        phrases=frozenset(phrase for article in articles for phrase in article.ideas.get(name, ())),
    )


def _term(term: str, articles: Sequence[ReadArticle], names: Counter[str], plain: Counter[str]) -> Candidate:
    number = len(articles)
    holding = tuple(
        place for place, article in enumerate(articles, 1) if term in article.title or term in article.body
    )
    return Candidate(
        key=term,
        articles=holding,
        share=len(holding) / number,
        title=sum(term in article.title for article in articles) / number,
        lead=sum(term in article.title or term in article.lead for article in articles) / number,
        named=max(names[part] / max(1, names[part] + plain[part]) for part in term.split()),
    )
