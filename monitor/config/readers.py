"""Readers of configuration values: each takes a value as TOML gives it, and returns it validated or raises.

A reader also has the JSON Schema of what it reads, for editors.

A reader refuses a value of the wrong TOML type and says what it expects; `BadValueError` names one wrong value,
`BadItemsError` several wrong items of a list or table. Readers are combined from smaller ones:

    PORTS = list_of(whole_number(least=1, most=65_535))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from alerts.schemas.json_schema import Schema, many
from monitor.config.errors import BadValueError
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from monitor.config.secrets import SecretSource
    from monitor.text.toml_positions import TomlPath

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")

TEXT = "a string in quotes"
WHOLE_NUMBER = "a whole number without quotes"
LIST = 'a list such as ["…"]'
LONG = 10**18  # longer numbers are not repeated in an error; Python refuses to print very long ones
GIVEN = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    str: "a string",
    list: "a list",
    dict: "a table",
}


@value
class ReadContext:
    """The context of a value: secrets, the names of other tables (None if not all are known), and its own table.

    `table` holds the values of the same table that were read before this one.
    """

    secrets: SecretSource
    topics: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    table: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """Reads one value; `schema` is the JSON Schema of the value as it is written in the file."""

    read: Callable[[object, ReadContext], T]
    schema: Schema

    def __call__(self, written: object, about: ReadContext) -> T:
        """Return the validated value.

        Raises:
            BadValueError, BadItemsError: it is not valid.
        """
        return self.read(written, about)


def reader_of(schema: Schema) -> Callable[[Callable[[object, ReadContext], T]], Reader[T]]:
    """Return a decorator that makes a function a reader of values that this JSON Schema describes."""
    return lambda read: Reader(read, schema)


class BadItemsError(ValueError):
    """Several values that are not valid, each with its place inside the list or table that holds them."""

    def __init__(self, errors: list[tuple[TomlPath, BadValueError]]) -> None:
        self.errors = errors
        super().__init__(f"{len(errors)} values are not valid")


def errors_in(error: BadValueError | BadItemsError) -> list[tuple[TomlPath, BadValueError]]:
    """Return every wrong value with its place inside the value that was read."""
    return error.errors if isinstance(error, BadItemsError) else [((), error)]


def wrong_type(written: object, wanted: str) -> BadValueError:
    """Return the error for a value of the wrong TOML type."""
    return BadValueError(f"expected {wanted}, found {GIVEN.get(type(written), 'a date or time')}", "")


@reader_of({"type": "string"})
def text(written: object, about: ReadContext) -> str:
    """Return a string, which may be empty."""
    del about
    if not isinstance(written, str):
        raise wrong_type(written, TEXT)
    return written


@reader_of({"type": "boolean"})
def true_or_false(written: object, about: ReadContext) -> bool:
    """Return a truth value."""
    del about
    if not isinstance(written, bool):
        raise wrong_type(written, "true or false")
    return written


def parsed(parse: Callable[[str], T], schema: Schema, wanted: str = TEXT) -> Reader[T]:
    """Return a reader of strings that `parse` converts; `wanted` is what it expects, in words."""

    @reader_of(schema)
    def read(written: object, about: ReadContext) -> T:
        del about
        if not isinstance(written, str):
            raise wrong_type(written, wanted)
        return parse(written)

    return read


def then(reader: Reader[T], check: Callable[[T], U]) -> Reader[U]:
    """Return a reader that passes what `reader` returns to `check`."""
    return Reader(lambda written, about: check(reader(written, about)), reader.schema)


def whole_number(*, least: int, most: int) -> Reader[int]:
    """Return a reader of whole numbers between two bounds, both inclusive."""

    @reader_of({"type": "integer", "minimum": least, "maximum": most})
    def read(written: object, about: ReadContext) -> int:
        del about
        if not isinstance(written, int) or isinstance(written, bool):
            raise wrong_type(written, WHOLE_NUMBER)
        shown = "the number" if abs(written) >= LONG else str(written)
        if written < least:
            raise BadValueError(f"{shown} is too small", f"write {least} or more")
        if written > most:
            raise BadValueError(f"{shown} is too large", f"write {most} or less")
        return written

    return read


def one_of(*words: str) -> Reader[str]:
    """Return a reader of one of these words."""
    *first, last = (repr(word) for word in words)

    @reader_of({"enum": list(words)})
    def read(written: object, about: ReadContext) -> str:
        if text(written, about) not in words:
            raise BadValueError(
                f"{written!r} is not an allowed value", f"choose {', '.join(first)} or {last}"
            )
        return text(written, about)

    return read


def list_of(reader: Reader[T], *, filled: bool = False) -> Reader[tuple[T, ...]]:
    """Return a reader of lists, where one value stands for a list of one; a `filled` list may not be empty."""
    several = many(reader.schema) | ({"minItems": 1} if filled else {})

    @reader_of({"anyOf": [reader.schema, several]})
    def read(written: object, about: ReadContext) -> tuple[T, ...]:
        if isinstance(written, str | dict) or type(written) is int:
            written = [written]
        if not isinstance(written, list):
            raise wrong_type(written, LIST)
        if filled and not written:
            raise BadValueError("is empty", "name at least one")
        return tuple(_each(enumerate(written), reader, about).values())

    return read


def table_of(check_key: Callable[[str], K], reader: Reader[T]) -> Reader[dict[K, T]]:
    """Return a reader of tables with any keys that `check_key` accepts."""

    @reader_of({"type": "object", "additionalProperties": reader.schema})
    def read(written: object, about: ReadContext) -> dict[K, T]:
        if not isinstance(written, dict):
            raise wrong_type(written, 'a table such as {name = "…"}')
        keys = _each(zip(written, written, strict=True), then(text, check_key), about)
        values = _each(written.items(), reader, about)
        return {keys[key]: value for key, value in values.items()}

    return read


def _each(
    values: Iterator[tuple[Any, object]] | Any, reader: Reader[T], about: ReadContext
) -> dict[str | int, T]:
    """Return the values that a reader gives, by place; raises `BadItemsError` with all errors."""
    found: dict[str | int, T] = {}
    errors: list[tuple[TomlPath, BadValueError]] = []
    for place, written in values:
        try:
            found[place] = reader(written, about)
        except (BadValueError, BadItemsError) as error:
            errors += [((place, *inner), each) for inner, each in errors_in(error)]
    if errors:
        raise BadItemsError(errors)
    return found
