"""Parameters of endpoints in the query or the body, and their conversion to values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.schemas.json_schema import TEXT, many, one_of
from monitor.config.errors import BadValueError
from monitor.config.units import parse_duration
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

    from alerts.schemas.json_schema import Schema

MOST = 500  # rows of a page
USUAL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A named parameter. `read` converts the input to a value, and raises ValueError for invalid input."""

    name: str
    about: str
    schema: Schema
    read: Callable[[Any], Any]
    default: Any = None
    is_needed: bool = False


def words_of(given: Mapping[str, Any], taken: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of an endpoint's parameters.

    Raises:
        PageRefused: a parameter is missing, unknown or invalid.
    """
    names = {one.name for one in taken}
    unknown = sorted(set(given) - names)
    if unknown:
        known = ", ".join(sorted(names)) or "none"
        raise PageRefused(400, f"There is no parameter {unknown[0]!r} here.", f"Parameters: {known}.")
    return {one.name: _value(one, given) for one in taken}


def _value(one: Parameter, given: Mapping[str, Any]) -> Any:
    if one.name not in given:
        if one.is_needed:
            raise PageRefused(400, f"The parameter {one.name!r} is missing.", one.about)
        return one.default
    try:
        return one.read(given[one.name])
    except ValueError as error:
        raise PageRefused(400, f"The parameter {one.name!r} cannot be read: {error}.", one.about) from None


async def body_of(http: Request, taken: Sequence[Parameter]) -> dict[str, Any]:
    """Return the parameters in a JSON body, which may be empty.

    Raises:
        PageRefused: the body is not a JSON object, or one of its parameters is invalid.
    """
    body = await http.body()
    try:
        given = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise PageRefused(400, "The body is not a JSON object.", "Send one such as {} with its content type.")
    return words_of(given, taken)


def duration(name: str, about: str, *, default: str | None) -> Parameter:
    """Return a parameter such as `7d`."""
    value = None if default is None else parse_duration(default)
    schema = {**TEXT, "pattern": r"^(\d+(ms|[smhdw]))+$"} | ({} if default is None else {"default": default})
    return Parameter(name=name, about=about, schema=schema, read=_duration, default=value)


def _duration(sent: Any) -> Any:
    try:
        return parse_duration(_text(sent))
    except BadValueError as error:
        raise ValueError(str(error)) from None


def word(name: str, about: str, *, is_needed: bool = False) -> Parameter:
    """Return a parameter that is a text."""
    return Parameter(name=name, about=about, schema=TEXT, read=_text, is_needed=is_needed)


def words(name: str, about: str) -> Parameter:
    """Return a required parameter that is a list of texts."""
    return Parameter(name=name, about=about, schema=many(TEXT), read=_texts, is_needed=True)


def choice(name: str, about: str, *allowed: str, is_needed: bool = False) -> Parameter:
    """Return a parameter that is one of these values."""

    def read(sent: Any) -> str:
        if sent not in allowed:
            raise ValueError(f"it is not one of {', '.join(allowed)}")
        return str(sent)

    return Parameter(name=name, about=about, schema=one_of(*allowed), read=read, is_needed=is_needed)


def limit() -> Parameter:
    """Return the parameter for the number of rows on a page."""
    schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    about = f"The number of rows of a page, from 1 to {MOST}."
    return Parameter(name="limit", about=about, schema=schema, read=_rows, default=USUAL)


def _rows(sent: Any) -> int:
    if not (isinstance(sent, str) and sent.isascii() and sent.isdecimal() and len(sent) <= len(str(MOST))):
        raise ValueError("it is not a number of rows")
    if not 1 <= int(sent) <= MOST:
        raise ValueError("it is out of range")
    return int(sent)


def _text(sent: Any) -> str:
    if not isinstance(sent, str) or not sent.strip():
        raise ValueError("it is empty, or not a text")
    return sent


def _texts(sent: Any) -> list[str]:
    if not isinstance(sent, list) or not sent:
        raise ValueError("it is not a list of texts")
    return [_text(one) for one in sent]
