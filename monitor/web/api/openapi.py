"""`/api/v1/openapi.json`: all endpoints as OpenAPI 3.1, made from the values by which the site serves them."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from alerts.schemas.json_schema import COUNT, TEXT, record
from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS
from monitor.web.api.acting import ENDPOINTS as ACTING
from monitor.web.api.endpoint import PREFIX, encoded
from monitor.web.api.reading import ENDPOINTS as READING

if TYPE_CHECKING:
    from alerts.schemas.json_schema import Schema
    from monitor.web.api.endpoint import Endpoint
    from monitor.web.api.parameters import Parameter

ENDPOINTS = (*READING, *ACTING)
PROBLEM = record(type=TEXT, title=TEXT, status=COUNT, detail=TEXT)
REFUSALS = {
    "400": "A parameter cannot be read.",
    "401": "The token is missing or not valid.",
    "403": "The token may only read.",
    "404": "It does not exist.",
    "409": "It cannot be done; nothing was changed.",
    "429": "Too many wrong tokens.",
}


def openapi() -> bytes:
    """Return the description of the API."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(f"{PREFIX}{endpoint.path}", {})[endpoint.method.lower()] = _operation(endpoint)
    return encoded(
        {
            "openapi": "3.1.0",
            "info": {"title": "storywatch", "version": version("storywatch"), "description": __doc__},
            "paths": paths,
            "webhooks": {kind: _webhook(schema) for kind, schema in WEBHOOK_SCHEMAS.items()},
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "schemas": {"Problem": PROBLEM},
                "responses": {name: _refusal(words) for name, words in REFUSALS.items()},
            },
            "security": [{"token": []}],
        }
    )


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": endpoint.summary,
        "parameters": [*map(_in_path, re.findall(r"\{(\w+)\}", endpoint.path))],
        "responses": {"200": _answer(endpoint)} | {name: _named(name) for name in _refusals(endpoint)},
    }
    if endpoint.method == "POST":
        if endpoint.words:
            operation["requestBody"] = _body(endpoint)
    else:
        operation["parameters"] += [_in_query(one) for one in endpoint.words]
        operation["responses"]["304"] = {"description": "The answer has not changed since this ETag."}
    return operation


def _webhook(schema: Schema) -> dict[str, Any]:
    """Return a message that storywatch sends: a webhook needs no token of ours, since its signature proves it."""
    return {
        "post": {
            "summary": schema["description"],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "The message is accepted."}},
            "security": [],
        }
    }


def _answer(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": endpoint.summary,
        "content": {"application/json": {"schema": endpoint.answer}},
    }
    if any(one.name == "cursor" for one in endpoint.words):
        about = 'The next page, as <address>; rel="next" (RFC 8288). Missing on the last.'
        answer["headers"] = {"Link": {"schema": TEXT, "description": about}}
    return answer


def _refusals(endpoint: Endpoint) -> list[str]:
    only_read = () if endpoint.method == "POST" else ("403", "409")
    return [name for name in REFUSALS if name not in only_read]


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


def _refusal(words: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": words, "content": {"application/problem+json": problem}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _in_query(one: Parameter) -> dict[str, Any]:
    described = {"description": one.about, "schema": one.schema}
    return {"name": one.name, "in": "query", "required": one.is_needed, **described}


def _body(endpoint: Endpoint) -> dict[str, Any]:
    properties = {one.name: {**one.schema, "description": one.about} for one in endpoint.words}
    needed = [one.name for one in endpoint.words if one.is_needed]
    schema: Schema = {"type": "object", "properties": properties, "required": needed}
    return {"required": bool(needed), "content": {"application/json": {"schema": schema}}}
