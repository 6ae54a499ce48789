"""Attacks by a hostile server or name server cost one feed one named error, within time and memory limits."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
from collections.abc import Mapping
from functools import partial

import brotli
import pytest
from hostile import Request, Route, ok, rules, serving, trickle

from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.network_rules import NetworkRules
from monitor.polling.http.outcome import Failed, FailureKind, FetchRequest, Outcome

BODY = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
FOREVER = 30.0  # seconds: these servers never end by themselves, and the machine may be busy


def failure(routes: Mapping[str, Route], *, within: NetworkRules | None = None) -> Failed:
    """Return the failure of fetching `/feed`."""

    async def whole() -> Outcome:
        async with serving(routes) as server, Fetcher(within or rules()) as fetcher:
            return await fetcher.fetch(FetchRequest(url=server.url("/feed")))

    outcome = asyncio.run(whole())
    assert isinstance(outcome, Failed), outcome
    assert outcome.words
    return outcome


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
    """A byte now and then does not prolong the total deadline, in any part of the answer."""
    started = time.perf_counter()
    failed = failure(
        {"/feed": trickle(head, b"1\r\nx\r\n" if b"chunked" in head else b"x")}, within=rules(seconds=0.4)
    )
    assert failed.kind is FailureKind.TIMEOUT
    assert time.perf_counter() - started < FOREVER


def test_a_tls_handshake_that_never_comes_ends_at_the_deadline() -> None:
    """A server that accepts and stays silent delays the fetch no longer."""

    async def whole() -> Outcome:
        async with serving({}) as server, Fetcher(rules(seconds=0.4)) as fetcher:
            return await fetcher.fetch(FetchRequest(url=server.url("/feed").replace("http:", "https:")))

    started = time.perf_counter()
    outcome = asyncio.run(whole())
    assert isinstance(outcome, Failed)
    assert outcome.kind in {FailureKind.TIMEOUT, FailureKind.TLS}
    assert time.perf_counter() - started < FOREVER


def test_a_name_server_that_never_answers_ends_at_the_deadline() -> None:
    """Resolving the name is part of the deadline."""

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
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n",
        ok(gzip.compress(b"x" * 300_000, mtime=0), Content_Encoding="gzip"),
    ],
    ids=["announced", "absurd", "endless", "chunks", "gzip"],
)
def test_a_body_over_the_cap_is_stopped(sent: bytes) -> None:
    """The limit applies to the wire and to the decoded body, announced or not."""
    assert failure({"/feed": sent}).kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb_takes_no_memory(coding: str) -> None:
    """200 MB in 200 kB, or in 200 bytes of brotli, are stopped within a few megabytes."""
    packed = partial(brotli.compress, quality=1) if coding == "br" else gzip.compress
    bomb = ok(packed(bytes(200_000_000)), Content_Encoding=coding)
    tracemalloc.start()
    failed = failure({"/feed": bomb}, within=rules(max_bytes=5_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert failed.kind is FailureKind.TOO_LARGE
    assert peak < 30_000_000


@pytest.mark.parametrize("coding", ["gzip, gzip", "br, br", "zstd"])
def test_unrequested_codings_are_refused(coding: str) -> None:
    """They could decompress without a limit."""
    assert failure({"/feed": ok(b"\x1b\x00", Content_Encoding=coding)}).kind is FailureKind.DECODE


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 500\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + BODY,
        ok(gzip.compress(BODY * 99, mtime=0)[:-20], Content_Encoding="gzip"),
    ],
    ids=["length", "chunked", "gzip"],
)
def test_a_truncated_body_is_never_read(sent: bytes) -> None:
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
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: y\r\n" * 200_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"",
    ],
    ids=["ssh", "binary", "header", "flood", "negative", "nothing"],
)
def test_invalid_http_is_a_named_error(sent: bytes) -> None:
    """Other protocols, broken headers and floods of headers are protocol errors."""
    assert failure({"/feed": sent}).kind is FailureKind.PROTOCOL


@pytest.mark.parametrize(
    "flood",
    [
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, every=0),
        trickle(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5_000, every=0),
    ],
    ids=["informational", "chunks"],
)
def test_a_flood_of_tiny_pieces_does_not_block_the_loop(flood: Route) -> None:
    """Other feeds are read within moments."""

    async def whole() -> float:
        worst = 0.0
        async with serving({"/feed": flood}) as server, Fetcher(rules(seconds=0.8)) as fetcher:
            flooding = asyncio.ensure_future(fetcher.fetch(FetchRequest(url=server.url("/feed"))))
            while not flooding.done():
                started = time.thread_time()  # other programs on the machine do not count
                await asyncio.sleep(0.01)
                worst = max(worst, time.thread_time() - started)
            assert isinstance(await flooding, Failed)
        return worst

    assert asyncio.run(whole()) < 1.0


def test_refused_and_unknown_hosts_are_told_apart() -> None:
    """A refused connection and an unknown name are different errors."""

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
