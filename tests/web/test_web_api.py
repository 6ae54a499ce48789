"""`/api/v1`: the values of `--format json` for programs with a token, page by page, and refusals as RFC 9457 has them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import NOON
from contracts import strict
from jsonschema import Draft202012Validator
from programs import address, program
from served import READER, Served, publish, tell

from monitor.views.feeds import feed_row_json, read_feeds
from monitor.views.history.items import item_row_json, search_items
from monitor.views.history.stories import read_stories, story_row_json
from monitor.web.api.openapi import ENDPOINTS
from storage.model import Publication

ROOT = Path(__file__).parent.parent.parent
READING = [one for one in ENDPOINTS if one.method == "GET"]
ACTING = [one for one in ENDPOINTS if one.method == "POST"]
HOSTILE = "Harbour <script>alert(1)</script> \u202egnp \x1b[31m \U000e0041"


@pytest.mark.parametrize(
    "endpoint", [one for one in READING if "{delivery}" not in one.path], ids=lambda one: one.path
)
def test_answers_match_the_schema(asking: httpx.Client, endpoint: Any) -> None:
    """Every field is described, and every described field is present."""
    answer = asking.get(address(endpoint.path), params={"q": "police"} if endpoint.path == "/items" else {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    Draft202012Validator(strict(endpoint.answer)).validate(answer.json())
    assert answer.json() or endpoint.path == "/mutes" or "deliveries" in endpoint.path
    again = asking.get(str(answer.url), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_values_are_those_of_the_commands(site: Served, asking: httpx.Client) -> None:
    """The JSON equals that of the commands."""
    with site.database.read() as ledger:
        stories = [story_row_json(row) for row in read_stories(ledger, since=NOON.replace(year=2025))]
        feeds = [feed_row_json(row) for row in read_feeds(ledger, now=NOON)]
        items = [
            item_row_json(row) for row in search_items(ledger, "police", limit=100, after=None, feed=None)
        ]
    assert asking.get("/stories", params={"since": "7d"}).json() == stories
    assert asking.get("/feeds").json() == feeds
    assert asking.get("/items", params={"q": "police"}).json() == items
    assert {row["topic"] for row in asking.get("/stories", params={"topic": "harbour"}).json()} == {"harbour"}


@pytest.mark.parametrize("path", ["/stories", "/feeds", "/topics", "/items?q=police"])
def test_pages_of_a_list_are_complete(asking: httpx.Client, path: str) -> None:
    """Following the Link header gives the whole list."""
    whole = asking.get(path).json()
    assert len(whole) > 1
    gathered, following = [], f"{path}{'&' if '?' in path else '?'}limit=1"
    while following:
        answer = asking.get(following.removeprefix("/api/v1"))
        assert len(answer.json()) == 1
        gathered += answer.json()
        following = answer.links.get("next", {}).get("url", "")
    assert gathered == whole


def test_a_new_item_shifts_no_page(served: Served, api: httpx.Client) -> None:
    """The second page begins after the first, whatever is new."""
    first = api.get("/items", params={"q": "police", "limit": 2})
    rest = [row["id"] for row in api.get("/items", params={"q": "police"}).json()][2:]
    publish(
        served.app,
        (served.app.settings.feeds[0].url, Publication(publisher_id="x", title="Police again")),
        now=NOON,
    )
    tell(served.app)
    following = first.links["next"]["url"].removeprefix("/api/v1").replace("limit=2", "limit=100")
    assert [row["id"] for row in api.get(following).json()] == rest


def test_a_story_that_moves_breaks_no_page(api: httpx.Client) -> None:
    """The second page begins at the place of the first page's last story, even if that story was merged or grew."""
    whole = [row["id"] for row in api.get("/stories", params={"topic": "harbour"}).json()]
    first = api.get("/stories", params={"topic": "harbour", "limit": 1})
    following = first.links["next"]["url"].removeprefix("/api/v1").replace("limit=1", "limit=100")
    assert [row["id"] for row in api.get(following).json()] == whole[1:]
    api.post(f"/stories/{whole[1]}/merge", json={"others": [whole[0]]})
    assert [row["id"] for row in api.get(following).json()] == whole[2:]


def test_an_alert_that_is_sent_meanwhile_ends_no_list(served: Served, api: httpx.Client) -> None:
    """The page after a held alert begins behind it, also when it is no longer held."""
    api.post("/topics/harbour/mute")
    for name in ("cranes", "ferries"):
        item = Publication(publisher_id=name, title=f"{name.title()} of the harbour stand still")
        publish(served.app, (served.app.settings.feeds[0].url, item), now=NOON)
    tell(served.app)
    first = api.get("/deliveries", params={"limit": 1})
    rest = api.get(first.links["next"]["url"].removeprefix("/api/v1").replace("limit=1", "limit=100"))
    assert first.json()[0]["state"] == rest.json()[0]["state"] == "held"
    api.post("/topics/harbour/unmute")
    tell(served.app)
    now = api.get(first.links["next"]["url"].removeprefix("/api/v1").replace("limit=1", "limit=100"))
    assert {row["id"] for row in rest.json() if row["state"] != "held"} <= {row["id"] for row in now.json()}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, ""),
        ("/stories/s99999", 404, "no story s99999"),
        ("/stories?since=soon", 400, "since"),
        ("/stories?limit=0", 400, "out of range"),
        ("/stories?limit=9999999999", 400, "not a number of rows"),
        ("/stories?cursor=%C3%A4", 400, "cursor"),
        ("/stories?cursor=czk5OTk5", 400, "not one of this list"),
        ("/feeds?cursor=czk5OTk5", 400, "is gone"),
        ("/stories?nonsense=1", 400, "no parameter 'nonsense'"),
        ("/items", 400, "'q' is missing"),
        ("/items?q=-police", 400, "a word that must occur"),
        ("/deliveries?state=lost", 400, "not one of pending"),
        ("/topics/ports", 404, "no topic 'ports'"),
        ("/feeds/nowhere", 404, "no feed"),
        ("/why/dlv_", 404, "write more of it"),
        ("/why/x", 404, "no item, story or alert"),
        ("/topics/harbour/explain/i999999", 404, "no item i999999"),
    ],
)
def test_errors_are_problem_documents(asking: httpx.Client, path: str, status: int, words: str) -> None:
    """Errors follow RFC 9457 and name the fix."""
    answer = asking.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert words.lower() in problem["detail"].lower()


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}]
)
def test_requests_without_a_token_are_refused(site: Served, headers: dict[str, str]) -> None:
    """They get a 401 with WWW-Authenticate; only the description is public."""
    with httpx.Client(base_url=f"{site.url}/api/v1", headers=headers, timeout=60) as client:
        for answer in (client.get("/stories"), client.post("/stories/s1/mute")):
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/openapi.json").status_code == 200


def test_hostile_words_come_as_data(bare: Served) -> None:
    """They are unchanged from `--format json`, in JSON with a content type that no browser executes."""
    publish(
        bare.app, (bare.app.settings.feeds[0].url, Publication(publisher_id="1", title=HOSTILE)), now=NOON
    )
    tell(bare.app)
    with program(bare) as api:
        answer = api.get("/stories")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()[0]["title"].startswith("Harbour <script>")


def test_the_description_describes_every_endpoint(asking: httpx.Client) -> None:
    """OpenAPI 3.1 has each path with parameters, answer, errors and a unique name."""
    described = asking.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    assert len(operations) == len(ENDPOINTS)
    assert len({one["operationId"] for one in operations}) == len(ENDPOINTS)
    for path, methods in described["paths"].items():
        for operation in methods.values():
            in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert in_path == re.findall(r"\{(\w+)\}", path)
            Draft202012Validator.check_schema(
                operation["responses"]["200"]["content"]["application/json"]["schema"]
            )


def test_the_client_of_the_documentation_works(site: Served) -> None:
    """The example in docs/api.md runs as printed."""
    [code] = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL
    )
    environment = {**os.environ, "STORYWATCH_URL": site.url, "STORYWATCH_TOKEN": READER}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    with program(site) as api:
        stories = api.get("/stories").json()
    assert [line.split()[0] for line in done.stdout.splitlines()] == [one["id"] for one in stories]
