"""Learns a rule from one to five articles.

The articles' terms and ideas are weighted (`weights`). Then each article is judged in the form of a feed item (title
and first words), and the threshold is a share of their average points: an item has to be about as much on the topic as
the summaries of the examples. Finally the conditions that all examples meet are added (`conditions`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.text.languages import language_of
from monitor.text.words import words
from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.boilerplate import is_notice
from monitor.topics.learning.cast import cast_of
from monitor.topics.learning.choose_breadth import BreadthChoice, of_examples, of_one_example
from monitor.topics.learning.conditions import on_its_subject, scaled, subject_of, with_conditions
from monitor.topics.learning.evidence import candidates, read
from monitor.topics.learning.weights import Examples, draft, without
from monitor.topics.rules.format import checksum_of
from monitor.topics.rules.rule import THRESHOLD, Breadth, Rule, Source
from monitor.topics.vocabulary.document import FEED_ITEM, Document
from monitor.topics.vocabulary.frequencies import Frequencies
from monitor.topics.vocabulary.frequencies import shipped as shipped_frequencies
from monitor.topics.vocabulary.thesaurus import EMPTY, LANGUAGE, Thesaurus
from monitor.topics.vocabulary.thesaurus import shipped as shipped_thesaurus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.topics.vocabulary.document import Article

LEAST_POINTS = 0.15  # least points, added or subtracted, of a part that is written to the rule
MARGIN = 1.05  # share of the threshold by which counter-examples stay below it
REPEATED = 0.6  # in a wide rule: an item on a subject repeats its words, a report of an event varies them
WITHOUT_IDEAS = 0.8  # factor of the share of points that items need, in languages without a thesaurus
LEAST_WORDS = 5  # least number of different words in an example: one sentence …
LEAST_CHARACTERS = 60  # … or characters, in a script without blanks


class LearnError(ValueError):
    """No rule can be learnt from the examples; the message names the cause and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A learnt rule, and remarks for the owner on its examples. `find_others` learns the rules of the other breadths."""

    rule: Rule
    remarks: tuple[str, ...] = ()
    find_others: Callable[[], tuple[Rule, ...]] = tuple


def learn(
    name: str, articles: Sequence[Article], *, against: Sequence[Article] = (), breadth: str | None = None
) -> Rule:
    """Return the rule learnt from articles; `against` are counter-examples. Without a breadth, the articles decide it.

    Raises:
        LearnError: there is no usable article.
    """
    return learn_with_remarks(name, articles, against=against, breadth=breadth).rule


def learn_with_remarks(
    name: str,
    articles: Sequence[Article],
    *,
    against: Sequence[Article] = (),
    breadth: str | None = None,
    frequencies: Frequencies | None = None,
) -> Learnt:
    """Learn like `learn`, with remarks on the articles that were left out. `frequencies` default to the shipped ones.

    Raises:
        LearnError: there is no usable article.
    """
    used, language, remarks = _usable(name, articles)
    thesaurus = shipped_thesaurus() if language == "en" else EMPTY
    table = frequencies or shipped_frequencies(language)
    examples = _examples(used, language, thesaurus)
    choice = (
        BreadthChoice(breadth=Breadth(breadth))
        if breadth
        else _chosen(used, language, examples, table, thesaurus)
    )
    decided = choice.breadth
    rule = draft(examples, table, thesaurus, decided)
    if against:
        rule = without(rule, examples, _examples(against, language, thesaurus), table, thesaurus)
    rule = replace(rule, name=name, language=language, learnt_from=_sources(used, against))
    rule = with_conditions(_calibrated(rule, used), examples.found, thesaurus)
    rule = _counting_repetition(rule, used)
    rule = on_its_subject(rule, examples, table, thesaurus)
    if rule.breadth is not Breadth.WIDE:
        rule = replace(rule, cast=cast_of(used, language))
    _refuse_empty(rule, name)
    remarks = [*remarks, *([choice.reason] if choice.reason else []), *_confused(rule, against, used)]
    rule = _kept_below(rule, against, used)
    return Learnt(rule=replace(rule, checksum=checksum_of(rule)), remarks=tuple(remarks))


def _usable(name: str, articles: Sequence[Article]) -> tuple[list[Article], str, list[str]]:
    remarks = [f"{article.name}: {remark}" for article in articles for remark in article.remarks]
    distinct: dict[tuple[str, str], Article] = {}
    useless = [f"{article.name}: {why}" for article in articles if (why := _useless(article))]
    for article in (one for one in articles if not _useless(one)):
        twin = distinct.setdefault((article.title, article.text), article)
        if twin is not article:
            remarks.append(f"{article.name}: the same article as {twin.name}, left out")
    if not distinct:
        reasons = "; ".join(useless)
        raise LearnError(reasons or f"topic {name!r}: no example to learn from; give one to five articles")
    remarks += [f"{reason}; left out" for reason in useless]
    languages = {
        article.name: language_of(f"{article.title} {article.text}") for article in distinct.values()
    }
    its = list(languages.values())
    language = max(dict.fromkeys(its), key=its.count)
    used = [article for article in distinct.values() if languages[article.name] == language]
    for article in distinct.values():
        if article not in used:
            other = languages[article.name]
            remarks.append(
                f"{article.name}: in another language ({other}) than the others ({language}), left out"
            )
    return used, language, remarks


def _chosen(
    used: Sequence[Article], language: str, examples: Examples, table: Frequencies, thesaurus: Thesaurus
) -> BreadthChoice:
    if len(used) == 1:
        return of_one_example(has_subject=subject_of(examples.seen[0], table, thesaurus) is not None)

    def wide() -> Rule:
        rule = replace(draft(examples, table, thesaurus, Breadth.WIDE), learnt_from=_sources(used, ()))
        return with_conditions(_calibrated(rule, used), examples.found, thesaurus)

    return of_examples(used, language, wide)


def _sources(articles: Sequence[Article], against: Sequence[Article]) -> tuple[Source, ...]:
    return (
        *(_source(article, counter=False) for article in articles),
        *(_source(one, counter=True) for one in against),
    )


def _refuse_empty(rule: Rule, name: str) -> None:
    points = [*(facet.points for facet in rule.facets), *(term.points for term in rule.terms)]
    if max(points, default=0.0) <= 0:
        raise LearnError(
            f"topic {name!r}: no word in the articles says what it is about; give whole articles"
        )


def _useless(article: Article) -> str:
    """Return the reason why nothing can be learnt from an article; an empty text if it can be used."""
    text = f"{article.title} {article.text}"
    if is_notice(text):
        return "a notice of the web site (cookies, consent, a check for robots) and no article; save the article itself"
    if len(set(words(text))) < LEAST_WORDS and len(text) < LEAST_CHARACTERS:
        return "too short to learn from; give a whole article"
    return ""


def _examples(articles: Sequence[Article], language: str, thesaurus: Thesaurus) -> Examples:
    seen = tuple(read(article, language, thesaurus) for article in articles)
    return Examples(seen=seen, found=tuple(candidates(seen, thesaurus)))


def _as_item(article: Article) -> Document:
    return Document(id="", title=article.title, summary=article.opening(FEED_ITEM))


def _points(rule: Rule, articles: Sequence[Article]) -> list[float]:
    matcher = Matcher({rule.name: rule})
    return [matcher.judge(_as_item(article))[rule.name].points for article in articles]


def _calibrated(rule: Rule, articles: Sequence[Article]) -> Rule:
    """Return the rule with its points scaled to the usual threshold."""
    own = [max(points, LEAST_POINTS) for points in _points(rule, articles)]
    mean = math.exp(sum(math.log(points) for points in own) / len(own))
    rule = scaled(rule, THRESHOLD / (mean * _share_needed(len(articles), rule)))
    return replace(
        rule,
        facets=tuple(facet for facet in rule.facets if facet.points >= LEAST_POINTS),
        terms=tuple(term for term in rule.terms if abs(term.points) >= LEAST_POINTS),
    )


def _counting_repetition(rule: Rule, articles: Sequence[Article]) -> Rule:
    """Return a wide rule that counts words an item repeats; one with conditions stays, since these decide.

    Rules of other languages stay too: it was measured in English alone.
    """
    if rule.breadth is not Breadth.WIDE or rule.must or rule.should or rule.language != LANGUAGE:
        return rule
    return _calibrated(replace(rule, repeated=REPEATED), articles)


def _share_needed(number: int, rule: Rule) -> float:
    """Return the share of the examples' points that items need: less for few examples, as all their words are in the rule.

    Without a thesaurus it is less again: another report of the event has other words for the same things.
    """
    factor = 1.0 if rule.language == LANGUAGE else WITHOUT_IDEAS
    if rule.repeated:
        return factor * math.exp(-0.3 - 1.63 / number)
    if rule.breadth is Breadth.STORY:  # names outside the cast subtract points even from its own items
        return factor * math.exp(-0.34 - 1.27 / number)
    return factor * math.exp(-0.3 - 1.03 / number)


def _kept_below(rule: Rule, against: Sequence[Article], used: Sequence[Article]) -> Rule:
    """Return the rule with points reduced until no counter-example matches, as far as every example still does."""
    if not against:
        return rule
    highest = max(_points(rule, against))
    lowest = min(
        (points for points in _points(rule, used) if points >= rule.threshold), default=rule.threshold
    )
    if highest < rule.threshold:
        return rule
    return scaled(rule, max(rule.threshold / (highest * MARGIN), rule.threshold / lowest))


def _confused(rule: Rule, against: Sequence[Article], used: Sequence[Article]) -> list[str]:
    kept = _kept_below(rule, against, used)
    points = _points(kept, against)
    meant = {(article.title, article.text): article.name for article in used}
    twins = [meant.get((article.title, article.text)) for article in against]
    return [
        f"{article.name}: {_remedy(twin)}"
        for article, its, twin in zip(against, points, twins, strict=True)
        if twin is not None or its >= kept.threshold
    ]


def _remedy(twin: str | None) -> str:
    if twin is not None:
        return f"the same article as {twin}, which is an example of what is meant; give it one way"
    return "still matches; add counter-examples like it, or write what it has to lack under not"


def _source(article: Article, *, counter: bool) -> Source:
    return Source(file=article.name, sha256=article.sha256, date=article.date, counter=counter)
