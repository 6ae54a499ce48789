"""The form for a rule: converts a rule to texts, and texts to the fields of a rule."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from monitor.actions.topics.write_rule import RuleFields
from monitor.topics.rules.rule import Breadth, Facet, Term
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.topics.rules.rule import Rule

NEW_POINTS = 2.0  # of a term that is added without points
POINTED = re.compile(r"(?P<text>.+?)[\s=:]+(?P<points>[+-]?\d+(?:[.,]\d+)?)$")


def texts_of(rule: Rule) -> dict[str, str]:
    """Return the fields of a form that edits a rule; ideas and terms are numbered in the rule's order."""
    texts = {
        "breadth": rule.breadth.value,
        "threshold": shown(rule.threshold),
        "must": "\n".join(rule.must),
        "should": "\n".join(rule.should),
        "not": "\n".join(rule.never),
        "stranger": "" if rule.cast is None else shown(rule.cast.stranger),
        "cast": "" if rule.cast is None else ", ".join(rule.cast.names),
        "new-terms": "",
        "idea-new-name": "",
        "idea-new-points": "",
        "idea-new-words": "",
    }
    for number, facet in enumerate(rule.facets):
        texts[f"idea-{number}-points"] = shown(facet.points)
        texts[f"idea-{number}-words"] = ", ".join(facet.words)
        texts[f"idea-{number}-also"] = ", ".join(facet.also)
    for number, term in enumerate(rule.terms):
        texts[f"term-{number}"] = shown(term.points)
    return texts


def fields_of(texts: Mapping[str, str], rule: Rule) -> RuleFields:
    """Return the fields of a rule changed by a form; ideas without words and terms without points are removed.

    Raises:
        PageRefused: a text is not a number.
    """
    stranger = texts.get("stranger", "").strip()
    return RuleFields(
        breadth=Breadth(texts.get("breadth", rule.breadth.value)),
        threshold=_number(texts.get("threshold", ""), "the threshold"),
        facets=(*_facets(texts, rule), *_new_facet(texts)),
        terms=(*_terms(texts, rule), *_new_terms(texts)),
        must=_listed(texts.get("must", "")),
        should=_listed(texts.get("should", "")),
        never=_listed(texts.get("not", "")),
        stranger=_number(stranger, "the points off for other names") if stranger else None,
        cast=_listed(texts.get("cast", "")) if stranger else (),
    )


def shown(number: float) -> str:
    """Return a number without trailing zeros."""
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _facets(texts: Mapping[str, str], rule: Rule) -> list[Facet]:
    found = []
    for number, facet in enumerate(rule.facets):
        words = _listed(texts.get(f"idea-{number}-words", ""))
        if words:
            points = _number(texts.get(f"idea-{number}-points", ""), f"the points of {facet.name}")
            also = _listed(texts.get(f"idea-{number}-also", ""))
            found.append(Facet(name=facet.name, points=points, words=words, also=also))
    return found


def _new_facet(texts: Mapping[str, str]) -> list[Facet]:
    name, words = texts.get("idea-new-name", "").strip(), _listed(texts.get("idea-new-words", ""))
    if not words:
        return []
    points = _number(texts.get("idea-new-points", "") or shown(NEW_POINTS), "the points of the new idea")
    return [Facet(name=name or words[0], points=points, words=words)]


def _terms(texts: Mapping[str, str], rule: Rule) -> list[Term]:
    return [
        Term(text=term.text, points=_number(points, f"the points of {term.text}"), articles=term.articles)
        for number, term in enumerate(rule.terms)
        if (points := texts.get(f"term-{number}", "").strip())
    ]


def _new_terms(texts: Mapping[str, str]) -> list[Term]:
    found = []
    for line in texts.get("new-terms", "").splitlines():
        pointed = POINTED.match(line.strip())
        if pointed is not None:
            points = _number(pointed["points"], f"the points of {pointed['text']}")
            found.append(Term(text=pointed["text"].strip("\"' "), points=points))
        elif line.strip():
            found.append(Term(text=line.strip(), points=NEW_POINTS))
    return found


def _listed(text: str) -> tuple[str, ...]:
    """Return the entries of a text separated by lines or commas, without duplicates."""
    return tuple(dict.fromkeys(entry.strip() for entry in re.split(r"[\n,]", text) if entry.strip()))


def _number(text: str, name: str) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise PageRefused(400, f"“{text}” is not a number for {name}.", "Write a number such as 2.5.")
    return number
