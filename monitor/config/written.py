"""The forms in which values are written in the file, as JSON Schemas for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import WithJsonSchema

from alerts.channels.registry import CHANNEL_TYPES
from alerts.schemas.json_schema import Schema, many, one_of, record
from monitor.config.units import DURATION, QUIET, SIZE
from storage.model import Updates

if TYPE_CHECKING:
    import re

NOT_EMPTY: Schema = {"type": "string", "minLength": 1}
ENV = record(env=NOT_EMPTY) | {"additionalProperties": False, "description": "An environment variable."}
FILE = record(file=NOT_EMPTY) | {"additionalProperties": False, "description": "A file with the secret."}


def _pattern(pattern: re.Pattern[str], *examples: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern.pattern}$", "examples": list(examples)}


def _one_or_list(schema: Schema) -> Schema:
    """Return the schema of a list that may be empty, or of one value."""
    return {"anyOf": [schema, many(schema)]}


def _one_or_more(schema: Schema) -> Schema:
    """Return the schema of a list that is not empty, or of one value."""
    return {"anyOf": [schema, many(schema) | {"minItems": 1}]}


def as_written(schema: Schema) -> Any:
    """Return an annotation that makes pydantic describe a value by this schema."""
    return WithJsonSchema(schema, mode="validation")


ONE_OR_MORE = _one_or_more(NOT_EMPTY)
ONE_OR_LIST = _one_or_list(NOT_EMPTY)
AS_SECRET: Schema = {"anyOf": [NOT_EMPTY, ENV, FILE]}
AS_SECRETS = _one_or_more(AS_SECRET)
AS_HEADERS: Schema = {"type": "object", "additionalProperties": AS_SECRET}
AS_PATH: Schema = {"type": "string", "minLength": 1, "description": "Relative to the folder of this file."}
AS_PATHS = _one_or_more(AS_PATH)
AS_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[^*]+$"}
AS_DURATION = _pattern(DURATION, "90s", "1h30m", "7d")
AS_SIZE: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, _pattern(SIZE, "500kB", "5MB")]}
AS_QUIET = _pattern(QUIET, "22:00-07:00")
AS_CRON: Schema = {"type": "string", "examples": ["0 7 * * mon-fri"]}
AS_ZONE: Schema = {"type": "string", "examples": ["Europe/Berlin", "UTC"]}
AS_LISTEN: Schema = {"type": "string", "examples": ["127.0.0.1:8765"]}
AS_NETWORKS = _one_or_list({"type": "string", "examples": ["127.0.0.0/8"]})
AS_PORTS = _one_or_list({"type": "integer", "minimum": 1, "maximum": 65_535})
AS_KIND = one_of(*CHANNEL_TYPES)
AS_UPDATES = one_of(*(word.value for word in Updates))
