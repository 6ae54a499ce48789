"""Reads TOML and continues after a broken line, so that all errors of a file are reported together."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

import tomli  # the origin of tomllib, compiled: four times as fast, with the same error messages

from storage.model.value import value

MAX_BROKEN_LINES = 20  # a file with more is not TOML
ASSIGNMENT = re.compile(r"\s*[A-Za-z0-9_.\"' -]+=")
PLACE = re.compile(r"\s*\(at (?:line ([0-9]+), column [0-9]+|end of document)\)")
BARE_VALUE = re.compile(r"=\s*[^\s\"'\[{]")
END = "(at end of document)"
OPEN_LITERAL = 'Expected "\'"'
TOO_LONG = "Exceeds the limit"  # Python's message about too many digits
TWICE = "cannot overwrite a value"
REMEDIES = {
    "Cannot overwrite a value": "the key is set twice: remove one",
    "Cannot declare": "the table is defined twice: remove one, or write [[…]] for a list of them",
    "Illegal character '\\n'": "close the quote",
    "Found invalid character '\\n'": "close the quote",
    "Expected \"'": "close the quote",
    'Expected "\\"""': "close the quotes",
    "Unclosed array": "close it with ]",
    "Unterminated string": "close the quotes",
}


@value
class BrokenLine:
    """A line that is not TOML; it counts from 1."""

    line: int
    cause: str
    remedy: str


@value
class TolerantToml:
    """The tables of a text; empty if too little of it can be read to check the rest."""

    tables: dict[str, Any]
    text: str
    broken: tuple[BrokenLine, ...] = field(default=())


def read_toml(text: str) -> TolerantToml:
    """Return the tables of a TOML text, and the lines that had to be skipped to read them."""
    lines = text.split("\n")
    broken: list[BrokenLine] = []
    while len(broken) < MAX_BROKEN_LINES:
        try:
            left = "\n".join(lines)
            return TolerantToml(tables=tomli.loads(left), text=left, broken=tuple(broken))
        except RecursionError:
            broken.append(BrokenLine(line=1, cause="is nested too deeply", remedy="write flatter tables"))
            break
        except ValueError as error:  # TOMLDecodeError, or a number that Python does not convert
            broken.append(_broken(str(error), lines))
        if not _is_independent(broken[-1], lines):
            break
        lines[broken[-1].line - 1] = ""
    return TolerantToml(tables={}, text="", broken=tuple(broken))


def _is_independent(broken_line: BrokenLine, lines: list[str]) -> bool:
    """Whether the other lines keep their meaning without this line."""
    written = lines[broken_line.line - 1]
    if not ASSIGNMENT.match(written):
        return False  # without a table's header, its keys would belong to the previous table
    if TWICE in broken_line.cause:
        return True
    alone = _complaint(written)
    # If the line is valid by itself, an earlier one is not closed. If it is open at its end, the next lines belong to it.
    return alone is not None and (END not in alone or OPEN_LITERAL in alone)


def _broken(words: str, lines: list[str]) -> BrokenLine:
    line = _line(words, lines)
    if words.startswith(TOO_LONG):
        return BrokenLine(line=line, cause="the number has too many digits", remedy="write a smaller number")
    cause = PLACE.sub("", words)
    remedy = next((way for start, way in REMEDIES.items() if cause.startswith(start)), "")
    if not remedy:
        written = lines[line - 1]
        bare = ASSIGNMENT.match(written) and BARE_VALUE.search(written)
        remedy = "put the value in quotes" if bare else "see https://toml.io for how to write it"
    return BrokenLine(line=line, cause=f"not TOML: {cause[:1].lower()}{cause[1:]}", remedy=remedy)


def _line(words: str, lines: list[str]) -> int:
    """Return the line of an error; for a construct that is not closed, the line where it was opened."""
    place = PLACE.search(words)
    if place and place[1]:
        return int(place[1])
    opened = (number for number in range(len(lines), 0, -1) if _complaint(lines[number - 1]) == words)
    return next(opened, len(lines))


def _complaint(line: str) -> str | None:
    """Return the parser's error for a single line, None if it is valid."""
    try:
        tomli.loads(line + "\n")
    except ValueError as error:
        return str(error)
    return None
