"""Translates pydantic's errors into those of the configuration file; values that may be secret are not printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.config.errors import BadValueError, suggestion
from monitor.config.schema import LISTS, TABLES, known_keys

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LONG = 10**18
# The expected type, by pydantic's name of the error.
WANTED = {
    "literal_error": "a string in quotes",
    "bool_type": "true or false",
    "string_type": "a string in quotes",
    "int_type": "a whole number without quotes",
    "tuple_type": 'a list such as ["…"]',
    "dict_type": 'a table such as {name = "…"}',
    "path_type": "a path in quotes",
    "time_delta_type": 'a duration such as "15m"',
}
GIVEN = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    str: "a string",
    list: "a list",
    tuple: "a list",
    dict: "a table",
}


def explain(error: ErrorDetails, section: str) -> tuple[str, str]:
    """Return cause and remedy of an error in a section, `""` for the top of the file."""
    context = error.get("ctx", {})
    refused = context.get("error")
    if isinstance(refused, BadValueError):
        return refused.cause, refused.remedy
    if error["type"] == "extra_forbidden":
        return unknown_key(str(error["loc"][-1]), section)
    return _plain_words(error["type"], error, context)


def _plain_words(kind: str, error: ErrorDetails, context: dict[str, Any]) -> tuple[str, str]:
    match kind:
        case "missing":
            return f"has no '{error['loc'][-1]}'", "add it"
        case "literal_error" if isinstance(error["input"], str):
            return f"{error['input']!r} is not an allowed value", f"choose {context['expected']}"
        case "greater_than_equal":
            return f"{_number(error['input'])} is too small", f"write {context['ge']} or more"
        case "less_than_equal":
            return f"{_number(error['input'])} is too large", f"write {context['le']} or less"
        case _:
            given = GIVEN.get(type(error["input"]), "a date or time")
            return f"expected {WANTED.get(kind, 'another kind of value')}, found {given}", ""


def _number(given: object) -> str:
    """Return a number as text; Python refuses to print very long integers."""
    return "the number" if isinstance(given, int) and abs(given) >= LONG else str(given)


def unknown_key(key: str, section: str) -> tuple[str, str]:
    """Return cause and remedy for an unknown key: the nearest key, or the section it belongs to."""
    known = known_keys(section)
    remedy = suggestion(key, known)
    if remedy.startswith("did you mean"):
        return "unknown key", remedy
    sections = [
        section_ for section_ in (*TABLES, *LISTS) if section_ != section and key in known_keys(section_)
    ]
    if sections:
        written = " or ".join(
            f"[{section_}]" if section_ in TABLES else f"[[{section_}]]" for section_ in sections
        )
        return "unknown key", f"it belongs to {written}"
    return "unknown key", remedy
