"""The semantic extra's judgement: the meaning of an item decides when its words are not decisive.

It is used in two cases only. Near the threshold, an item close in meaning to the examples gains points, and any other
loses some. An item in another language than the rule's, where the rule's words cannot occur, matches if it means what
the rule's own words mean: editing them changes that too. The conditions of a rule hold as before in its language; in
another, the ideas among them have to be meant.
"""

from __future__ import annotations

import base64
import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

from monitor.topics.judging.score import DIGITS, MATCHED, UNMET, Details, Judgement, score_of
from monitor.topics.rules.rule import Breadth, Meaning
from monitor.topics.vocabulary.document import FEED_ITEM, spoken_in
from monitor.topics.vocabulary.embeddings import LANGUAGES, meanings
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Article, Document
    from monitor.topics.vocabulary.embeddings import Meanings

BAND = 0.5  # bound of |log(points / threshold)|: beyond it the words are decisive
WEIGHT = 0.7  # of the log of points, for one of cosine
ALLOWED = 0.04  # of cosine: items are as near to the examples as these to each other, less this
FEWEST = 2  # examples needed to measure their agreement
ABROAD = 0.27  # cosine to a rule's words from which an item in another language is on the topic
SAYS = 0.12  # cosine to an idea's words from which such an item mentions the idea
FACETS, TERMS, NAMES = 6, 12, 3  # strongest words of a rule, whose common meaning is used
SUMMARY = 60  # words of an item, and of an example FEED_ITEM, that are read
IT_MEANS, ABROAD_IT_MEANS = "meaning", "meaning, in another language"  # names of the semantic reasons
SCALE = 127  # a vector is kept as whole numbers of one byte


def learnt_meaning(articles: Sequence[Article], meanings: Meanings) -> Meaning | None:
    """Return the common meaning of examples in one language; None for a single one."""
    if len(articles) < FEWEST:
        return None
    texts = [f"{one.title}. {one.opening(FEED_ITEM)}" for one in articles]
    rows = meanings.of([*texts, *(one.title for one in articles)])
    number = len(articles)
    agreement = 0.0
    for place in range(number):
        others = [row for at, row in enumerate(rows) if at % number != place]
        agreement += float(rows[place] @ _centre(others)) / number
    whole = bytes(round(float(value) * SCALE / _largest(rows)) % 256 for value in _centre(rows))
    return Meaning(agreement=round(agreement, DIGITS), vector=base64.b64encode(whole).decode("ascii"))


def _largest(rows: Any) -> float:
    return float(abs(_centre(rows)).max())


def _centre(rows: Any) -> Any:
    total = sum(rows)
    return total / math.sqrt(float(total @ total))


def _unpacked(vector: str) -> Any:
    numbers = import_module("numpy").frombuffer(base64.b64decode(vector), dtype="int8").astype("float32")
    return _centre([numbers])


def own_words(rule: Rule) -> str:
    """Return the strongest words of a rule, the strongest first."""
    facets = sorted(rule.facets, key=lambda one: -one.points)[:FACETS]
    terms = sorted(rule.terms, key=lambda one: -one.points)[:TERMS]
    parts = [(one.points, ", ".join(one.words[:NAMES])) for one in facets]
    parts += [(one.points, one.text) for one in terms if one.points > 0]
    return ", ".join(text for _, text in sorted(parts, key=lambda part: -part[0]))


def is_by_meaning(judgement: Judgement) -> bool:
    """Whether a document in another language is judged by its meaning, not by the points of its words."""
    return any(why.term == ABROAD_IT_MEANS for why in judgement.why)


def semantic_judge(rules: Mapping[str, Rule]) -> SemanticJudge | None:
    """Return the semantic judge of rules, or None without the semantic extra or without rules."""
    reads = meanings() if rules else None
    return None if reads is None else SemanticJudge(rules, reads)


class SemanticJudge:
    """Revises the judgements of rules on a document. Threads may share it."""

    def __init__(self, rules: Mapping[str, Rule], meanings: Meanings) -> None:
        """Keep the rules; their vectors are made when they are first needed."""
        self._rules = rules
        self._meanings = meanings
        self._examples = {
            name: _unpacked(rule.meaning.vector) for name, rule in rules.items() if rule.meaning
        }
        self._words: dict[str, Any] = {}
        self._own: dict[str, Any] = {}
        self._languages = {rule.language[:2].lower() for rule in rules.values()} & LANGUAGES

    def share_needed(self, name: str) -> float:
        """Return the share of a rule's threshold that a document in its language needs, to be open at all."""
        return math.exp(-BAND) if name in self._examples else 1.0

    def is_abroad(self, document: Document) -> bool:
        """Whether a document is in another language than some rule's, and the model knows both."""
        return self._crosses(spoken_in(document))

    def _crosses(self, language: str) -> bool:
        return language in LANGUAGES and bool(self._languages - {language})

    def is_open(self, document: Document, judgements: dict[str, Judgement]) -> bool:
        """Whether the words are not decisive, so that `revise` would read the document's meaning."""
        return any(self._undecided(document, judgements))

    def _undecided(self, document: Document, judgements: dict[str, Judgement]) -> tuple[list[str], list[str]]:
        """Return the topics whose words are not decisive, and the topics whose words cannot occur."""
        language = spoken_in(document)
        near = [name for name, one in judgements.items() if self._open(name, one, language)]
        rules = self._rules if self._crosses(language) else {}
        return near, [
            name for name, rule in rules.items() if _is_abroad(rule, language, judgements.get(name))
        ]

    def revise(self, document: Document, judgements: dict[str, Judgement]) -> None:
        """Change the judgements that are open, in place."""
        near, abroad = self._undecided(document, judgements)
        if not near and not abroad:
            return
        vector = self._vector(document)
        for name in near:
            judgements[name] = self._nearer(name, judgements[name], vector)
        for name in abroad:
            cosine = float(vector @ self._meant(name))
            if cosine >= ABROAD and not self._allows(self._rules[name], vector):
                cosine = ABROAD * UNMET / MATCHED
            known = judgements.get(name)
            if known is None or cosine >= ABROAD:
                judgements[name] = _judged_abroad(cosine, known)

    def factor(self, name: str, document: Document) -> float:
        """Return the factor of a rule's points for a document whose words are not decisive."""
        rule = self._rules[name]
        if rule.meaning is None or rule.language[:2].lower() != spoken_in(document):
            return 1.0
        return self._factor(name, rule.meaning, self._vector(document))

    def _vector(self, document: Document) -> Any:
        summary = " ".join((document.summary or document.text).split()[:SUMMARY])
        return self._meanings.of([f"{document.title}. {summary}"])[0]

    def _factor(self, name: str, meaning: Meaning, vector: Any) -> float:
        change = WEIGHT * (float(vector @ self._examples[name]) - meaning.agreement + ALLOWED)
        return math.exp(max(-BAND, min(BAND, change)))

    def _open(self, name: str, judgement: Judgement, language: str) -> bool:
        """Whether the words are not decisive: the points are near the threshold and all conditions are met."""
        if name not in self._examples or judgement.points <= 0:
            return False
        if self._rules[name].language[:2].lower() != language:
            return False
        decided = judgement.score != score_of(judgement.points, judgement.threshold)
        return not decided and abs(math.log(judgement.points / judgement.threshold)) <= BAND

    def _nearer(self, name: str, judgement: Judgement, vector: Any) -> Judgement:
        meaning = self._rules[name].meaning
        assert meaning is not None
        factor = self._factor(name, meaning, vector)
        reason = Why(term=IT_MEANS, weight=round(factor - 1, DIGITS), where="")
        return Judgement(
            score=score_of(judgement.points * factor, judgement.threshold),
            points=judgement.points * factor,
            threshold=judgement.threshold,
            explain=lambda: Details(why=(*judgement.why, reason), met=judgement.met, missed=judgement.missed),
        )

    def _allows(self, rule: Rule, vector: Any) -> bool:
        """Whether the document means the ideas among a rule's conditions. Single words are not checked by meaning."""
        ideas = {facet.name: ", ".join(facet.words[:NAMES]) for facet in rule.facets}
        said = {
            name: float(vector @ self._of(ideas[name])) >= SAYS
            for name in (*rule.must, *rule.should)
            if name in ideas
        }
        return all(said.get(name, True) for name in rule.must) and (
            not rule.should or any(said.get(name, True) for name in rule.should)
        )

    def _of(self, text: str) -> Any:
        if text not in self._words:
            self._words[text] = self._meanings.of([text])[0]
        return self._words[text]

    def _meant(self, name: str) -> Any:
        if name not in self._own:
            self._own[name] = self._of(own_words(self._rules[name]))
        return self._own[name]


def _is_abroad(rule: Rule, language: str, known: Judgement | None) -> bool:
    """Whether a rule's words cannot occur: the languages differ, and the model knows both.

    Names are the same in every language: a document without the names that a narrow rule requires is about another
    event.
    """
    own = rule.language[:2].lower()
    if language == own or not {language, own} <= LANGUAGES or (known is not None and known.matched):
        return False
    if rule.breadth is Breadth.NARROW and rule.must:
        return known is not None and set(rule.must).isdisjoint(known.missed)
    return True


def _judged_abroad(cosine: float, known: Judgement | None) -> Judgement:
    score = round(MATCHED * min(2.0, max(0.0, cosine / ABROAD)), DIGITS)
    reason = Why(term=ABROAD_IT_MEANS, weight=1.0, where="")
    return Judgement(
        score=score,
        points=known.points if known else 0.0,
        threshold=known.threshold if known else 0.0,
        explain=lambda: Details(
            why=(reason, *(known.why if known else ())),
            met=known.met if known else (),
            missed=known.missed if known else (),
        ),
    )
