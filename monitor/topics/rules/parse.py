"""Parser of rule files: TOML that a person reads and edits, with an error for every mistake.

name = "harbour-strikes"
breadth = "story"                   # narrow: this event; story: it and what follows; wide: this subject
language = "en"                     # whose word endings are cut
threshold = 10.0                    # points that make a match
repeated = 0.6                      # more points for a word that an item repeats; without the line none
checksum = "…"                      # of the rule as learnt: shows whether it was edited since
must = ["ports"]                    # all of these have to occur: names of facets, or words
should = []                         # if there are any, at least one has to occur
not = ["submarine"]                 # none of these may occur

[terms]                             # each gives its points once
"dock workers" = 4.5

[facets.ports]                      # one idea: its points count once, whichever word occurs
points = 5.0
words = ["port", "harbour", "quay"]
also = ["dockyard"]                 # words that are in no example: three quarters of the points

[cast]                              # the names in the examples: not in a wide rule
stranger = 0.8                      # points subtracted for each other name in an item, twice that in its title
names = ["brevik", "velmont"]

[found_in]                          # the articles that contain a term; only for the reader
"dock workers" = [1, 3]

[[learnt_from]]
file = "strike.txt"
date = 2024-05-02
sha256 = "…"

[fitted]                            # to the items that came near the topic; written by storywatch alone
on = 2024-05-12
items = 310
default = 10.0                      # the threshold as it was learnt
learnt_on = ["120"]                 # items that it learnt from too
inputs = "…"

[meaning]                           # of the examples together, as numbers for the semantic extra
agreement = 0.75
vector = "…"
"""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

import tomli

from monitor.text.stems import phrase_stems
from monitor.topics.rules.fields import Place, number, only_known, shown, strings, typed
from monitor.topics.rules.rule import (
    THRESHOLD,
    Breadth,
    Cast,
    Facet,
    Fitted,
    Meaning,
    Rule,
    RuleError,
    Source,
    Term,
)
from monitor.topics.vocabulary.embeddings import SIZE

MAX_CHARACTERS = 1_000_000  # characters; a learnt rule has 10,000

_KEYS = ("name", "breadth", "language", "threshold", "repeated", "checksum", "must", "should", "not",
         "terms", "facets", "cast", "found_in", "learnt_from", "fitted", "meaning")  # fmt: skip

BREADTHS = 'it is "narrow", "story" or "wide"'


def parse_rule(text: str, origin: str) -> Rule:
    """Read a rule from TOML. `origin` names the file in errors.

    Raises:
        RuleError: the rule is invalid; the message names file, line, cause and remedy of the first mistake.
    """
    table, place = _toml(text, origin)
    only_known(table, _KEYS, place)
    rule = Rule(
        name=typed(table, "name", str, place, default=""),
        breadth=_breadth(table, place),
        language=typed(table, "language", str, place, default="en"),
        threshold=number(table.get("threshold", THRESHOLD), place.at("threshold")),
        repeated=_repeated(table, place),
        checksum=typed(table, "checksum", str, place, default=""),
        terms=_terms(table, place),
        facets=_facets(table, place),
        must=strings(table, "must", place),
        should=strings(table, "should", place),
        never=strings(table, "not", place),
        cast=_cast(table, place),
        learnt_from=_sources(table, place),
        meaning=_meaning(table, place),
        fitted=_fitted(table, place),
    )
    _refuse_contradictions(rule, place)
    return rule


def _toml(text: str, origin: str) -> tuple[dict[str, Any], Place]:
    if len(text) > MAX_CHARACTERS:
        raise RuleError(
            f"{origin}:1: {len(text)} characters is too long for a rule; learn it again or cut it down"
        )
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        cause = re.sub(r" \(at .*\)$", "", str(error))
        raise RuleError(
            f"{origin}:{line}: not TOML: {cause}; correct it there or learn the rule again"
        ) from None
    except RecursionError:
        raise RuleError(f"{origin}:1: nested too deeply; a rule has lists and tables of one level") from None
    return table, Place(origin=origin, text=text)


def _breadth(table: dict[str, Any], place: Place) -> Breadth:
    value = typed(table, "breadth", str, place, default="wide")
    try:
        return Breadth(value)
    except ValueError:
        raise place.at("breadth").wrong(f"unknown breadth {value!r}", BREADTHS) from None


def _repeated(table: dict[str, Any], place: Place) -> float:
    here = place.at("repeated")
    value = number(table.get("repeated", 0.0), here)
    if value < 0:
        raise here.wrong("a word that an item repeats would bring less", "write 0 or more, such as 0.6")
    return value


def _terms(table: dict[str, Any], place: Place) -> tuple[Term, ...]:
    found_in = typed(table, "found_in", dict, place, default={})
    terms = []
    for text, points in typed(table, "terms", dict, place, default={}).items():
        here = place.at("terms", text)
        if not phrase_stems(text, "en"):
            raise here.wrong(f"the term {text!r} has no word in it", "remove it")
        articles = found_in.get(text, [])
        if not isinstance(articles, list) or not all(type(place) is int for place in articles):
            raise place.at("found_in", text).wrong(
                f"found_in of {text!r} is not a list of numbers", "write [1, 2]"
            )
        terms.append(Term(text=text, points=number(points, here), articles=tuple(articles)))
    return tuple(terms)


def _facets(table: dict[str, Any], place: Place) -> tuple[Facet, ...]:
    facets = []
    for name in typed(table, "facets", dict, place, default={}):
        here = place.at("facets", name)
        facet = typed(table["facets"], name, dict, place.at("facets"), default={})
        only_known(facet, ("points", "words", "also"), here)
        if "points" not in facet:
            raise here.wrong(f"facet {name!r} has no points", "add points = 2.5")
        texts = strings(facet, "words", here)
        if not texts:
            raise here.wrong(f"facet {name!r} has no words", 'add words = ["one", "another"]')
        points = number(facet["points"], here.at("points"))
        facets.append(Facet(name=name, points=points, words=texts, also=strings(facet, "also", here)))
    return tuple(facets)


def _cast(table: dict[str, Any], place: Place) -> Cast | None:
    if "cast" not in table:
        return None
    here = place.at("cast")
    found = typed(table, "cast", dict, place, default={})
    only_known(found, ("stranger", "names"), here)
    if "stranger" not in found:
        raise here.wrong("the cast has no stranger", "add what each other name takes off: stranger = 0.8")
    stranger = number(found["stranger"], here.at("stranger"))
    if stranger < 0:
        raise here.at("stranger").wrong("strangers would bring points", "write how many they take off: 0.8")
    return Cast(stranger=stranger, names=strings(found, "names", here))


def _meaning(table: dict[str, Any], place: Place) -> Meaning | None:
    if "meaning" not in table:
        return None
    here = place.at("meaning")
    found = typed(table, "meaning", dict, place, default={})
    only_known(found, ("agreement", "vector"), here)
    vector = typed(found, "vector", str, here, default="")
    try:
        size = len(base64.b64decode(vector, validate=True))
    except ValueError:
        size = 0
    if size != SIZE:
        raise here.at("vector").wrong(
            f"not the {SIZE} bytes of a meaning", "learn the rule again, or remove [meaning]"
        )
    return Meaning(agreement=number(found.get("agreement"), here.at("agreement")), vector=vector)


def _fitted(table: dict[str, Any], place: Place) -> Fitted | None:
    if "fitted" not in table:
        return None
    here = place.at("fitted")
    found = typed(table, "fitted", dict, place, default={})
    only_known(found, ("on", "items", "default", "learnt_on", "inputs"), here)
    items = typed(found, "items", int, here, default=0)
    return Fitted(
        on=_day(found, "on", here) or date.min,
        items=items,
        default=number(found.get("default", THRESHOLD), here.at("default")),
        learnt_on=tuple(typed(found, "learnt_on", list, here, default=[])),
        inputs=typed(found, "inputs", str, here, default=""),
    )


def _day(table: dict[str, Any], key: str, place: Place) -> date | None:
    day = table.get(key)
    if day is not None and type(day) is not date:
        raise place.at(key).wrong(f"{key} = {shown(day)} is not a day", "write it as 2024-05-31")
    return day


def _sources(table: dict[str, Any], place: Place) -> tuple[Source, ...]:
    sources = []
    for row, entry in enumerate(typed(table, "learnt_from", list, place, default=[])):
        here = place.at("learnt_from", row)
        if not isinstance(entry, dict):
            raise here.wrong("learnt_from is not a list of tables", "write [[learnt_from]] above each file")
        only_known(entry, ("file", "sha256", "date", "counter", "marked"), here)
        file, digest = (typed(entry, key, str, here, default="") for key in ("file", "sha256"))
        counter, marked = (typed(entry, key, bool, here, default=False) for key in ("counter", "marked"))
        sources.append(
            Source(file=file, sha256=digest, date=_day(entry, "date", here), counter=counter, marked=marked)
        )
    return tuple(sources)


def _refuse_contradictions(rule: Rule, place: Place) -> None:
    if rule.threshold <= 0:
        raise place.at("threshold").wrong(
            "a threshold of 0 or less makes everything a match", "use a number above 0"
        )
    points = [term.points for term in rule.terms] + [facet.points for facet in rule.facets]
    if max(points, default=0.0) <= 0:
        raise place.at("terms").wrong("no term or facet brings points: the rule can never match", "add one")
    never = {phrase_stems(text, rule.language) for text in rule.never}
    for key, texts in (("must", rule.must), ("should", rule.should)):
        for text in texts:
            if phrase_stems(text, rule.language) in never:
                raise place.at("not").wrong(f"{text!r} is in {key} and in not", "remove one of the two")
    _refuse_twins(rule, place)
    for term in rule.terms:
        if term.points > 0 and phrase_stems(term.text, rule.language) in never:
            raise place.at("terms", term.text).wrong(
                f"{term.text!r} brings points and stands in not", "remove one of the two"
            )


def _refuse_twins(rule: Rule, place: Place) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for term in rule.terms:
        twin = seen.setdefault(phrase_stems(term.text, rule.language), term.text)
        if twin != term.text:
            raise place.at("terms", term.text).wrong(
                f"{term.text!r} and {twin!r} are one term", "keep one of them"
            )
