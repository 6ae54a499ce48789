"""Single requests: validators are echoed, redirects are bounded, secrets are kept."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from fetching import BODY, fetch, run
from hostile import Server, answer, ok, rules, serving, trusting

from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import (
    Failed,
    FailureKind,
    Fetched,
    FetchRequest,
    Gone,
    NotModified,
    Outcome,
    Throttled,
)
from storage.model import Validators


def test_an_answer_has_everything_for_the_next_poll() -> None:
    """It has body, validators, final URL, headers on caching, and the bytes on the wire."""
    sent = ok(
        BODY,
        ETag='W/"a,b"',
        Last_Modified="garbage date",
        Cache_Control="max-age=60",
        Content_Type="text/xml",
        Server="x",
    )
    outcome, server = fetch({"/feed": sent})
    assert outcome == Fetched(
        body=BODY,
        url=server.url("/feed"),
        status=200,
        validators=Validators(etag='W/"a,b"', last_modified="garbage date"),
        headers={"cache-control": "max-age=60", "content-type": "text/xml"},
        bytes_on_wire=len(BODY),
    )


def test_a_request_has_only_the_needed_headers() -> None:
    """It has User-Agent with contact and accepted codings, but no cookie, referer or unneeded A-IM."""
    outcome, server = fetch({"/feed": ok(BODY, Set_Cookie="id=1; Path=/")})
    assert isinstance(outcome, Fetched)
    assert server.requests[0].headers["user-agent"] == b"storywatch/test (+https://example.org/bot)"
    assert server.requests[0].headers["accept-encoding"] == b"gzip, deflate, br"
    assert set(server.requests[0].headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_cookies_are_never_sent_back() -> None:
    """The second request has the same headers as the first."""

    async def twice(fetcher: Fetcher, server: Server) -> Outcome:
        await fetcher.fetch(FetchRequest(url=server.url("/feed")))
        return await fetcher.fetch(FetchRequest(url=server.url("/feed")))

    _, server = run({"/feed": ok(BODY, Set_Cookie="id=1; Path=/")}, twice)
    assert len(server.requests) == 2
    assert not any("cookie" in request.headers for request in server.requests)


@pytest.mark.parametrize("etag", ['W/"a,b"', '""', "unquoted", '"x-gzip"', '"\xe4\xff"', '"a" "b"'])
def test_validators_are_echoed_byte_for_byte(etag: str) -> None:
    """They are sent back as received, in Latin-1, also an invalid date."""

    async def twice(fetcher: Fetcher, server: Server) -> Outcome:
        first = await fetcher.fetch(FetchRequest(url=server.url("/feed")))
        assert isinstance(first, Fetched)
        return await fetcher.fetch(FetchRequest(url=server.url("/feed"), validators=first.validators))

    _, server = run({"/feed": ok(BODY, ETag=etag, Last_Modified="Sun, 31 Feb 2026 25:61 CEST")}, twice)
    assert server.requests[1].headers["if-none-match"] == etag.encode("latin-1")
    assert server.requests[1].headers["if-modified-since"] == b"Sun, 31 Feb 2026 25:61 CEST"
    assert server.requests[1].headers["a-im"] == b"feed"


def test_a_304_has_only_its_own_headers() -> None:
    """A 304 with a new ETag and no date has no date; its lifetime counts."""
    sent = answer("304 Not Modified", ETag='"2"', Cache_Control="max-age=7200")
    outcome, server = fetch({"/feed": sent}, validators=Validators(etag='"1"', last_modified="x"))
    assert outcome == NotModified(
        validators=Validators(etag='"2"'), url=server.url("/feed"), headers={"cache-control": "max-age=7200"}
    )


def test_an_unexpected_304_is_an_error() -> None:
    """A 304 to a request without validators leaves no body to read."""
    outcome, _ = fetch({"/feed": answer("304 Not Modified")})
    assert isinstance(outcome, Failed)
    assert outcome.name == "http-304"


def test_a_partial_body_is_known_as_such() -> None:
    """After 226 IM Used items missing from the body are not gone."""
    outcome, _ = fetch({"/feed": answer("226 IM Used", BODY, IM="feed")}, validators=Validators(etag='"1"'))
    assert isinstance(outcome, Fetched)
    assert outcome.status == 226


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("gzip", BODY),
        ("identity", BODY),
    ],
)
def test_bodies_are_decompressed(coding: str, sent: bytes) -> None:
    """gzip, deflate and a wrong label are handled without httpx."""
    outcome, _ = fetch({"/feed": ok(sent, Content_Encoding=coding)})
    assert isinstance(outcome, Fetched)
    assert (outcome.body, outcome.bytes_on_wire) == (BODY, len(sent))


@pytest.mark.parametrize("padding", [{"no colon\r\nX": "y"}, {"X\x00": "y"}], ids=["line", "name"])
def test_a_broken_header_line_is_ignored(padding: dict[str, str]) -> None:
    """The feed is read, also with trailing bytes after its body."""
    outcome, _ = fetch({"/feed": ok(BODY, ETag="1", **padding) + b"behind"})
    assert isinstance(outcome, Fetched)
    assert (outcome.body, outcome.validators.etag) == (BODY, "1")


def test_gone_and_throttled_are_outcomes_of_their_own() -> None:
    """A 410 ends a feed; a 429 concerns its host and may have an end."""
    gone, _ = fetch({"/feed": answer("410 Gone")})
    throttled, server = fetch({"/feed": answer("429 Too Many Requests", Retry_After="120")})
    assert isinstance(gone, Gone)
    assert isinstance(throttled, Throttled)
    assert throttled.host_key == f"127.0.0.1:{server.port}"
    assert throttled.headers == {"retry-after": "120"}


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("404 Not Found", "http-404"),
        ("500 Oops", "http-500"),
        ("503 Busy", "http-503"),
        ("204 No Content", "http-204"),
        ("799 What", "http-799"),
    ],
)
def test_other_statuses_are_named_errors(status: str, name: str) -> None:
    """The status is in kind and text; headers on caching apply to errors too."""
    outcome, _ = fetch({"/feed": answer(status, Retry_After="60")})
    assert isinstance(outcome, Failed)
    assert outcome.name == name
    assert status[:3] in outcome.words
    assert outcome.headers == {"retry-after": "60"}


def test_a_challenge_is_a_named_error() -> None:
    """A 403 with `cf-mitigated` requires a browser, and the error says so."""
    outcome, server = fetch({"/feed": answer("403 Forbidden", b"<html>", cf_mitigated="challenge")})
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.CHALLENGE
    assert len(server.requests) == 1


def test_one_connection_serves_several_feeds_of_a_host() -> None:
    """An open connection is reused, and replaced if the server closed it."""

    async def scenario(fetcher: Fetcher, server: Server) -> Outcome:
        for _ in range(3):
            await fetcher.fetch(FetchRequest(url=server.url("/feed"), validators=Validators(etag='"1"')))
        assert server.connections == 1
        await fetcher.fetch(FetchRequest(url=server.url("/closing")))
        return await fetcher.fetch(FetchRequest(url=server.url("/feed"), validators=Validators(etag='"1"')))

    outcome, server = run(
        {"/feed": answer("304 Not Modified"), "/closing": b"HTTP/1.1 200 OK\r\n\r\n" + BODY}, scenario
    )
    assert isinstance(outcome, NotModified)
    assert server.connections == 2


def test_tls_is_verified_for_the_requested_name() -> None:
    """The connection goes to the resolved address with SNI and certificate of the name; a wrong one is an error."""

    async def everything_is_loopback(_: str, __: int) -> list[str]:
        return ["127.0.0.1"]

    async def scenario() -> tuple[Outcome, Outcome, Server]:
        async with serving({"/feed": ok(BODY)}, tls=True) as server:
            async with Fetcher(rules(), resolve=everything_is_loopback, tls=trusting()) as fetcher:
                right = await fetcher.fetch(FetchRequest(url=server.url("/feed", host="localhost")))
                wrong = await fetcher.fetch(FetchRequest(url=server.url("/feed", host="elsewhere.example")))
            return right, wrong, server

    right, wrong, server = asyncio.run(scenario())
    assert isinstance(right, Fetched)
    assert isinstance(wrong, Failed)
    assert wrong.kind is FailureKind.TLS
    assert "elsewhere.example" in wrong.words
    assert server.names == ["localhost", "elsewhere.example"]


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and similar variables have no effect."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    outcome, server = fetch({"/feed": ok(BODY)})
    assert isinstance(outcome, Fetched)
    assert len(server.requests) == 1
