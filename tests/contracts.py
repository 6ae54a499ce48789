"""What the contracts of 1.x are compared by: schemas as strict as today's program, and what a later one withdrew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def strict(schema: Any) -> Any:
    """Return a schema that takes no field it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(one) for name, one in schema.items()}
    return made | {"additionalProperties": False} if "properties" in schema else made


def keys(value: Any, *place: str) -> Iterator[tuple[str, ...]]:
    """Yield the place of every key in a JSON value, lists counted as one."""
    for each in value if isinstance(value, list) else [value]:
        for name, within in each.items() if isinstance(each, dict) else ():
            yield (*place, name)
            yield from keys(within, *place, name)
