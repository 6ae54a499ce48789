"""The JSON Schema of `storywatch.toml`: what editors need to complete keys and to mark errors.

It describes the file alone. `storywatch check` also checks the files, topics, channels and secrets that the file names.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from datetime import timedelta
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from alerts.channels.registry import CHANNEL_TYPES, kind_of
from alerts.schemas.json_schema import DIALECT, Schema, many
from monitor.config.feeds import OF_ONE_FEED
from monitor.config.schema import LISTS, TABLES, Table, TopTable, keys_of
from monitor.config.topics import WAYS
from monitor.config.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.config.schema import Key

MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@cache
def meanings() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return the meaning of each key, by table."""
    return tomllib.loads((files("monitor.config") / "meanings.toml").read_text(encoding="utf-8"))


def config_schema() -> Schema:
    """Return the schema of the whole file."""
    top = _table("top", TopTable)
    tables = {name: _table(name, table) for name, table in TABLES.items()}
    lists = {name: many(_table(name, table)) for name, table in LISTS.items()}
    return {
        "$schema": DIALECT,
        "$id": "urn:storywatch:config",
        "title": "storywatch.toml",
        **top,
        "properties": {**top["properties"], **tables, **lists},
    }


def _table(name: str, table: type[Table]) -> Schema:
    described = meanings()[name]
    keys = keys_of(table)
    schema = {
        "type": "object",
        "properties": {
            key: one.reader.schema | _default(one) | {"description": _description(described[key])}
            for key, one in keys.items()
        },
        "required": [key for key, one in keys.items() if one.is_required],
        "additionalProperties": False,
    }
    return schema | _RULES.get(name, {})


def _default(key: Key) -> Schema:
    """Return the default of a key as the file would have it; nothing for a key without a value by default."""
    match key.default:
        case None | "" | () | dataclasses.MISSING:
            return {}
        case timedelta():
            return {"default": format_duration(key.default)}
        case Enum():
            return {"default": key.default.value}
        case tuple():
            return {"default": list(key.default)}
        case _:
            return {"default": key.default}


def _description(meaning: Mapping[str, str]) -> str:
    """Return a key's meaning as plain text, with the default where the program computes it."""
    default = f" Default: {meaning['default']}." if "default" in meaning else ""
    return MARKDOWN_LINK.sub(r"\1", meaning["text"] + default)


def _exactly_one(keys: Iterable[str]) -> list[Schema]:
    return [{"required": [key]} for key in keys]


def _none_of(keys: Iterable[str]) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


def _of_type(name: str) -> Schema:
    """Return the rule on the keys of a channel of this type."""
    kind = kind_of(name)
    known = {"name", "type", *kind.needed, *kind.possible}
    foreign = [key for key in keys_of(LISTS["channels"]) if key not in known]
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {"required": list(kind.needed), **_none_of(foreign)},
    }


_RULES: Mapping[str, Schema] = {
    "feeds": {
        "oneOf": _exactly_one(("url", "opml")),
        "if": {"required": ["opml"]},
        "then": _none_of(OF_ONE_FEED),
    },
    "topics": {"oneOf": _exactly_one(WAYS)},
    "channels": {"allOf": [_of_type(name) for name in CHANNEL_TYPES]},
    "routes": {
        "if": {"properties": {"send": {"const": "digest"}}, "required": ["send"]},
        "then": {"required": ["at"]},
        "else": _none_of(("at",)),
    },
}  # what the keys of one entry ask of each other
