"""The pages serve the schemas of what programs receive, without a token."""

from __future__ import annotations

import httpx
import pytest
from served import Served

from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS
from monitor.config.json_schema import config_schema


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("webhook/story.new", WEBHOOK_SCHEMAS["story.new"]),
        ("webhook/test", WEBHOOK_SCHEMAS["test"]),
        ("config", config_schema()),
    ],
)
def test_schemas_are_served_to_anyone(site: Served, path: str, schema: object) -> None:
    """A receiver or an editor needs no token for them."""
    answer = httpx.get(f"{site.url}/schemas/{path}.json", timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    assert answer.json() == schema


def test_an_unknown_event_is_named(site: Served) -> None:
    """The answer lists the events."""
    answer = httpx.get(f"{site.url}/schemas/webhook/story.old.json", timeout=60)
    assert answer.status_code == 404
    assert "story.new" in answer.text


def test_the_description_of_the_api_has_the_webhooks(asking: httpx.Client) -> None:
    """OpenAPI 3.1 lists them with the schema of their body."""
    described = asking.get("/openapi.json").json()["webhooks"]
    assert {
        name: one["post"]["requestBody"]["content"]["application/json"]["schema"]
        for name, one in described.items()
    } == WEBHOOK_SCHEMAS
