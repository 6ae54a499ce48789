"""The fast judges agree with a plain one that tests each topic and word by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from any_topics import ANY_QUERY, ANY_RULE, DOCUMENTS, FIELDS, TOPICS
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.text.folding import fold
from monitor.text.stems import stems
from monitor.text.words import habits_of, words
from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.score import TITLE, UNMET, compiled
from monitor.topics.judging.sieve import Sieve
from monitor.topics.queries.nodes import All, AnyOf, Near, Not, Phrase
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.rule import repetition
from monitor.topics.vocabulary.document import TEXT_READ, spoken_in
from monitor.topics.vocabulary.read_document import ReadDocument


def row_of(document, field, language, *, exact=False):
    row = words(getattr(document, field), habits_of(language))
    return [*map(fold, row)] if exact else stems(row, language)


def starts_of(phrase, row):
    length = len(phrase)
    return [at for at in range(len(row) - length + 1) if tuple(row[at : at + length]) == tuple(phrase)]


def parts_in(rule, document):
    """Return by field the parts of a rule that a document holds: their count, and the field where they count most."""
    found = {}
    for place, part in enumerate(rule.parts):
        for field in FIELDS:
            row = row_of(document, field, rule.language)[: TEXT_READ if field == "text" else None]
            factor = TITLE if field == "title" else 1.0
            shares = [share for phrase, share in part.phrases.items() if starts_of(phrase, row)]
            if shares and max(shares) * factor > found.get(place, (0.0, ""))[0]:
                found[place] = (max(shares) * factor, field)
    return found


def times_in(part, document, language):
    """Return how often a part occurs: in the title, and in the summary or the text, whichever has it more often."""
    rows = {field: row_of(document, field, language) for field in FIELDS}
    rows["text"] = rows["text"][:TEXT_READ]
    return sum(
        len(starts_of(phrase, rows["title"]))
        + max(len(starts_of(phrase, rows["summary"])), len(starts_of(phrase, rows["text"])))
        for phrase in part.phrases
    )


def starts_in(phrase, document, field, language):
    row = row_of(document, field, language, exact=phrase.exact)
    *firsts, last = phrase.spelled(language)
    if not phrase.open_end:
        return starts_of(phrase.spelled(language), row)
    as_written = row_of(document, field, "", exact=True)
    return [
        at
        for at in range(len(row) - len(firsts))
        if row[at : at + len(firsts)] == firsts and as_written[at + len(firsts)].startswith(last)
    ]


def is_true(node, document, languages):
    match node:
        case Phrase(field=field):
            fields = [field] if field else FIELDS
            return any(starts_in(node, document, where, one) for where in fields for one in languages)
        case Not(part=part):
            return not is_true(part, document, languages)
        case All(parts=parts):
            return all(is_true(part, document, languages) for part in parts)
        case AnyOf(parts=parts):
            return any(is_true(part, document, languages) for part in parts)
        case Near():
            return any(is_near(node, document, field, one) for field in FIELDS for one in languages)


def is_near(near, document, field, language):
    reached = starts_in(near.phrases[0], document, field, language)
    for before, phrase, distance in zip(near.phrases, near.phrases[1:], near.distances, strict=False):
        reached = [
            at
            for at in starts_in(phrase, document, field, language)
            if any(
                0 <= at - one - len(before.spelled(language)) <= distance
                or 0 <= one - at - len(phrase.spelled(language)) <= distance
                for one in reached
            )
        ]
    return bool(reached)


@given(DOCUMENTS, st.lists(ANY_QUERY, min_size=1, max_size=4))
def test_indexed_queries_agree_with_direct_evaluation(document, texts):
    """Indexing queries by their words and sharing their parts changes no result."""
    topics = {text: parse_query(text, "q") for text in texts}
    own = ReadDocument(document).language
    expected = {
        name: is_true(query.root, document, (own, *query.languages)) for name, query in topics.items()
    }
    for judge in (Matcher(topics), Sieve(topics)):
        judgements = judge.judge(document)
        assert {name: judgements[name].matched for name in topics} == expected


@given(DOCUMENTS, st.lists(ANY_RULE, min_size=1, max_size=4))
def test_indexed_rules_agree_with_direct_scoring(document, rules):
    """Scores and reasons equal those of counting each part of the rule in turn."""
    length = len(words(document.title)) + max(len(words(document.summary)), len(words(document.text)))
    topics = {str(number): rule for number, rule in enumerate(rules)}
    document = replace(document, language="en")
    assume(spoken_in(document) == "en")  # else the semantic extra judges it by its meaning
    judgements = Matcher(topics).judge(document)
    for number, rule in enumerate(map(compiled, rules)):
        found, judgement = parts_in(rule, document), judgements[str(number)]
        told = [
            (rule.parts[place].name, where) for place, (_, where) in found.items() if rule.parts[place].points
        ]
        assert sorted((one.term, one.where) for one in judgement.why) == sorted(told)
        points = sum(
            rule.parts[place].points
            * factor
            * repetition(times_in(rule.parts[place], document, rule.language), rule.repeated)
            for place, (factor, _) in found.items()
        )
        points *= (100 / (length + 50)) ** 0.45
        score = points / (points + rule.threshold) if points > 0 else 0.0
        allowed = set(rule.must) <= found.keys() and found.keys().isdisjoint(rule.never)
        if not allowed or (rule.should and found.keys().isdisjoint(rule.should)):
            score = min(score, UNMET)
        assert judgement.score == pytest.approx(score, abs=0.0001)


@given(DOCUMENTS, st.lists(ANY_RULE, max_size=4))
def test_a_sieve_matches_what_a_matcher_matches(document, rules):
    """Leaving out topics that cannot match changes no match, score or reason."""
    topics = TOPICS | {f"rule {number}": rule for number, rule in enumerate(rules)}
    every = Matcher(topics).judge(document)
    few = Sieve(topics).judge(document)
    assert {name for name, one in every.items() if one.matched} == {
        name for name, one in few.items() if one.matched
    }
    assert all((one.score, one.why) == (every[name].score, every[name].why) for name, one in few.items())
