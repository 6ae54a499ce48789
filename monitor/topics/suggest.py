"""What a rule lacks: names of its ideas that the examples do not use, and words that its matches share."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text import is_stop_word
from monitor.topics.frequencies import shipped as shipped_frequencies
from monitor.topics.reading import Reading
from monitor.topics.rule import stems
from monitor.topics.score import compiled
from monitor.topics.thesaurus import LANGUAGE
from monitor.topics.thesaurus import shipped as shipped_thesaurus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.topics.document import Document
    from monitor.topics.rule import Rule

LEAST = 3  # matching items, before what they share says anything
SHARED = 0.3  # of the matching items: words in fewer are those of single stories
TELLING = 8.0  # times as common in matching items as in news at large
SHOWN = 12  # words that matches share


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Words for a facet, new or known, and why they are proposed."""

    facet: str
    words: tuple[str, ...]
    reason: str
    is_new: bool = False


def suggestions(rule: Rule, matching: Sequence[Document]) -> list[Suggestion]:
    """Return what a rule might also look for; `matching` are items that it matches already."""
    return [*_of_the_thesaurus(rule), *_shared(rule, matching)]


def _of_the_thesaurus(rule: Rule) -> Iterator[Suggestion]:
    if rule.language != LANGUAGE:
        return
    thesaurus = shipped_thesaurus()
    known = {phrase for part in compiled(rule).parts for phrase in part.phrases}
    facets = {facet.name for facet in rule.facets}
    strong = {stems(term.text, rule.language): term.text for term in rule.terms if term.points > 0}
    for name, idea in thesaurus.ideas.items():
        missing = tuple(text for phrase, text in idea.phrases.items() if phrase not in known)
        named = [text for phrase, text in strong.items() if phrase in idea.phrases]
        if missing and name in facets:
            yield Suggestion(facet=name, words=missing, reason="other names of this idea")
        elif missing and named:
            yield Suggestion(
                facet=name, words=(named[0], *missing), reason=f"other names of {named[0]!r}", is_new=True
            )


def _shared(rule: Rule, matching: Sequence[Document]) -> Iterator[Suggestion]:
    if len(matching) < LEAST:
        return
    table = shipped_frequencies()
    known = {stem for part in compiled(rule).parts for phrase in part.phrases for stem in phrase}
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for document in matching:
        reading = Reading(document)
        row = {
            stem: word
            for field in reading.fields
            for word, stem in zip(reading.words(field), reading.stems(field, rule.language), strict=True)
            if word.isalpha() and not is_stop_word(word, rule.language)
        }
        counts.update(row.keys())
        written |= row
    found = [
        (count * math.log(telling), stem, count)
        for stem, count in counts.items()
        if stem not in known
        and count >= SHARED * len(matching)
        and (telling := count / len(matching) * table.items / (table.count(stem) + 1)) >= TELLING
    ]
    for _, stem, count in sorted(found, key=lambda one: (-one[0], one[1]))[:SHOWN]:
        yield Suggestion(
            facet=written[stem],
            words=(written[stem],),
            reason=f"stands in {count} of {len(matching)} matching items",
            is_new=True,
        )
