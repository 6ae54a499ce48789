"""The rule of a learnt topic, as a frozen value.

An item collects *points*: those of every term it contains, and those of every facet once, however many
of its words occur. `threshold` points make a match. `must`, `should` and `not` name terms or facets: all of `must`
have to occur, at least one of `should` if there are any, and none of `not`. If a rule has a cast, every name that
is not in it subtracts points.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import date as Date  # noqa: N812 (the field is called date)

MOST_TIMES = 8  # occurrences of a word that count
_LOGARITHMS = (0.0, *(math.log(times) for times in range(1, MOST_TIMES + 1)))
ALSO = 0.75  # of a facet's points, for a word of it that is not in the examples
THRESHOLD = 10.0  # points that make a match in a learnt rule, so that a weight is a tenth of a match


class Breadth(StrEnum):
    """The scope of a rule: one event, its story, or its subject with any people and places."""

    NARROW = "narrow"
    STORY = "story"
    WIDE = "wide"


class RuleError(ValueError):
    """A rule file that cannot be used: `origin:line: cause; remedy`."""


@value
class Term:
    """A word or phrase and its points. `articles` are the numbers (from 1) of the articles that contain it."""

    text: str
    points: float
    articles: tuple[int, ...] = ()


@value
class Facet:
    """An idea with many words: it gives its points once, whichever of its words occur.

    `also` are words that are in no example: alone, they give `ALSO` of the points.
    """

    name: str
    points: float
    words: tuple[str, ...]
    also: tuple[str, ...] = ()


@value
class Source:
    """An article that a rule was learnt from. `counter` says that it is an example of an unwanted article.

    `marked` says that it is an item that the owner marked; its `file` is the item's id.
    """

    file: str
    sha256: str
    date: Date | None = None
    counter: bool = False
    marked: bool = False


@value
class Cast:
    """The people and things that a story names. Any other name subtracts `stranger` points, twice that in a title."""

    stranger: float
    names: tuple[str, ...]


NO_CAST = Cast(stranger=0.0, names=())


@value
class Meaning:
    """The common meaning of the examples, for the semantic extra: a vector of bytes as base64.

    `agreement` is the mean cosine of an example to the others.
    """

    agreement: float
    vector: str


@value
class Fitted:
    """The changes that fitting made to a rule: its threshold, which was `default`, and the items added as examples.

    `inputs` is the SHA-256 of the inputs of the fit.
    """

    on: Date
    items: int
    default: float
    inputs: str
    learnt_on: tuple[str, ...] = ()


@value
class Rule:
    """The rule of a learnt topic. Sequences keep the file's order."""

    name: str
    breadth: Breadth = Breadth.WIDE
    language: str = "en"
    threshold: float = THRESHOLD
    repeated: float = 0.0  # a word that occurs n times counts 1 + repeated * ln(n) times its points
    terms: tuple[Term, ...] = ()
    facets: tuple[Facet, ...] = ()
    must: tuple[str, ...] = ()
    should: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    cast: Cast | None = None
    learnt_from: tuple[Source, ...] = ()
    meaning: Meaning | None = None
    fitted: Fitted | None = None
    checksum: str = ""  # of the rule as it was learnt


def repetition(times: int, weight: float) -> float:
    """Return the factor of a word's points when it occurs several times; 1 for a single occurrence."""
    return 1 + weight * _LOGARITHMS[min(times, MOST_TIMES)] if times > 1 else 1.0
