"""Short constructors of JSON Schemas (2020-12) for bodies, parameters and answers."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TIME: Schema = {"type": "string", "format": "date-time"}
ADDRESS: Schema = {"type": "string", "description": "An address as the publisher gave it."}
ANYTHING: Schema = {"type": "object"}


def maybe(schema: Schema) -> Schema:
    """Return a schema that also takes null."""
    words = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **words, "type": [schema["type"], "null"]}


def many(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def one_of(*words: str) -> Schema:
    """Return the schema of one of these values."""
    return {"type": "string", "enum": list(words)}


def record(**fields: Schema) -> Schema:
    """Return the schema of an object that has all of these fields; a later version may add others."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def with_optional(schema: Schema, **fields: Schema) -> Schema:
    """Return the schema of an object that may also have these fields."""
    return {**schema, "properties": {**schema["properties"], **fields}}


def with_required(schema: Schema, **fields: Schema) -> Schema:
    """Return the schema of an object that has these fields, too."""
    return {**with_optional(schema, **fields), "required": [*schema["required"], *fields]}


def described(schema: Schema, words: str) -> Schema:
    """Return the schema with a description."""
    return {**schema, "description": words}
