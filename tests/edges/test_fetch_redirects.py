"""Redirects are bounded, stored when permanent, and carry no secrets to other hosts."""

from __future__ import annotations

import asyncio

import pytest
from fetching import BODY, fetch, run
from hostile import Server, answer, ok, rules, serving

from monitor.polling.http.address import Credentials
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import (
    Failed,
    FailureKind,
    Fetched,
    FetchRequest,
    Outcome,
)


@pytest.mark.parametrize(
    ("first", "second", "is_permanent"),
    [("301", "308", True), ("301", "302", False), ("307", "301", False), ("302", "303", False)],
)
def test_a_move_is_permanent_when_every_hop_is(first: str, second: str, *, is_permanent: bool) -> None:
    """Only a chain of 301 and 308 alone names a new address."""
    routes = {
        "/feed": answer(f"{first} Moved", location="/between"),
        "/between": answer(f"{second} Moved", location="/new"),
        "/new": ok(BODY),
    }
    outcome, server = fetch(routes)
    assert isinstance(outcome, Fetched)
    assert outcome.url == server.url("/new")
    assert outcome.permanent_url == (server.url("/new") if is_permanent else None)


def test_five_hops_are_followed_and_six_are_not() -> None:
    """A loop ends with a named error."""
    hops = {f"/{n}": answer("302 Found", location=f"/{n + 1}") for n in range(1, 6)}
    five, _ = fetch({"/feed": answer("302 Found", location="/2"), **hops, "/6": ok(BODY)})
    loop, server = fetch({"/feed": answer("301 Moved", location="/feed")})
    assert isinstance(five, Fetched)
    assert isinstance(loop, Failed)
    assert loop.kind is FailureKind.REDIRECT
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "http://[::1",
        "http://a b/",
        "http://999.1.1.1/",
        "http://xn--a/",
    ],
)
def test_a_redirect_to_another_scheme_is_a_named_error(location: str) -> None:
    """Other schemes and unreadable targets are refused with a reason."""
    outcome, _ = fetch({"/feed": answer("302 Found", location=location)})
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.REDIRECT


def test_secrets_are_sent_to_their_own_host_only() -> None:
    """Custom headers and credentials are sent to the feed's host and port only, whatever a redirect names."""

    async def scenario() -> tuple[Server, Server]:
        async with serving({"/feed": ok(BODY)}) as other:
            moved = answer("301 Moved", location=other.url("/feed"))
            async with serving({"/feed": moved, "/inside": answer("302 Found", location="/feed")}) as first:
                async with Fetcher(rules()) as fetcher:
                    await fetcher.fetch(
                        FetchRequest(
                            url=first.url("/inside"),
                            headers=(("X-Api-Key", "canary"),),
                            credentials=Credentials(username="anna", password="canary"),
                        )
                    )
                return first, other

    first, other = asyncio.run(scenario())
    assert [request.headers.get("x-api-key") for request in first.requests] == [b"canary", b"canary"]
    assert first.requests[0].headers["authorization"] == b"Basic YW5uYTpjYW5hcnk="
    assert "x-api-key" not in other.requests[0].headers
    assert "authorization" not in other.requests[0].headers


def test_credentials_of_a_url_are_used_and_shown_nowhere() -> None:
    """They authenticate, and neither outcome nor error repeats them."""

    async def scenario(fetcher: Fetcher, server: Server) -> Outcome:
        url = server.url("/feed").replace("http://", "http://anna:canary@")
        outcome = await fetcher.fetch(FetchRequest(url=url))
        failed = await fetcher.fetch(FetchRequest(url=url.replace("/feed", "/loop")))
        assert "canary" not in repr(failed)
        return outcome

    outcome, server = run({"/feed": ok(BODY), "/loop": answer("302 Found", location="/loop")}, scenario)
    assert server.requests[0].headers["authorization"] == b"Basic YW5uYTpjYW5hcnk="
    assert isinstance(outcome, Fetched)
    assert "canary" not in repr(outcome)
