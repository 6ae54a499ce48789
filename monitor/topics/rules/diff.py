"""Describes the differences between two rules in words, and undoes one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.topics.rules.rule import NO_CAST, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitor.topics.rules.rule import Cast, Facet, Rule

CONDITIONS = (("must", "must"), ("should", "should"), ("never", "not"))  # a rule's field, its key in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference between two versions of a rule. `kind`: threshold, repeated, stranger, facet, term, must, should, not, cast, or words."""

    kind: str
    name: str
    old: float | None = None  # None: absent before
    new: float | None = None  # None: removed

    def __str__(self) -> str:
        """Return the change in words."""
        if self.kind in ("must", "should", "not", "cast"):
            return f"{self.kind}: {'no longer ' if self.new is None else ''}{self.name}"
        if self.kind == "words":
            return f"{self.name}: other words"
        if self.old is None:
            return f"{self.name}: new, {self.new:+.2f}"
        if self.new is None:
            return f"{self.name}: removed, was {self.old:+.2f}"
        return f"{self.name}: {self.old:.2f} → {self.new:.2f}"


def changes(before: Rule, after: Rule) -> list[Change]:
    """Return the differences between two rules, the largest changes of points first."""
    found = [
        *_of_conditions(before, after),
        *_of_points("facet", _points(before.facets), _points(after.facets)),
        *_of_points("term", _points(before.terms), _points(after.terms)),
    ]
    for kind, old, new in (
        ("threshold", before.threshold, after.threshold),
        ("repeated", before.repeated, after.repeated),
        ("stranger", _cast(before).stranger, _cast(after).stranger),
    ):
        if old != new:
            found.append(Change(kind=kind, name=kind, old=old, new=new))
    known = {facet.name: (facet.words, facet.also) for facet in before.facets}
    found += [
        Change(kind="words", name=facet.name)
        for facet in after.facets
        if known.get(facet.name, (facet.words, facet.also)) != (facet.words, facet.also)
    ]
    return sorted(found, key=lambda change: -abs((change.new or 0.0) - (change.old or 0.0)))


def _cast(rule: Rule) -> Cast:
    return rule.cast or NO_CAST


def _of_conditions(before: Rule, after: Rule) -> Iterator[Change]:
    conditions = [(key, getattr(before, field), getattr(after, field)) for field, key in CONDITIONS]
    for key, old, new in (*conditions, ("cast", _cast(before).names, _cast(after).names)):
        yield from (Change(kind=key, name=text, old=0.0) for text in old if text not in new)
        yield from (Change(kind=key, name=text, new=0.0) for text in new if text not in old)


def _points(parts: Sequence[Term | Facet]) -> dict[str, float]:
    return {part.text if isinstance(part, Term) else part.name: part.points for part in parts}


def _of_points(kind: str, old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield Change(kind=kind, name=name, old=old.get(name), new=new.get(name))


def taken_back(rule: Rule, before: Rule, after: Rule) -> Rule:
    """Return the rule without the change from `before` to `after`; later edits stay."""
    if replace(rule, name="") == replace(after, name=""):
        return replace(before, name=rule.name)
    back = {(change.kind, change.name): change for change in changes(after, before)}

    def restored(kind: str, name: str, points: float) -> float:
        change = back.get((kind, name))
        return change.new if change and change.new is not None and change.old == points else points

    def is_added(kind: str, name: str, points: float) -> bool:
        change = back.get((kind, name))
        return change is not None and change.new is None and change.old == points

    added = [source for source in after.learnt_from if source not in before.learnt_from]
    return replace(
        rule,
        threshold=before.threshold if rule.threshold == after.threshold else rule.threshold,
        facets=tuple(
            replace(one, points=restored("facet", one.name, one.points))
            for one in _with_words_before(rule, before, after)
            if not is_added("facet", one.name, one.points)
        ),
        terms=(
            *(
                replace(term, points=restored("term", term.text, term.points))
                for term in rule.terms
                if not is_added("term", term.text, term.points)
            ),
            *_removed_terms(rule, before, after),
        ),
        must=before.must if rule.must == after.must else rule.must,
        should=before.should if rule.should == after.should else rule.should,
        never=before.never if rule.never == after.never else rule.never,
        cast=before.cast if rule.cast == after.cast else rule.cast,
        learnt_from=tuple(source for source in rule.learnt_from if source not in added),
    )


def _removed_terms(rule: Rule, before: Rule, after: Rule) -> Iterator[Term]:
    known = {one.text for one in (*rule.terms, *after.terms)}
    return (term for term in before.terms if term.text not in known)


def _with_words_before(rule: Rule, before: Rule, after: Rule) -> Iterator[Facet]:
    """Yield the facets of a rule, with the words of `before` where they still have those of `after`."""
    old, new = ({one.name: (one.words, one.also) for one in its.facets} for its in (before, after))
    for facet in rule.facets:
        if facet.name in old and new.get(facet.name) == (facet.words, facet.also):
            words, also = old[facet.name]
            yield replace(facet, words=words, also=also)
        else:
            yield facet
