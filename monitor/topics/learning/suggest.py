"""Suggestions for a rule: names of its ideas that the examples do not use, and related words of past items.

Past items yield three kinds of words: those that matches share, those that near misses share, and, with the semantic
extra, those with the meaning of a facet, in any language.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.stems import is_stop_word, phrase_stems, stems
from monitor.topics.judging.score import compiled
from monitor.topics.vocabulary.document import spoken_in
from monitor.topics.vocabulary.frequencies import shipped as shipped_frequencies
from monitor.topics.vocabulary.read_document import ReadDocument
from monitor.topics.vocabulary.thesaurus import LANGUAGE
from monitor.topics.vocabulary.thesaurus import shipped as shipped_thesaurus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document
    from monitor.topics.vocabulary.embeddings import Meanings

LEAST = 3  # matching items needed before shared words count
SHARED = 0.3  # share of the matching items: rarer words belong to single stories
TWICE = 2  # items: a word in one item alone belongs to that item
TELLING = 8.0  # times as common in matching items as in all news
SHOWN = 12  # words that matches share
READ = 300  # words of past items whose meaning is computed: three seconds
FACETS, NAMES = 8, 3  # strongest facets of a rule, and words of each that represent its meaning
ALIKE = (
    0.6  # cosine from which a word means what another means: `polizei` to `police` has .78, `gesetz` under .5
)
SHORTEST = 3  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Words for a facet, new or known, and why they are proposed."""

    facet: str
    words: tuple[str, ...]
    reason: str
    is_new: bool = False


def suggestions(
    rule: Rule,
    matching: Sequence[Document],
    missed: Sequence[Document] = (),
    others: Sequence[Document] = (),
    reads: Meanings | None = None,
) -> list[Suggestion]:
    """Return words that could be added to a rule.

    `matching` are the items that it matches, `missed` those that it nearly matches, `others` the rest; `reads` returns
    the meanings of words.
    """
    found = [
        *_of_the_thesaurus(rule),
        *_shared(rule, matching, "occurs in {} of {} matching items"),
        *_shared(rule, missed, "occurs in {} of {} near misses; if these are not meant, put it under not"),
        *_of_like_meaning(rule, [*matching, *missed, *others], reads),
    ]
    return list({(one.facet, one.words): one for one in reversed(found)}.values())[::-1]


def _of_the_thesaurus(rule: Rule) -> Iterator[Suggestion]:
    if rule.language != LANGUAGE:
        return
    thesaurus = shipped_thesaurus()
    known = {phrase for part in compiled(rule).parts for phrase in part.phrases}
    facets = {facet.name for facet in rule.facets}
    strong = {phrase_stems(term.text, rule.language): term.text for term in rule.terms if term.points > 0}
    for name, idea in thesaurus.ideas.items():
        missing = tuple(text for phrase, text in idea.phrases.items() if phrase not in known)
        named = [text for phrase, text in strong.items() if phrase in idea.phrases]
        if missing and name in facets:
            yield Suggestion(facet=name, words=missing, reason="other names of this idea")
        elif missing and named:
            yield Suggestion(
                facet=name, words=(named[0], *missing), reason=f"other names of {named[0]!r}", is_new=True
            )


def _shared(rule: Rule, documents: Sequence[Document], reason: str) -> Iterator[Suggestion]:
    if len(documents) < LEAST:
        return
    table = shipped_frequencies(rule.language)
    known = _known(rule)
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for document in documents:
        row = _words(document, rule.language)
        counts.update(row.keys())
        written |= row
    found = [
        (count * math.log(telling), one, count)
        for one, count in counts.items()
        if one not in known
        and count >= max(TWICE, SHARED * len(documents))
        and (telling := count / len(documents) * table.items / (table.count(one) + 1)) >= TELLING
    ]
    for _, one, count in sorted(found, key=lambda row: (-row[0], row[1]))[:SHOWN]:
        yield Suggestion(
            facet=written[one],
            words=(written[one],),
            reason=reason.format(count, len(documents)),
            is_new=True,
        )


def _of_like_meaning(
    rule: Rule, documents: Sequence[Document], reads: Meanings | None
) -> Iterator[Suggestion]:
    """Yield for the strongest facets words of documents with the same meaning, in the order of the documents."""
    facets = sorted(rule.facets, key=lambda one: -one.points)[:FACETS]
    if reads is None or not facets:
        return
    known = _known(rule)
    words = [
        word
        for word in dict.fromkeys(
            word for document in documents for word in _words(document, rule.language).values()
        )
        if len(word) >= SHORTEST and known.isdisjoint(stems([word], rule.language))
    ][:READ]
    if not words:
        return
    named = [(facet.name, word) for facet in facets for word in facet.words[:NAMES]]
    likeness = reads.of(words) @ reads.of([word for _, word in named]).T
    alike: dict[str, list[str]] = defaultdict(list)
    for word, row in zip(words, likeness, strict=True):
        if row.max() >= ALIKE:
            alike[named[int(row.argmax())][0]].append(word)
    for facet in facets:
        if alike[facet.name]:
            yield Suggestion(
                facet=facet.name,
                words=tuple(alike[facet.name]),
                reason="similar meaning, in past items",
            )


def _known(rule: Rule) -> set[str]:
    return {one for part in compiled(rule).parts for phrase in part.phrases for one in phrase}


def _words(document: Document, language: str) -> dict[str, str]:
    """Return the stems of a document's meaningful words in its own language, each with the word as written."""
    reading = ReadDocument(document)
    own = spoken_in(document)
    return {
        one: word
        for field in reading.fields
        for word, one in reading.pieces(field, language)
        if not any(map(str.isdigit, word))
        and not is_stop_word(word, language)
        and not is_stop_word(word, own)
    }
