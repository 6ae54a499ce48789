"""What storywatch promises to keep over 1.x, as data: the schemas, commands, exit codes, headers and metrics of today.

`kept.json` is what a release promised. Before 1.0 something may still be withdrawn, with a line in CHANGELOG.md:

    python tests/promises/contract.py      promise what is there today
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.channels.interface import HttpAnswer
from alerts.channels.webhook import WebhookSender
from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS
from monitor.cli.command_line import storywatch
from monitor.cli.help.manual import EXIT_CODES, command_pages
from monitor.config.json_schema import config_schema
from monitor.service.metrics import BY_STATE, GAUGES
from monitor.web.api.openapi import openapi
from storage.model import Channel, Delivery, DeliveryState, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Path(__file__).with_name("kept.json")
NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
SECRET = "whsec_" + "c3Rvcnl3YXRjaC1wcm9taXNlcy1hLWtleQ=="
ALTERNATIVES = ("anyOf", "oneOf", "enum")
WORDS = {"description", "examples", "title", "default", "$id", "$schema"}  # of a schema; these may change


def contract() -> dict[str, Any]:
    """Return what is promised by the program of today."""
    return {
        "configuration": _without_words(config_schema()),
        "webhook": {event: _without_words(schema) for event, schema in WEBHOOK_SCHEMAS.items()},
        "api": {
            f"{method.upper()} {path}": _endpoint(operation)
            for path, methods in json.loads(openapi())["paths"].items()
            for method, operation in methods.items()
        },
        "commands": {
            words: sorted(option for one in command.params for option in (*one.opts, *one.secondary_opts))
            for words, command in command_pages(storywatch, "storywatch")
        },
        "exit codes": dict(EXIT_CODES),
        "webhook headers": dict.fromkeys(sorted(_webhook_headers()), "always"),
        "metrics": {
            "storywatch_info": ["version"],
            **{f"storywatch_{name}": ["state"] for name in BY_STATE},
            **{f"storywatch_{name}": [] for name in GAUGES},
        },
    }


def _webhook_headers() -> set[str]:
    """Return the headers of a signed webhook; the HTTP client adds only those of HTTP itself."""
    asked: dict[str, Any] = {}

    class Client:
        async def post(self, url: str, **given: Any) -> HttpAnswer:
            asked.update(given, url=url)
            return HttpAnswer(status=204, headers={}, body=b"")

    channel = Channel(name="hook", type="webhook", url="https://hook.example/", secrets=(SECRET,))
    message = Message(id="msg_1", channel="hook", kind="story.new", subject="", body=b"{}", created_at=NOON)
    delivery = Delivery(
        id="dlv_1",
        message_id="msg_1",
        channel="hook",
        recipient="",
        state=DeliveryState.PENDING,
        created_at=NOON,
    )
    asyncio.run(WebhookSender(channel, http=Client()).send(message, delivery, now=NOON))
    return set(asked["headers"])


def _endpoint(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what an endpoint accepts and answers."""
    asked = {one["name"]: {**one["schema"], "in": one["in"]} for one in operation["parameters"]}
    needed = [one["name"] for one in operation["parameters"] if one["required"]]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    asks = {
        "properties": {**asked, **body.get("properties", {})},
        "required": [*needed, *body.get("required", [])],
    }
    answers = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return {"asks": _without_words(asks), "answers": _without_words(answers)}


def _without_words(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_words(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = {"properties": {name: _without_words(one) for name, one in schema.get("properties", {}).items()}}
    rest = {key: _without_words(one) for key, one in schema.items() if key not in {*WORDS, "properties"}}
    return rest | (named if "properties" in schema else {})


def withdrawn(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what was promised and is not there any more."""
    found = list(_lost_from(old["configuration"], new["configuration"], "storywatch.toml", read=True))
    for event, schema in old["webhook"].items():
        found += _lost_from(schema, new["webhook"].get(event), f"webhook {event}", read=False)
    for name, endpoint in old["api"].items():
        now = new["api"].get(name, {"asks": None, "answers": None})
        found += _lost_from(endpoint["asks"], now["asks"], name, read=True)
        found += _lost_from(endpoint["answers"], now["answers"], name, read=False)
    for words, options in old["commands"].items():
        now = new["commands"].get(words)
        found += [words] if now is None else [f"{words} {option}" for option in options if option not in now]
    for name, labels in old["metrics"].items():
        now = new["metrics"].get(name)
        found += (
            [f"metric {name}"]
            if now is None
            else [f"metric {name}{{{label}}}" for label in labels if label not in now]
        )
    headers = (
        f"webhook header {name}" for name in old["webhook headers"] if name not in new["webhook headers"]
    )
    codes = (f"exit code {code}" for code in old["exit codes"] if code not in new["exit codes"])
    return [*found, *headers, *codes]


def _lost_from(old: Any, new: Any, place: str, *, read: bool) -> Iterator[str]:
    """Yield the promises that a schema lost: one we `read` may require less and accept more, one we write the reverse."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield place
        return
    yield from _types_lost(old, new, place, read=read)
    yield from _requirements_lost(old, new, place, read=read)
    for kind in ALTERNATIVES:
        yield from (f"{place} {one}" for one in old.get(kind, []) if one not in new.get(kind, []))
    yield from _lost_within(old, new, place, read=read)


def _lost_within(old: dict[str, Any], new: dict[str, Any], place: str, *, read: bool) -> Iterator[str]:
    """Yield what the keys, items and conditions of a schema lost."""
    for rule in old.get("allOf", []):
        now = next((one["then"] for one in new.get("allOf", []) if one["if"] == rule["if"]), None)
        yield from _lost_from(rule["then"], now, f"{place} {rule['if']}", read=read)
    for name in new.get("properties", {}).keys() - old.get("properties", {}).keys():
        if new["properties"][name] is False:
            yield f"{place}.{name}: is no longer accepted"
    for name, within in old.get("properties", {}).items():
        there = new.get("properties", {}).get(name)
        yield from _lost_from(within, there, f"{place}.{name}", read=read)
    if "items" in old:
        yield from _lost_from(old["items"], new.get("items"), f"{place}[]", read=read)


def _types_lost(old: dict[str, Any], new: dict[str, Any], place: str, *, read: bool) -> Iterator[str]:
    was, now = (
        {one} if isinstance(one, str) else set(one) for one in (old.get("type", ()), new.get("type", ()))
    )
    accepts_all = read and not now
    if was and not accepts_all and not (was <= now if read else now <= was):
        yield f"{place}: was {' or '.join(sorted(was))}"


def _requirements_lost(old: dict[str, Any], new: dict[str, Any], place: str, *, read: bool) -> Iterator[str]:
    was, now = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(now - was if read else was - now):
        yield f"{place}.{name}: is {'now required' if read else 'not always there'}"


def as_lines(promised: dict[str, Any]) -> str:
    """Return a contract as JSON with a line for each thing promised, so that a change of it is a line of a diff."""
    sections = []
    for section, things in promised.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(thing)}" for name, thing in things.items()]
        sections.append(f" {json.dumps(section)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    KEPT.write_text(as_lines(contract()), encoding="utf-8")
