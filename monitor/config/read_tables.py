"""Validates the tables of a configuration one by one, so that every error is reported."""

from __future__ import annotations

from dataclasses import MISSING, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from monitor.config.errors import BadValueError
from monitor.config.readers import BadItemsError, ReadContext, errors_in
from monitor.config.schema import LISTS, TABLES, Table, keys_of
from monitor.config.unknown_keys import unknown_key
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.error_log import ErrorLog
    from monitor.config.schema import Key
    from monitor.text.toml_positions import TomlPath

T = TypeVar("T", bound=Table)


@value
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
        self._keys: dict[type[Table], dict[str, Key]] = {}

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
        """Return the validated table; None if it has errors, which are recorded."""
        known = self._keys.get(model) or self._keys.setdefault(model, keys_of(model))
        values: dict[str, Any] = {}
        about = replace(self.read_context, table=values)
        wanted = [key for key in known.values() if key.written in written or key.default is MISSING]
        found = [self._read_key(key, written, values, about, place) for key in wanted]
        unknown = [key for key in written if key not in known]
        for key in unknown:
            self.error_log.refuse((*place, key), *unknown_key(key, str(place[0]) if place else ""))
        return None if unknown or not all(found) else model(**values)

    def _read_key(
        self,
        key: Key,
        written: Mapping[str, Any],
        values: dict[str, Any],
        about: ReadContext,
        place: TomlPath,
    ) -> bool:
        """Add the value of a key to `values`; record its errors and return False if it has any."""
        if key.written not in written:
            self.error_log.miss((*place, key.written), f"has no '{key.written}'", "add it")
            return False
        try:
            values[key.name] = key.reader(written[key.written], about)
        except (BadValueError, BadItemsError) as error:
            for inner, each in errors_in(error):
                self.error_log.refuse((*place, key.written, *inner), each.cause, each.remedy)
            return False
        return True


def refuse_repeated_names(entries: list[Entry[T]], error_log: ErrorLog) -> None:
    """Record an error for every entry whose name an earlier one has."""
    first: dict[str, Entry[T]] = {}
    for entry in entries:
        earlier = first.setdefault(entry.label, entry)
        if entry.label and earlier is not entry:
            cause = f"the name {entry.label!r} is already used at line {earlier.line}"
            error_log.refuse((*entry.place, "name"), cause, "choose another")
