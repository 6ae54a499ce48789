"""Writes a rule as the TOML file that a person reads and edits; `parse` documents the file."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from monitor.topics.rules.rule import Breadth, repetition

if TYPE_CHECKING:
    from monitor.topics.rules.rule import Facet, Fitted, Rule, Source

CHECKSUM_DIGITS = 16
MEANT = {
    Breadth.NARROW: "this event",
    Breadth.STORY: "this story, of the same people and places",
    Breadth.WIDE: "this subject, by anyone",
}
_CAST = "[cast]  # who and what the examples name: each other name takes points off, twice in a title"
_CHECKSUM = "# of the rule as learnt: once you have edited it, storywatch keeps it as written"
_FITTED = (
    "[fitted]  # to the items that came near the topic: the threshold, and items that it learnt from too"
)
_REPEATED = "# a word that occurs twice in an item counts {:.1f} times its points, four times {:.1f}"
_MEANING = "[meaning]  # of the examples together, as numbers for the semantic extra"


def format_rule(rule: Rule) -> str:
    """Return the rule as TOML, which `parse_rule` reads as the same rule."""
    parts = ["\n".join([*_heading(rule), *_head(rule)])]
    parts += [_facet(facet) for facet in rule.facets]
    if rule.terms:
        parts.append(
            "\n".join(["[terms]", *(f"{quoted(term.text)} = {term.points!r}" for term in rule.terms)])
        )
    if rule.cast is not None:
        names = _listed(rule.cast.names)
        parts.append(f"{_CAST}\nstranger = {rule.cast.stranger!r}\nnames = {names}")
    found = [f"{quoted(term.text)} = {list(term.articles)}" for term in rule.terms if term.articles]
    if found:
        parts.append("\n".join(["[found_in]  # numbers of the articles below, for the reader", *found]))
    parts += [_source(source) for source in rule.learnt_from]
    if rule.fitted is not None:
        parts.append(_fitted(rule.fitted))
    if rule.meaning is not None:
        vector = quoted(rule.meaning.vector)
        parts.append(f"{_MEANING}\nagreement = {rule.meaning.agreement!r}\nvector = {vector}")
    return "\n\n".join(parts) + "\n"


def _head(rule: Rule) -> list[str]:
    return [
        f"name = {quoted(rule.name)}",
        f"breadth = {quoted(rule.breadth.value)}",
        f"language = {quoted(rule.language)}",
        f"threshold = {rule.threshold!r}",
        *([_repeated(rule.repeated)] if rule.repeated else []),
        *([f"checksum = {quoted(rule.checksum)}  {_CHECKSUM}"] if rule.checksum else []),
        f"must = {_listed(rule.must)}",
        f"should = {_listed(rule.should)}",
        f"not = {_listed(rule.never)}",
    ]


def checksum_of(rule: Rule) -> str:
    """Return the checksum of the values that a person edits; name and breadth may be configured instead.

    Comments and layout of the file do not count, so a later version may word them differently.
    """
    edited = [
        [rule.language, rule.threshold, rule.repeated],
        [rule.must, rule.should, rule.never],
        [[facet.name, facet.points, facet.words, facet.also] for facet in rule.facets],
        [[term.text, term.points, term.articles] for term in rule.terms],
        None if rule.cast is None else [rule.cast.stranger, rule.cast.names],
    ]
    return hashlib.sha256(json.dumps(edited).encode()).hexdigest()[:CHECKSUM_DIGITS]


def is_as_learnt(rule: Rule) -> bool:
    """Whether nobody has changed a rule since it was learnt."""
    return bool(rule.checksum) and rule.checksum == checksum_of(rule)


def _facet(facet: Facet) -> str:
    also = [f"also = {_listed(facet.also)}"] if facet.also else []
    return "\n".join(
        [
            f"[facets.{quoted(facet.name)}]",
            f"points = {facet.points!r}",
            f"words = {_listed(facet.words)}",
            *also,
        ]
    )


def _heading(rule: Rule) -> list[str]:
    articles = sum(not source.marked and not source.counter for source in rule.learnt_from)
    learnt = "1 article" if articles == 1 else f"{articles} articles"
    return [
        f"# A rule learnt from {learnt}, breadth {rule.breadth.value}: {MEANT[rule.breadth]}.",
        "# An item collects the points of each term and, once, of each facet; `threshold` points make a match.",
        "# Edit it freely: an item must contain all of `must`, none of `not`, and one of `should` unless that is empty.",
        "",
    ]


def _repeated(weight: float) -> str:
    remark = _REPEATED.format(repetition(2, weight), repetition(4, weight))
    return f"repeated = {weight!r}  {remark}"


def _fitted(fitted: Fitted) -> str:
    lines = [
        _FITTED,
        f"on = {fitted.on.isoformat()}",
        f"items = {fitted.items}",
        f"default = {fitted.default!r}",
        f"learnt_on = {_listed(fitted.learnt_on)}",
        f"inputs = {quoted(fitted.inputs)}",
    ]
    return "\n".join(lines)


def _source(source: Source) -> str:
    lines = ["[[learnt_from]]", f"file = {quoted(source.file)}", f"sha256 = {quoted(source.sha256)}"]
    if source.date is not None:
        lines.append(f"date = {source.date.isoformat()}")
    if source.counter:
        lines.append("counter = true")
    if source.marked:
        lines.append("marked = true")
    return "\n".join(lines)


def _listed(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(quoted(text) for text in texts)}]"


def quoted(text: str) -> str:
    """Return a text as a TOML string."""
    # JSON's escapes are valid in TOML, except DEL, which TOML must have escaped, and lone surrogates, which it forbids.
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(sound, ensure_ascii=False).replace("\x7f", "\\u007F")
