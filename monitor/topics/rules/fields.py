"""Typed reading of a rule's TOML: each value has the right type, or an error names its line."""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

from monitor.text.stems import phrase_stems
from monitor.topics.rules.rule import RuleError
from storage.model.value import value

_Kind = TypeVar("_Kind")


@value
class Place:
    """A position in a rule file, for errors."""

    origin: str
    text: str
    path: tuple[str | int, ...] = ()

    def at(self, *keys: str | int) -> Place:
        """Return the place at these keys below this one."""
        return Place(origin=self.origin, text=self.text, path=(*self.path, *keys))

    def wrong(self, cause: str, remedy: str) -> RuleError:
        """Return the error that names the line of this place, or of the nearest table around it."""
        from monitor.text.toml_positions import lines_of  # noqa: PLC0415  # for a wrong rule

        lines = lines_of(self.text)
        path = self.path
        while path and path not in lines:
            path = path[:-1]
        return RuleError(f"{self.origin}:{lines.get(path, 1)}: {cause}; {remedy}")


def only_known(table: dict[str, Any], known: tuple[str, ...], place: Place) -> None:
    """Refuse unknown keys of a table."""
    for key in table:
        if key not in known:
            raise place.at(key).wrong(f"unknown key {key!r}", f"the keys here are {', '.join(known)}")


def typed(table: dict[str, Any], key: str, kind: type[_Kind], place: Place, *, default: _Kind) -> _Kind:
    """Return a value of a table, or refuse one of another type."""
    value = table.get(key, default)
    if not isinstance(value, kind):
        names = {
            str: "a text in quotes",
            dict: "a table",
            list: "a list",
            bool: "true or false",
            int: "a whole number",
        }
        raise place.at(key).wrong(f"{key} = {value!r} is not {names[kind]}", "write it as such")
    return value


def number(value: object, place: Place) -> float:
    """Return a finite number; refuse any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        name = place.path[-1]
        raise place.wrong(f"{name!r} = {shown(value)} is not a number", "give its points, such as 2.5")
    return float(value)


def strings(table: dict[str, Any], key: str, place: Place) -> tuple[str, ...]:
    """Return a list of texts that contain words; a single text is read as a list of one."""
    value = table.get(key, [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise place.at(key).wrong(f"{key} is not a list of texts", f'write {key} = ["one", "another"]')
    for entry in value:
        if not phrase_stems(entry, "en"):
            raise place.at(key).wrong(f"{key} holds {entry!r}, which has no word in it", "remove it")
    return tuple(value)


def shown(value: object) -> str:
    """Return a value as its file shows it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
