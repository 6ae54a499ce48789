"""Feeds and webhooks cannot reach forbidden addresses: the checked address is the one connected to."""

from __future__ import annotations

import asyncio

import pytest
from hostile import Server, answer, ok, rules, serving

from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.network_rules import NetworkRules
from monitor.polling.http.outcome import Failed, FailureKind, Fetched, FetchRequest, Outcome

BODY = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


async def reached(url: str, server: Server, *, networks: tuple[str, ...] = ()) -> Outcome:
    """Fetch a URL under rules that allow only these networks."""
    async with Fetcher(rules(networks=networks)) as fetcher:
        return await fetcher.fetch(FetchRequest(url=url.replace("PORT", str(server.port))))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "a@127.0.0.1",
        "example.com@127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_this_machine_and_its_networks_are_not_reached(host: str) -> None:
    """Any spelling of such an address gives an error with the reason and no connection."""

    async def whole() -> tuple[Outcome, int]:
        async with serving({"/feed": ok(BODY)}) as server:
            return await reached(f"http://{host}:PORT/feed", server), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind in {FailureKind.ADDRESS, FailureKind.DNS}
    assert connections == 0


def test_a_redirect_does_not_reach_further_than_a_feed() -> None:
    """Each hop is resolved and checked like the first."""

    async def whole() -> tuple[Outcome, int]:
        async with serving({"/feed": answer("302 Found", location="http://2130706434:80/secret")}) as server:
            return await reached(server.url("/feed"), server, networks=("127.0.0.1/32",)), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ADDRESS
    assert connections == 1


def test_the_checked_address_is_the_connected_one() -> None:
    """A connection uses one lookup, so a name that changes between lookups gains nothing."""
    asked: list[str] = []

    async def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async def whole() -> tuple[Outcome, Outcome]:
        fetcher = Fetcher(rules(networks=("127.0.0.1/32",)), resolve=rebinding)
        async with serving({"/feed": HEAD + b"\r\n" + BODY}) as server, fetcher:
            request = FetchRequest(url=server.url("/feed", host="rebind.example"))
            return await fetcher.fetch(request), await fetcher.fetch(request)

    first, second = asyncio.run(whole())
    assert isinstance(first, Fetched)
    assert isinstance(second, Failed)
    assert second.kind is FailureKind.ADDRESS
    assert len(asked) == 2


def test_a_name_with_one_forbidden_address_is_refused() -> None:
    """A public address beside a private one does not make the name harmless."""

    async def both(_: str, __: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    async def whole() -> tuple[Outcome, int]:
        async with serving({"/feed": ok(BODY)}) as server, Fetcher(rules(), resolve=both) as fetcher:
            return await fetcher.fetch(
                FetchRequest(url=server.url("/feed", host="two.example"))
            ), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert connections == 0


def test_only_allowed_ports_are_used() -> None:
    """By default a feed cannot make storywatch connect to another service's port."""

    async def whole() -> tuple[Outcome, int]:
        async with (
            serving({"/feed": ok(BODY)}) as server,
            Fetcher(NetworkRules(user_agent="t", allow_networks=rules().allow_networks)) as fetcher,
        ):
            return await fetcher.fetch(FetchRequest(url=server.url("/feed"))), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ADDRESS
    assert connections == 0
