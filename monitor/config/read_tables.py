"""Validates the tables of a configuration one by one, so that every error is reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import ValidationError

from monitor.config.pydantic_errors import explain
from monitor.config.schema import LISTS, TABLES, Table

if TYPE_CHECKING:
    from monitor.config.error_log import ErrorLog
    from monitor.config.types import ReadContext
    from monitor.text.toml_positions import TomlPath

T = TypeVar("T", bound=Table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """One table of a list: its place, its keys as written, and the validated table, None if it has errors."""

    place: TomlPath
    written: dict[str, Any]
    table: T | None
    line: int | None

    @property
    def label(self) -> str:
        """The table's name, or an empty string."""
        name = self.written.get("name")
        return name if isinstance(name, str) else ""


class Tables:
    """The tables of one file."""

    def __init__(self, written: dict[str, Any], error_log: ErrorLog, read_context: ReadContext) -> None:
        self.written = written
        self.error_log = error_log
        self.read_context = read_context

    def top(self, model: type[T]) -> T | None:
        """Return the keys outside any table."""
        keys = {key: value for key, value in self.written.items() if key not in {**TABLES, **LISTS}}
        return self._read(model, keys, ())

    def table(self, section: str, model: type[T]) -> T | None:
        """Return a section such as `[polling]`, with the defaults if it is missing."""
        written = self.written.get(section, {})
        if isinstance(written, dict):
            return self._read(model, written, (section,))
        self.error_log.refuse((section,), "is not a table", f"write [{section}] and its keys below")
        return None

    def entries(self, section: str, model: type[T]) -> list[Entry[T]]:
        """Return a section such as `[[feeds]]`, one entry for each of its tables."""
        written = self.written.get(section, [])
        if not isinstance(written, list):
            self.error_log.refuse(
                (section,), "is not a list of tables", f"write [[{section}]] with two brackets"
            )
            return []
        lines = self.error_log.entry_lines(section, len(written))
        found = []
        for position, (table, line) in enumerate(zip(written, lines, strict=True)):
            place = (section, position)
            if isinstance(table, dict):
                read = self._read(model, table, place)
                found.append(Entry(place=place, written=table, table=read, line=line))
            else:
                self.error_log.refuse(place, "is not a table", f"write [[{section}]] and its keys below")
        return found

    def _read(self, model: type[T], written: dict[str, Any], place: TomlPath) -> T | None:
        try:
            return model.model_validate(written, context=self.read_context)
        except ValidationError as error:
            found = error.errors(include_url=False)
        section = str(place[0]) if place else ""
        for each in found:
            note = self.error_log.miss if each["type"] == "missing" else self.error_log.refuse
            note((*place, *each["loc"]), *explain(each, section))
        return None


def refuse_repeated_names(entries: list[Entry[T]], error_log: ErrorLog) -> None:
    """Record an error for every entry whose name an earlier one has."""
    first: dict[str, Entry[T]] = {}
    for entry in entries:
        earlier = first.setdefault(entry.label, entry)
        if entry.label and earlier is not entry:
            cause = f"the name {entry.label!r} is already used at line {earlier.line}"
            error_log.refuse((*entry.place, "name"), cause, "choose another")
