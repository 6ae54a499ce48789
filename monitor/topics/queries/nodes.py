"""The parts of a parsed query, as a tree."""

from __future__ import annotations

from typing import TypeAlias

from monitor.text.folding import fold
from monitor.text.stems import stems
from monitor.text.words import words
from storage.model.value import value


@value
class Phrase:
    """Consecutive words. `exact` compares words as written, else by stem; `open_end` makes the last one a prefix."""

    text: str
    exact: bool = False
    open_end: bool = False
    field: str | None = None
    written: str = ""

    def spelled(self, language: str) -> tuple[str, ...]:
        """Return the words as they are found in a text of a language: stems, or words without accents."""
        row = words(self.text, language)
        if self.exact:
            return tuple(map(fold, row))
        if self.open_end:
            return (*stems(row[:-1], language), fold(row[-1]))
        return tuple(stems(row, language))


@value
class Near:
    """Phrases close to each other: each at most `distance` words from the one before it."""

    phrases: tuple[Phrase, ...]
    distances: tuple[int, ...]


@value
class Not:
    """True if its part is false."""

    part: Node


@value
class All:
    """True if all of its parts are true."""

    parts: tuple[Node, ...]


@value
class AnyOf:
    """True if one of its parts is true."""

    parts: tuple[Node, ...]


@value
class Regex:
    """A regular expression that may match anywhere in a field's text."""

    pattern: str
    field: str | None = None
    written: str = ""


Node: TypeAlias = Phrase | Regex | Near | Not | All | AnyOf


def looks_for_something(node: Node) -> bool:
    """Return whether a query can only be true if some word occurs."""
    match node:
        case Phrase() | Regex() | Near():
            return True
        case Not():
            return False
        case All(parts=parts):
            return any(looks_for_something(part) for part in parts)
        case AnyOf(parts=parts):
            return all(looks_for_something(part) for part in parts)
