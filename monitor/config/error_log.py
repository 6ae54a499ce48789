"""Collects the errors and warnings of a configuration, so that all are reported at once."""

from __future__ import annotations

import re
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING

from monitor.config.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from monitor.text.toml_positions import TomlPath

# A table header as people write it; other forms are looked up in the syntax tree.
HEADER = re.compile(r"^[ \t]*\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\]")


class ErrorLog:
    """The errors and warnings of one file; places are paths into it, `("feeds", 2, "url")`."""

    def __init__(self, path: Path, text: str, *, is_partial: bool = False) -> None:
        self.path = path
        self.text = text
        self.is_partial = (
            is_partial  # lines were skipped; a key that seems to be missing may be in one of them
        )
        self.errors: list[ConfigError] = []
        self._warnings: list[Callable[[], ConfigError]] = []
        self._searches: list[Callable[[], Iterable[ConfigError]]] = []

    def refuse(self, place: TomlPath, cause: str, remedy: str) -> None:
        """Record an error at the nearest key that is in the file."""
        self.errors.append(self._finding(place, cause, remedy))

    def miss(self, place: TomlPath, cause: str, remedy: str) -> None:
        """Record an error about a missing key, unless it may be in a skipped line."""
        if not self.is_partial:
            self.refuse(place, cause, remedy)

    def warn(self, place: TomlPath, cause: str, remedy: str) -> None:
        """Record a warning at the nearest key that is in the file."""
        self._warnings.append(partial(self._finding, place, cause, remedy))

    def refuse_elsewhere(self, path: Path, line: int | None, cause: str, remedy: str) -> None:
        """Record an error in another file that this one names."""
        self.errors.append(ConfigError(path=path, line=line, where="", cause=cause, remedy=remedy))

    def warn_elsewhere(self, path: Path, line: int | None, cause: str, remedy: str) -> None:
        """Record a warning about another file that this one names."""
        warning = ConfigError(path=path, line=line, where="", cause=cause, remedy=remedy)
        self._warnings.append(lambda: warning)

    def warn_later(self, search: Callable[[], Iterable[ConfigError]]) -> None:
        """Record a search for warnings about other files, which takes long."""
        self._searches.append(search)

    def warnings(self) -> list[ConfigError]:
        """Return the warnings; only now they are searched and their lines are looked up, since few commands show them."""
        recorded = [located() for located in self._warnings]
        return [*recorded, *chain.from_iterable(search() for search in self._searches)]

    def entry_lines(self, section: str, count: int) -> list[int | None]:
        """Return the lines of a section's `[[section]]` tables."""
        found: list[int | None] = []
        for number, line in enumerate(self.text.split("\n"), start=1):
            if "[[" in line and (header := HEADER.match(line)) is not None and header[1] == section:
                found.append(number)
        if len(found) == count:
            return found
        return [self.lines.get((section, position)) for position in range(count)]

    @cached_property
    def lines(self) -> dict[TomlPath, int]:
        """The line of every key, computed only when an error is recorded."""
        from monitor.text.toml_positions import lines_of  # noqa: PLC0415 - brings a TOML grammar, needed only for errors

        return lines_of(self.text)

    def _finding(self, place: TomlPath, cause: str, remedy: str) -> ConfigError:
        while place and place not in self.lines:
            place = place[:-1]
        line = self.lines.get(place) if place else None  # an error about the whole file needs no line
        return ConfigError(path=self.path, line=line, where=spelled(place), cause=cause, remedy=remedy)


def spelled(place: TomlPath) -> str:
    """Return the path in readable form, positions from 1: `feeds[3].url`."""
    words = "".join(f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in place)
    return words.removeprefix(".")
