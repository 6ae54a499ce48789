"""Errors in a configuration: file, line, cause and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MANY = 12  # names shown in one line of an error


@value
class ConfigError:
    """One error or warning. `line` counts from 1, None for the whole file; `where` is a key such as `feeds[2].url`.

    Positions in `where` count from 1. `cause` and `remedy` never contain a secret; `remedy` may be empty.
    """

    path: Path
    line: int | None
    where: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        """Return one printable line: `storywatch.toml:14: feeds[2].intervall: unknown key; did you mean 'interval'?`."""
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        named = f"{place}: {self.where}: " if self.where else f"{place}: "
        return _printable(f"{named}{_sentence(self.cause, self.remedy)}")


class ConfigErrors(Exception):  # noqa: N818 - it holds several errors
    """Every error of a configuration at once; `str()` is one line per error."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors: tuple[ConfigError, ...] = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


class Refusal(Exception):  # noqa: N818 - an expected result, not an error of the program
    """A view or an action cannot do what was asked.

    `cause` is for everybody; `command_hint` names commands that help, for people at a terminal. `str()` has both.
    """

    def __init__(self, cause: str, command_hint: str = "") -> None:
        self.cause = cause
        super().__init__(_sentence(cause, command_hint))


class TopicRefused(Exception):  # noqa: N818 - an answer to the owner
    """A topic that cannot be used; the message names the file, the cause and the remedy."""


class BadValueError(ValueError):
    """A value that is not valid, with the cause and a remedy."""

    def __init__(self, cause: str, remedy: str) -> None:
        self.cause = cause
        self.remedy = remedy
        super().__init__(_sentence(cause, remedy))


def _sentence(cause: str, remedy: str) -> str:
    """Return cause and remedy; a cause such as `expected …, found …` needs no remedy."""
    return f"{cause}; {remedy}" if remedy else cause


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown word: the nearest known word, or the known words."""
    from difflib import get_close_matches  # noqa: PLC0415  # only for errors

    names = sorted(set(known))
    near = get_close_matches(word, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    more = ", …" if len(names) > MANY else ""
    return f"choose among {', '.join(names[:MANY])}{more}" if names else "define one first"


def _printable(text: str) -> str:
    """Return the text with control, bidi and surrogate characters escaped, so that it cannot control a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )
