"""Feedback: changes a rule by the owner's marks on items.

Every mark is a demand: an item marked yes should get more points than the threshold, an item marked no fewer.
The changed rule is the one nearest to the former that meets as many demands as can be met together: a quadratic
programme with a hinge for each mark, solved by coordinate ascent over the marks, with the same result on every machine.
A rule on a subject also learns from the items marked yes as from examples.
The points of terms and facets and the threshold may change. Words of unwanted items that are not in the rule may be
added with negative points. A condition (`must`, `should`, `not`) that excludes a wanted item is removed, and the names
in wanted items are added to the cast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.text.stems import is_stop_word
from monitor.topics.judging.index import RuleIndex
from monitor.topics.judging.score import compiled, length_factor
from monitor.topics.judging.semantic import semantic_judge
from monitor.topics.learning.average import averaged
from monitor.topics.rules.rule import Rule, Source, Term
from monitor.topics.vocabulary.frequencies import shipped
from monitor.topics.vocabulary.read_document import ReadDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.judging.score import CompiledRule, Found
    from monitor.topics.vocabulary.document import Document

SWEEPS = 60  # rounds over all marks: far more than a few dozen marks need
FIRMNESS = 4.0  # largest effect of one mark, however far its item is from the threshold
COMMON = 0.02  # share of news items: commoner words do not describe a single item
LEAST_POINTS = 0.15  # least points, added or subtracted, of a part that is written to the rule
MOST_FOREIGN = 15  # words that marks may add to a rule
SHORTEST = 3  # letters of a word that marks may add
THRESHOLD = -1  # the index of the threshold among the parts of a rule

Row = dict[int, float]  # by index of the part: the share of its points that an item gets


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How marks change a rule.

    `margin` and `margin_meant` are shares of the threshold: how far below it an unwanted item and above it a wanted one
    should be. `own` is the share of a term's points by which they change, `of_threshold` that of the threshold, and
    `foreign` how readily a word that is not in the rule gets negative points, as a share of the threshold.
    """

    margin: float
    margin_meant: float
    own: float
    of_threshold: float
    foreign: float


ON_AN_EVENT = Learning(margin=0.1, margin_meant=0.3, own=0.5, of_threshold=0.3, foreign=0.15)
# Items on a subject have few words in common: what was meant becomes an example, and what was not gives words against.
ON_A_SUBJECT = Learning(margin=0.01, margin_meant=0.01, own=0.2, of_threshold=0.0, foreign=0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An item that the owner marked: as meant, or not."""

    document: Document
    meant: bool
    sha256: str = ""


def remarked(rule: Rule, marks: Sequence[Marked]) -> Rule:
    """Return the rule changed by these marks; the same rule and marks give the same result."""
    if not marks:
        return rule
    learning = ON_A_SUBJECT if rule.repeated else ON_AN_EVENT
    rule = _with_cast_of(_open_to(_with_examples(rule, marks), marks), marks)
    rule = replace(rule, terms=(*rule.terms, *_foreign(rule, marks)))
    own = compiled(rule)
    opinion = semantic_judge({rule.name: rule}) if rule.meaning else None
    demands = [
        _demand(own, one, 1.0 if opinion is None else opinion.factor(rule.name, one.document))
        for one in marks
    ]
    reach = _reach(rule, own, learning)
    changes = _solved(demands, reach, rule.threshold, learning)
    return replace(_changed(rule, changes), learnt_from=(*rule.learnt_from, *_new_sources(rule, marks)))


def _with_examples(rule: Rule, marks: Sequence[Marked]) -> Rule:
    """Return a rule on a subject averaged with the one that new wanted items give; any other rule as it is."""
    known = set(rule.learnt_from)
    wanted = [mark.document for mark in marks if mark.meant and source_of(mark) not in known]
    if not rule.repeated or not wanted:
        return rule
    return averaged(rule, wanted, own=sum(not source.counter for source in rule.learnt_from) or 1)


def source_of(mark: Marked) -> Source:
    """Return the entry of a mark in a rule's `learnt_from`."""
    return Source(file=f"i{mark.document.id}", sha256=mark.sha256, counter=not mark.meant, marked=True)


def _new_sources(rule: Rule, marks: Sequence[Marked]) -> list[Source]:
    return [source for source in map(source_of, marks) if source not in rule.learnt_from]


def _found(rule: CompiledRule, reading: ReadDocument) -> tuple[Mapping[int, Found], float]:
    found = RuleIndex({"": rule}, rule.language).found_in(reading)
    return rule.counted(found.get("", {}), reading), length_factor(reading)


def _open_to(rule: Rule, marks: Sequence[Marked]) -> Rule:
    """Return the rule without the conditions that exclude a wanted item."""
    own = compiled(rule)
    for mark in marks:
        found, _ = _found(own, ReadDocument(mark.document))
        if mark.meant:
            rule = replace(
                rule,
                must=tuple(
                    text
                    for text, place in zip(rule.must, own.must, strict=True)
                    if place in found or text not in rule.must
                ),
                should=rule.should if any(place in found for place in own.should) else (),
                never=tuple(
                    text for text, place in zip(rule.never, own.never, strict=True) if place not in found
                ),
            )
            own = compiled(rule)
    return rule


def _with_cast_of(rule: Rule, marks: Sequence[Marked]) -> Rule:
    if rule.cast is None:
        return rule
    known = compiled(rule).cast
    added = {
        term: name
        for mark in marks
        if mark.meant
        for term, _, name in ReadDocument(mark.document).names_in(rule.language).strangers(known)
    }
    return replace(rule, cast=replace(rule.cast, names=(*rule.cast.names, *added.values())))


def _foreign(rule: Rule, marks: Sequence[Marked]) -> list[Term]:
    """Return as terms with 0 points the words of unwanted items that are in no wanted item and no part of the rule."""
    known = {stem for part in compiled(rule).parts for phrase in part.phrases for stem in phrase}
    wanted: set[str] = set()
    unwanted: dict[str, tuple[str, int]] = {}
    for mark in marks:
        reading = ReadDocument(mark.document)
        for field in reading.fields[:2]:
            row = reading.pieces(field, rule.language)
            for word, stem in dict.fromkeys(row):
                if mark.meant:
                    wanted.add(stem)
                else:
                    written, count = unwanted.get(stem, (word, 0))
                    unwanted[stem] = (written, count + 1)
    table = shipped(rule.language)
    kept = [
        (-count, table.count(stem), written)
        for stem, (written, count) in unwanted.items()
        if stem not in known | wanted
        and _is_usable_word(written, table.count(stem) / table.items, rule.language)
    ]
    return [Term(text=written, points=0.0) for _, _, written in sorted(kept)[: MOST_FOREIGN * 2]]


def _is_usable_word(word: str, share: float, language: str) -> bool:
    return (
        not any(map(str.isdigit, word))
        and len(word) >= SHORTEST
        and share <= COMMON
        and not is_stop_word(word, language)
    )


def _demand(own: CompiledRule, mark: Marked, opinion: float) -> tuple[Row, float, bool]:
    """Return how an item gets its points, and how many it has above the threshold.

    The factor of its meaning is included only if it contradicts the mark: near the threshold it would otherwise undo
    what the words of the rule have learnt.
    """
    reading = ReadDocument(mark.document)
    found, length = _found(own, reading)
    length *= min(opinion, 1.0) if mark.meant else max(opinion, 1.0)
    row = {place: factor * length for place, (factor, _) in found.items()}
    total = sum(own.parts[place].points * share for place, share in row.items())
    total -= own.taken_off(own.strangers(found, reading))
    row[THRESHOLD] = -1.0
    return row, total - own.threshold, mark.meant


def _reach(rule: Rule, own: CompiledRule, learning: Learning) -> Row:
    """Return how readily each part changes, in points."""
    reach = {
        place: learning.own * abs(part.points) if part.points else learning.foreign * rule.threshold
        for place, part in enumerate(own.parts[: len(rule.facets) + len(rule.terms)])
    }
    return reach | {THRESHOLD: learning.of_threshold * rule.threshold}


def _solved(
    demands: Sequence[tuple[Row, float, bool]], reach: Row, threshold: float, learning: Learning
) -> Row:
    """Return the least changes of points that meet the demands; each demand has an effect of at most `FIRMNESS`."""
    changes = dict.fromkeys(reach, 0.0)
    pulls = [0.0] * len(demands)
    scaled = [
        {place: share * reach[place] / threshold for place, share in row.items() if place in reach}
        for row, _, _ in demands
    ]
    squares = [sum(value * value for value in row.values()) for row in scaled]
    for _ in range(SWEEPS):
        for number, (_, beyond, meant) in enumerate(demands):
            row, sign = scaled[number], 1.0 if meant else -1.0
            now = beyond / threshold + sum(value * changes[place] for place, value in row.items())
            step = (
                ((learning.margin_meant if meant else learning.margin) - sign * now) / squares[number]
                if squares[number]
                else 0.0
            )
            pull = min(FIRMNESS / squares[number], max(0.0, pulls[number] + step)) if squares[number] else 0.0
            for place, value in row.items():
                changes[place] += (pull - pulls[number]) * sign * value
            pulls[number] = pull
    return {place: change * reach[place] for place, change in changes.items()}


def _changed(rule: Rule, changes: Row) -> Rule:
    """Return the rule with its points changed; positive points never become negative."""

    def after(points: float, place: int) -> float:
        changed = round(points + changes.get(place, 0.0), 2)
        return max(changed, LEAST_POINTS) if points > 0 else changed

    number = len(rule.facets)
    terms = [
        replace(term, points=after(term.points, number + place)) for place, term in enumerate(rule.terms)
    ]
    foreign = sorted(
        (one.points, one.text) for one, old in zip(terms, rule.terms, strict=True) if not old.points
    )
    kept = {text for points, text in foreign[:MOST_FOREIGN] if points <= -LEAST_POINTS}
    return replace(
        rule,
        threshold=round(max(rule.threshold / 2, rule.threshold + changes[THRESHOLD]), 2),
        facets=tuple(
            replace(facet, points=after(facet.points, place)) for place, facet in enumerate(rule.facets)
        ),
        terms=tuple(
            term for term, old in zip(terms, rule.terms, strict=True) if old.points or term.text in kept
        ),
    )
