"""Learning: from one to five articles to a rule, by counting.

A candidate's weight grows with how rare it is in news, with the share of the articles that hold it, and more when it
stands in their titles and openings. An idea of the thesaurus is weighed like a word that all its names spell. Then
each article is judged in the form of a feed item (title and first words), and the threshold is a share of what they
get on average: an item has to be about as much on the topic as the examples' own summaries are.
The constants were fitted on labelled news (docs/measurements.md), one set for every topic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.text import language_of
from monitor.topics.document import Document
from monitor.topics.evidence import Candidate, ReadArticle, candidates, read
from monitor.topics.focus import focused
from monitor.topics.frequencies import Frequencies
from monitor.topics.frequencies import shipped as shipped_frequencies
from monitor.topics.judge import Matcher
from monitor.topics.rule import THRESHOLD, Breadth, Facet, Rule, Source, Term
from monitor.topics.thesaurus import EMPTY, Thesaurus
from monitor.topics.thesaurus import shipped as shipped_thesaurus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.document import Article

RARITY = 1.6  # power of a term's rarity (log of items over items that hold it)
AGREEMENT = 1.25  # power of the share of articles that hold it
IN_TITLE = 0.85  # added to the log weight when it stands in every title
IN_LEAD = 1.2  # … in every title or opening
PAIR = -1.8  # … when it is a pair of words: its words count beside it
NUMBER = -1.2  # … when it holds a digit: sums and dates change from day to day
FEED_ITEM = 40  # words of an article's body that a feed would show beside its title
MOST_TERMS = 30  # of a rule: what follows are crumbs
MANY = 3  # examples: from here on, what a single one says in passing is left out
MOST_FACETS = 20
LEAST_POINTS = 0.15  # of a term that is written down


class LearnError(ValueError):
    """Examples that no rule can be learnt from: cause; remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A rule and what was odd about its examples, in words for their owner."""

    rule: Rule
    remarks: tuple[str, ...] = ()


def learn(
    name: str, articles: Sequence[Article], *, against: Sequence[Article] = (), breadth: str = "wide"
) -> Rule:
    """Return the rule that articles exemplify; `against` shows what is not meant.

    Raises:
        LearnError: there is no usable article.
    """
    return learn_with_remarks(name, articles, against=against, breadth=breadth).rule


def learn_with_remarks(
    name: str,
    articles: Sequence[Article],
    *,
    against: Sequence[Article] = (),
    breadth: str = "wide",
    frequencies: Frequencies | None = None,
) -> Learnt:
    """Learn as `learn` does and tell which articles were left out, and why.

    Raises:
        LearnError: there is no usable article.
    """
    used, language, remarks = _usable(name, articles)
    thesaurus = shipped_thesaurus() if language == "en" else EMPTY
    table = frequencies or shipped_frequencies()
    seen = [read(article, language, thesaurus) for article in used]
    weights = {one.key: (one, _weight(one, table, thesaurus)) for one in candidates(seen, thesaurus)}
    rule = replace(
        _draft(weights, seen, thesaurus),
        name=name,
        breadth=Breadth(breadth),
        language=language,
        learnt_from=tuple(_source(article) for article in used),
    )
    scaled = _calibrated(rule, used)
    return Learnt(
        rule=focused(scaled, [one for one, _ in weights.values()], thesaurus), remarks=tuple(remarks)
    )


def _usable(name: str, articles: Sequence[Article]) -> tuple[list[Article], str, list[str]]:
    remarks = [f"{article.name}: {remark}" for article in articles for remark in article.remarks]
    used: list[Article] = []
    texts: dict[str, str] = {}
    for article in articles:
        text = f"{article.title}\n{article.text}"
        twin = texts.setdefault(text, article.name)
        if twin == article.name and article not in used:
            used.append(article)
        else:
            remarks.append(f"{article.name}: the same article as {twin}, left out")
    if not used:
        raise LearnError(f"topic {name!r}: no example to learn from; give one to five articles")
    languages = [language_of(f"{article.title} {article.text}") for article in used]
    language = max(dict.fromkeys(languages), key=languages.count)
    for article, its in zip(used, languages, strict=True):
        if its != language:
            remarks.append(
                f"{article.name}: in another language ({its}) than the others ({language}), left out"
            )
    return (
        [article for article, its in zip(used, languages, strict=True) if its == language],
        language,
        remarks,
    )


def _weight(one: Candidate, table: Frequencies, thesaurus: Thesaurus) -> float:
    if one.is_idea:
        count = sum(table.count(" ".join(phrase)) for phrase in thesaurus.ideas[one.key].phrases)
    else:
        count = table.count(one.key)
    rarity = max(0.1, math.log((table.items + 1) / (count + 0.5)))
    bonus = IN_TITLE * one.title + IN_LEAD * one.lead
    if not one.is_idea:
        bonus += PAIR * (" " in one.key) + NUMBER * any(letter.isdigit() for letter in one.key)
    return float(rarity**RARITY * one.share**AGREEMENT * math.exp(bonus))


def _draft(
    weights: dict[str, tuple[Candidate, float]], seen: list[ReadArticle], thesaurus: Thesaurus
) -> Rule:
    ranked = sorted(weights.values(), key=lambda pair: (-pair[1], pair[0].key))
    ideas = [pair for pair in ranked if pair[0].is_idea][:MOST_FACETS]
    terms = [pair for pair in ranked if not pair[0].is_idea and _told_twice(pair[0], len(seen))][:MOST_TERMS]
    return Rule(
        name="",
        facets=tuple(_facet(one, weight, thesaurus) for one, weight in ideas),
        terms=tuple(
            Term(text=_written(one.key, seen), points=weight, articles=one.articles) for one, weight in terms
        ),
    )


def _told_twice(one: Candidate, number: int) -> bool:
    """Whether more than one of several articles holds a term, or a title does: else it is that article's own."""
    return number < MANY or len(one.articles) > 1 or one.title > 0


def _facet(one: Candidate, weight: float, thesaurus: Thesaurus) -> Facet:
    phrases = thesaurus.ideas[one.key].phrases
    return Facet(
        name=one.key,
        points=weight,
        words=tuple(text for phrase, text in phrases.items() if phrase in one.phrases),
        also=tuple(text for phrase, text in phrases.items() if phrase not in one.phrases),
    )


def _written(term: str, seen: list[ReadArticle]) -> str:
    """Return the commonest way in which the articles write a term."""
    counts: dict[str, int] = {}
    for article in seen:
        for text, count in article.written.get(term, {}).items():
            counts[text] = counts.get(text, 0) + count
    return min(counts, key=lambda text: (-counts[text], text))


def _calibrated(rule: Rule, articles: list[Article]) -> Rule:
    """Return the rule with its threshold set and its points scaled so that the threshold is the usual number."""
    items = [
        Document(id="", title=article.title, summary=" ".join(article.text.split()[:FEED_ITEM]))
        for article in articles
    ]
    matcher = Matcher({rule.name: rule})
    own = [max(matcher.judge(item)[rule.name].points, LEAST_POINTS) for item in items]
    mean = math.exp(sum(math.log(points) for points in own) / len(own))
    factor = THRESHOLD / (mean * _share_needed(len(articles), rule.breadth))
    facets = tuple(replace(facet, points=round(facet.points * factor, 2)) for facet in rule.facets)
    terms = tuple(replace(term, points=round(term.points * factor, 2)) for term in rule.terms)
    return replace(
        rule,
        facets=tuple(facet for facet in facets if facet.points >= LEAST_POINTS),
        terms=tuple(term for term in terms if term.points >= LEAST_POINTS),
    )


def _share_needed(number: int, breadth: Breadth) -> float:
    """Return the share of the examples' own points that an item needs: one example holds all of its own words."""
    wide = math.exp(-0.3 - 1.03 / number)
    return wide if breadth is Breadth.WIDE else min(0.9, wide * 1.15)


def _source(article: Article) -> Source:
    return Source(file=article.name, sha256=article.sha256, date=article.date)
