"""`/api/v1`: actions for owners with a token, and for nobody else."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import httpx
import pytest
from builders import NOON
from contracts import strict
from jsonschema import Draft202012Validator
from programs import address, program
from served import Served, publish, tell

from monitor.web.api.openapi import ENDPOINTS
from storage.model import Publication

READING = [one for one in ENDPOINTS if one.method == "GET"]
ACTING = [one for one in ENDPOINTS if one.method == "POST"]


@pytest.mark.parametrize("endpoint", ACTING, ids=lambda one: one.path)
def test_a_reader_changes_nothing(asking: httpx.Client, endpoint: Any) -> None:
    """Every action is refused with 403."""
    assert asking.post(address(endpoint.path), json={}).status_code == 403


def test_a_cookie_alone_changes_nothing(served: Served) -> None:
    """A page of another site can send an owner's cookie, but no token."""
    with closing(served.client()) as browser:
        assert browser.get("/api/v1/stories").status_code == 200
        for site in ("cross-site", "same-origin"):
            answer = browser.post("/api/v1/stories/s1/mute", headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 401
    with served.database.read() as ledger:
        assert ledger.mutes.active(now=NOON) == []


def test_actions_do_what_the_commands_do(api: httpx.Client) -> None:
    """Mute, mark, merge, split and the actions on feeds and channels each return the new state."""
    first, second = [row["id"] for row in api.get("/stories", params={"topic": "harbour"}).json()][:2]
    assert (
        "until 2026-03-04T14:00:00Z" in api.post(f"/stories/{first}/mute", json={"for": "2h"}).json()["done"]
    )
    assert [row["target"] for row in api.get("/mutes").json()] == [first]
    assert "no longer" in api.post(f"/stories/{first}/unmute").json()["done"]
    marked = api.post(f"/stories/{first}/mark", json={"verdict": "no"}).json()
    assert (marked[0]["topic"], marked[0]["verdict"]) == ("harbour", "no")
    item = marked[0]["items"][0]
    assert api.post(f"/items/{item}/mark", json={"verdict": "undone", "topic": "harbour"}).json() == [
        {"topic": "harbour", "verdict": "undone", "items": [item]}
    ]
    assert api.post(f"/items/{item}/mark", json={"verdict": "undone"}).status_code == 409
    merged = api.post(f"/stories/{first}/merge", json={"others": [second]}).json()
    assert merged["id"] == first
    apart = api.get(f"/stories/{first}").json()[-1]["id"]
    assert api.post(f"/stories/{first}/split", json={"items": [apart]}).json()["size"] == 1
    for control, state in (("pause", "paused"), ("resume", "ok"), ("poll", "ok")):
        assert api.post(f"/feeds/1/{control}").json()["state"] == state
    assert "due now" in api.post("/channels/desk/resume").json()["done"]
    assert api.post("/channels/nowhere/resume").status_code == 404
    assert api.post("/topics/harbour/mute").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/stories/s99999/mute", "/stories/harbour/mute", "/stories/courier/mute", "/stories/i1/mark", "/items/s1/mark",
        "/items/i99999/mark", "/deliveries/nowhere/discard", "/deliveries/nowhere/replay", "/channels/nowhere/resume",
    ],
)  # fmt: skip
def test_an_action_is_done_to_the_kind_of_thing_in_its_address(api: httpx.Client, path: str) -> None:
    """An unknown thing, or one of another kind, is not found, and nothing is marked or muted."""
    answer = api.post(path, json={"verdict": "no"} if path.endswith("mark") else {})
    assert answer.status_code == 404
    assert api.get("/mutes").json() == []


def test_an_action_takes_no_parameter_in_its_address(api: httpx.Client) -> None:
    """A duration in the address is refused instead of left out."""
    answer = api.post("/stories/s1/mute?for=1h")
    assert (answer.status_code, "JSON body" in answer.json()["detail"]) == (400, True)
    assert api.get("/mutes").json() == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/stories"), ("PUT", "/stories/s1"), ("DELETE", "/feeds/1")]
)
def test_another_method_is_refused_as_such(api: httpx.Client, method: str, path: str) -> None:
    """It gets a 405 that names the method, not the words for a form of another site."""
    answer = api.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_an_id_stays_as_it_is_at_the_beginning_of_a_sentence(api: httpx.Client) -> None:
    """A refusal names the story as it is named everywhere."""
    detail = api.post("/stories/s1/merge", json={"others": ["s1"]}).json()["detail"]
    assert detail.startswith("s1 cannot")


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 50_000, b'{"for": 7}', b'{"nonsense": 1}'])
def test_a_body_that_cannot_be_read_is_refused(site: Served, body: bytes) -> None:
    """It gets a 400, and nothing is changed."""
    with program(site) as api:
        answer = api.post("/stories/s1/mute", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"


def test_deliveries_are_listed_replayed_and_discarded(served: Served, api: httpx.Client) -> None:
    """The list is paged, newest first."""
    publish(
        served.app,
        *[
            (
                served.app.settings.feeds[n].url,
                Publication(publisher_id=f"{n}", title=f"Harbour {n * 'x'} {n}"),
            )
            for n in range(3)
        ],
        now=NOON,
    )
    tell(served.app)
    whole = api.get("/deliveries").json()
    assert len(whole) > 2
    gathered, following = [], "/deliveries?limit=1"
    while following:
        answer = api.get(following.removeprefix("/api/v1"))
        gathered += answer.json()
        following = answer.links.get("next", {}).get("url", "")
    assert gathered == whole
    ident = next(row["id"] for row in whole if row["recipient"])
    [endpoint] = [one for one in READING if one.path == "/deliveries/{delivery}"]
    Draft202012Validator(strict(endpoint.answer)).validate(api.get(f"/deliveries/{ident}").json())
    assert "discarded" in api.post(f"/deliveries/{ident}/discard").json()["done"]
    assert "is sent again" in api.post(f"/deliveries/{ident}/replay").json()["done"]
