"""What a hostile server or name server may try; each try costs one feed one named error, in time and in memory."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
from collections.abc import Mapping

import pytest
from hostile import Request, Route, Server, answer, ok, rules, serving, trickle

from monitor.polling.address import NetworkRules
from monitor.polling.fetch import Fetcher
from monitor.polling.outcome import Failed, FailureKind, Fetched, FetchRequest, Outcome

BODY = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def failure(routes: Mapping[str, Route], *, within: NetworkRules | None = None) -> Failed:
    """Return how fetching `/feed` fails."""

    async def whole() -> Outcome:
        async with serving(routes) as server, Fetcher(within or rules()) as fetcher:
            return await fetcher.fetch(FetchRequest(url=server.url("/feed")))

    outcome = asyncio.run(whole())
    assert isinstance(outcome, Failed), outcome
    assert outcome.words
    return outcome


async def reached(url: str, server: Server, *, networks: tuple[str, ...] = ()) -> Outcome:
    """Fetch a URL under rules that allow only these networks."""
    async with Fetcher(rules(networks=networks)) as fetcher:
        return await fetcher.fetch(FetchRequest(url=url.replace("PORT", str(server.port))))


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"Content-Length: 100000\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        HEAD + b"X: ",
        b"",
    ],
    ids=["body", "chunks", "header", "status"],
)
def test_a_trickle_ends_at_the_deadline(head: bytes) -> None:
    """A byte now and then keeps nobody beyond the total deadline, wherever it drips."""
    started = time.perf_counter()
    failed = failure(
        {"/feed": trickle(head, b"1\r\nx\r\n" if b"chunked" in head else b"x")}, within=rules(seconds=0.4)
    )
    assert failed.kind is FailureKind.TIMEOUT
    assert time.perf_counter() - started < 1.4


def test_a_tls_handshake_that_never_comes_ends_at_the_deadline() -> None:
    """A server that accepts and stays silent costs the deadline, no more."""

    async def whole() -> Outcome:
        async with serving({}) as server, Fetcher(rules(seconds=0.4)) as fetcher:
            return await fetcher.fetch(FetchRequest(url=server.url("/feed").replace("http:", "https:")))

    started = time.perf_counter()
    outcome = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind in {FailureKind.TIMEOUT, FailureKind.TLS}
    assert time.perf_counter() - started < 1.4


def test_a_name_server_that_never_answers_ends_at_the_deadline() -> None:
    """The look-up is part of the deadline."""

    async def silent(_: str, __: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async def whole() -> Outcome:
        async with Fetcher(rules(seconds=0.3), resolve=silent) as fetcher:
            return await fetcher.fetch(FetchRequest(url="http://slow.example/"))

    outcome = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    "sent",
    [
        ok(b"x" * 300_000),
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"\r\n" + b"x" * 300_000,
        ok(gzip.compress(b"x" * 300_000), Content_Encoding="gzip"),
    ],
    ids=["announced", "absurd", "endless", "gzip"],
)
def test_a_body_over_the_cap_is_stopped(sent: bytes) -> None:
    """On the wire and decoded, announced or not."""
    assert failure({"/feed": sent}).kind is FailureKind.TOO_LARGE


def test_a_bomb_takes_no_memory() -> None:
    """200 MB in 200 kB are stopped within a few megabytes."""
    bomb = ok(gzip.compress(bytes(200_000_000), compresslevel=6), Content_Encoding="gzip")
    tracemalloc.start()
    failed = failure({"/feed": bomb}, within=rules(max_bytes=5_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert failed.kind is FailureKind.TOO_LARGE
    assert peak < 30_000_000


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd"])
def test_codings_that_were_not_asked_for_are_refused(coding: str) -> None:
    """Nothing is undone that could unfold without bound."""
    assert failure({"/feed": ok(b"\x1b\x00", Content_Encoding=coding)}).kind is FailureKind.DECODE


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 500\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + BODY,
        ok(gzip.compress(BODY * 99)[:-20], Content_Encoding="gzip"),
    ],
    ids=["length", "chunked", "gzip"],
)
def test_a_cut_body_is_never_read(sent: bytes) -> None:
    """Half a feed is an error, not a feed with fewer items."""

    async def cut(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(0.2)

    assert failure({"/feed": cut}).kind is FailureKind.TRUNCATED


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: y\r\n" * 200_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"",
    ],
    ids=["ssh", "binary", "header", "flood", "negative", "nothing"],
)
def test_what_is_no_http_is_a_named_error(sent: bytes) -> None:
    """Other protocols, broken headers and floods of them end as protocol errors."""
    assert failure({"/feed": sent}).kind is FailureKind.PROTOCOL


@pytest.mark.parametrize(
    "flood",
    [
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, every=0),
        trickle(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5_000, every=0),
    ],
    ids=["informational", "chunks"],
)
def test_a_flood_of_tiny_pieces_does_not_hold_up_the_loop(flood: Route) -> None:
    """While one feed floods, others are served within moments."""

    async def whole() -> float:
        worst = 0.0
        async with serving({"/feed": flood}) as server, Fetcher(rules(seconds=0.8)) as fetcher:
            flooding = asyncio.ensure_future(fetcher.fetch(FetchRequest(url=server.url("/feed"))))
            while not flooding.done():
                started = time.perf_counter()
                await asyncio.sleep(0.01)
                worst = max(worst, time.perf_counter() - started)
            assert isinstance(await flooding, Failed)
        return worst

    assert asyncio.run(whole()) < 1.0


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
    """However an address is written: no connection, and an error that says why."""

    async def whole() -> tuple[Outcome, int]:
        async with serving({"/feed": ok(BODY)}) as server:
            return await reached(f"http://{host}:PORT/feed", server), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind in {FailureKind.ADDRESS, FailureKind.DNS}
    assert connections == 0


def test_a_redirect_does_not_reach_further_than_a_feed() -> None:
    """Each hop is looked up and checked like the first."""

    async def whole() -> tuple[Outcome, int]:
        async with serving({"/feed": answer("302 Found", location="http://2130706434:80/secret")}) as server:
            return await reached(server.url("/feed"), server, networks=("127.0.0.1/32",)), server.connections

    outcome, connections = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ADDRESS
    assert connections == 1


def test_the_address_that_was_checked_is_the_one_that_is_dialled() -> None:
    """One look-up a connection: a name that turns private between two look-ups gains nothing."""
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


def test_a_name_with_one_forbidden_address_is_not_dialled_at_all() -> None:
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


def test_only_allowed_ports_are_dialled() -> None:
    """By default a feed cannot make us speak to another service's port."""

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


def test_refused_and_unknown_hosts_are_told_apart() -> None:
    """Nobody listening is one error, no such name another."""

    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}:{port}")

    async def whole() -> tuple[Outcome, Outcome]:
        async with serving({}) as server:
            url = server.url("/feed")
        async with Fetcher(rules()) as closed, Fetcher(rules(), resolve=unknown) as nameless:
            refused = await closed.fetch(FetchRequest(url=url))
            return refused, await nameless.fetch(FetchRequest(url="http://no.example/"))

    refused, nameless = asyncio.run(whole())
    assert isinstance(refused, Failed)
    assert isinstance(nameless, Failed)
    assert (refused.kind, nameless.kind) == (FailureKind.REFUSED, FailureKind.DNS)
