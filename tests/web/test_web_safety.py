"""The safety rules of the pages that hold for every address, row by row."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import Any

import httpx
import pytest
from served import OWNER, PATIENCE, Served, serving, with_pages

from monitor.web.registry import every_page
from monitor.web.request.page import Admission
from monitor.web.safety.guessing import MAX_ADDRESSES, Guesses
from monitor.web.safety.limits import FORM_BYTES, Limits
from monitor.web.serving import CONNECTIONS

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'"
PATHS = ["/", "/sign-in", "/nowhere", "/healthz", "/assets/style.css", "/assets/none"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_safety_headers(bare: Served, path: str) -> None:
    """Errors, redirects and assets have them too."""
    with bare.visitor() as browser:
        headers = browser.get(path).headers
    assert headers["content-security-policy"].startswith(POLICY)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    if not path.startswith("/assets/style"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["evil.example", "watch.example:8080", "", "127.0.0.1", "watch.example.evil"]
)
def test_an_unknown_host_name_is_refused(bare: Served, host: str) -> None:
    """A host name of somebody else that resolves to this server gets a 421, also with a session."""
    with serving(with_pages(bare.app, url="https://watch.example")) as served:
        with served.visitor(Host=host) as browser:
            assert browser.get("/sign-in").status_code == 421
        port = served.url.rpartition(":")[2]
        for known in ("watch.example", "WATCH.example", "watch.example:443", f"localhost:{port}"):
            with served.visitor(Host=known) as browser:
                assert browser.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OURS"}, 403),
        ({"Origin": "OURS"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_cross_site_requests_change_nothing(bare: Served, headers: dict[str, str], status: int) -> None:
    """A form on another site is refused, also for signing in."""
    given = {name: bare.url if value == "OURS" else value for name, value in headers.items()}
    answer = httpx.post(f"{bare.url}/sign-in", data={"token": OWNER}, headers=given, timeout=PATIENCE)
    assert answer.status_code == status


def test_every_action_requires_an_owner() -> None:
    """Only sign-in, sign-out, and addresses that are their own proof accept POST from others."""
    open_posts = {
        page.path for page in every_page() if page.method == "POST" and page.admits is not Admission.OWNER
    }
    assert open_posts == {"/sign-in", "/sign-out", "/a/{token}", "/push/{path}"}


def test_pages_are_reads_and_changes_are_posts() -> None:
    """Other methods are refused."""
    assert {page.method for page in every_page()} == {"GET", "POST"}


def test_health_and_metrics_answer_to_this_machine_only(bare: Served) -> None:
    """They need no session, but are refused through a proxy and under the public name."""
    with serving(with_pages(bare.app, url="http://watch.example")) as served, served.visitor() as browser:
        assert browser.get("/healthz").text == "ok\n"
        assert "storywatch_feeds" in browser.get("/metrics").text
        assert browser.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404
        assert browser.get("/healthz", headers={"Host": "watch.example"}).status_code == 404


def test_a_large_form_is_refused(bare: Served) -> None:
    """The announced length counts, and without one the bytes received."""
    with bare.visitor() as browser:
        large = b"token=" + b"x" * FORM_BYTES
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert browser.post("/sign-in", content=large, headers=form).status_code == 413
        chunks = iter([large[:1000]] * 80)
        assert browser.post("/sign-in", content=chunks, headers=form).status_code == 413


def test_requests_beyond_the_limit_are_turned_away_at_once() -> None:
    """They get a 503 with Retry-After, and the others are answered."""
    seen: list[int] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    async def ask() -> None:
        await app({"type": "http"}, _nothing, send)  # type: ignore[arg-type]

    async def crowd() -> None:
        asked = [asyncio.create_task(ask()) for _ in range(2)]
        await asyncio.sleep(0)
        await ask()
        assert seen == [503]
        gate.set()
        await asyncio.gather(*asked)

    gate, app = asyncio.Event(), Limits(slow, at_once=2, seconds=PATIENCE)
    asyncio.run(crowd())
    assert seen == [503, 200, 200]


def test_a_request_that_takes_too_long_is_answered() -> None:
    """It gets a 503 if nothing was sent yet, else the connection is cut, so the answer is visibly incomplete."""
    seen: list[int] = []

    async def stuck(scope: Any, receive: Any, send: Any) -> None:
        del receive
        if scope["path"] == "/begun":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    app = Limits(stuck, seconds=0.01)
    asyncio.run(app({"type": "http", "path": "/"}, _nothing, send))  # type: ignore[arg-type]
    assert seen == [503]
    with pytest.raises(TimeoutError):
        asyncio.run(app({"type": "http", "path": "/begun"}, _nothing, send))  # type: ignore[arg-type]


async def _nothing() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def test_idle_connections_keep_nobody_out(bare: Served) -> None:
    """Half-sent requests on many connections do not block other requests."""
    host, port = bare.url.removeprefix("http://").split(":")
    opened = [socket.create_connection((host, int(port))) for _ in range(CONNECTIONS // 2)]
    try:
        for one in opened:
            one.sendall(b"GET / HTTP/1.1\r\nHost:")
        with bare.visitor() as browser:
            assert browser.get("/sign-in").status_code == 200
    finally:
        for one in opened:
            one.close()


def test_guesses_are_forgotten_in_time_and_in_number() -> None:
    """The count ends after a minute, on success, or when too many addresses are stored."""
    guesses = Guesses()
    for moment in range(5):
        assert guesses.wait("a", now=moment) == 0
        guesses.wrong("a", now=moment)
    assert guesses.wait("a", now=5) == 55
    assert guesses.wait("a", now=60) == 0
    guesses.right("a")
    assert guesses.wait("a", now=5) == 0
    for number in range(MAX_ADDRESSES + 10):
        guesses.wrong(str(number), now=0)
    assert len(guesses._wrong) == MAX_ADDRESSES


def test_the_address_of_a_button_is_explained_when_it_is_opened(bare: Served) -> None:
    """A browser that reopens the address of a form gets a page with a way on, and a program gets problem details."""
    with closing(bare.client()) as owner:
        page = owner.get("/stories/s1/mute")
        assert (page.status_code, page.headers["Allow"]) == (405, "POST")
        assert "press it there" in page.text
        assert 'href="/"' in page.text
        problem = owner.delete("/api/v1/stories")
    assert problem.status_code == 405
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert "GET" in problem.json()["detail"]
