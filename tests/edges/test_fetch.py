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


def test_a_body_comes_with_what_the_next_poll_needs() -> None:
    """Body, validators, final URL, the headers that pace, bytes on the wire."""
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


def test_a_request_says_who_asks_and_nothing_else() -> None:
    """User-Agent with contact, codings we undo; no cookie, referer, or unasked delta."""
    outcome, server = fetch({"/feed": ok(BODY, Set_Cookie="id=1; Path=/")})
    assert isinstance(outcome, Fetched)
    assert server.requests[0].headers["user-agent"] == b"storywatch/test (+https://example.org/bot)"
    assert server.requests[0].headers["accept-encoding"] == b"gzip, deflate, br"
    assert set(server.requests[0].headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_cookies_are_never_sent_back() -> None:
    """A second request is as bare as the first."""

    async def twice(fetcher: Fetcher, server: Server) -> Outcome:
        await fetcher.fetch(FetchRequest(url=server.url("/feed")))
        return await fetcher.fetch(FetchRequest(url=server.url("/feed")))

    _, server = run({"/feed": ok(BODY, Set_Cookie="id=1; Path=/")}, twice)
    assert len(server.requests) == 2
    assert not any("cookie" in request.headers for request in server.requests)


@pytest.mark.parametrize("etag", ['W/"a,b"', '""', "unquoted", '"x-gzip"', '"\xe4\xff"', '"a" "b"'])
def test_validators_are_echoed_byte_for_byte(etag: str) -> None:
    """What came is what goes, in the Latin-1 of HTTP, also a date that is none."""

    async def twice(fetcher: Fetcher, server: Server) -> Outcome:
        first = await fetcher.fetch(FetchRequest(url=server.url("/feed")))
        assert isinstance(first, Fetched)
        return await fetcher.fetch(FetchRequest(url=server.url("/feed"), validators=first.validators))

    _, server = run({"/feed": ok(BODY, ETag=etag, Last_Modified="Sun, 31 Feb 2026 25:61 CEST")}, twice)
    assert server.requests[1].headers["if-none-match"] == etag.encode("latin-1")
    assert server.requests[1].headers["if-modified-since"] == b"Sun, 31 Feb 2026 25:61 CEST"
    assert server.requests[1].headers["a-im"] == b"feed"


def test_not_modified_brings_what_it_carries_alone() -> None:
    """A 304 with a new ETag and no date says so; its lifetime counts."""
    sent = answer("304 Not Modified", ETag='"2"', Cache_Control="max-age=7200")
    outcome, server = fetch({"/feed": sent}, validators=Validators(etag='"1"', last_modified="x"))
    assert outcome == NotModified(
        validators=Validators(etag='"2"'), url=server.url("/feed"), headers={"cache-control": "max-age=7200"}
    )


def test_an_unasked_not_modified_is_an_error() -> None:
    """A 304 to a request without validators leaves us without a body."""
    outcome, _ = fetch({"/feed": answer("304 Not Modified")})
    assert isinstance(outcome, Failed)
    assert outcome.name == "http-304"


def test_a_partial_body_is_known_as_such() -> None:
    """226 IM Used: what it lacks is not gone."""
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
def test_bodies_are_undone_by_ourselves(coding: str, sent: bytes) -> None:
    """gzip, deflate and a wrong label."""
    outcome, _ = fetch({"/feed": ok(sent, Content_Encoding=coding)})
    assert isinstance(outcome, Fetched)
    assert (outcome.body, outcome.bytes_on_wire) == (BODY, len(sent))


@pytest.mark.parametrize("padding", [{"no colon\r\nX": "y"}, {"X\x00": "y"}], ids=["line", "name"])
def test_a_broken_header_line_costs_no_feed(padding: dict[str, str]) -> None:
    """The line is left out, also where bytes come behind the end."""
    outcome, _ = fetch({"/feed": ok(BODY, ETag="1", **padding) + b"behind"})
    assert isinstance(outcome, Fetched)
    assert (outcome.body, outcome.validators.etag) == (BODY, "1")


def test_gone_and_throttled_are_outcomes_of_their_own() -> None:
    """410 ends a feed; 429 speaks for its host and may say until when."""
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
    """The status stands in the kind and in the words; an error's headers pace as well."""
    outcome, _ = fetch({"/feed": answer(status, Retry_After="60")})
    assert isinstance(outcome, Failed)
    assert outcome.name == name
    assert status[:3] in outcome.words
    assert outcome.headers == {"retry-after": "60"}


def test_a_challenge_is_named_and_not_fought() -> None:
    """403 with `cf-mitigated` asks for a browser; we are none and say so."""
    outcome, server = fetch({"/feed": answer("403 Forbidden", b"<html>", cf_mitigated="challenge")})
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.CHALLENGE
    assert len(server.requests) == 1


def test_one_connection_serves_several_feeds_of_a_host() -> None:
    """A kept connection is used again, and replaced when the server has closed it."""

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


def test_tls_is_checked_against_the_name_that_was_asked_for() -> None:
    """The dialled address is the looked-up one; SNI and certificate are the name's; a wrong name is a TLS error."""

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
    """HTTP_PROXY and its kin change nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    outcome, server = fetch({"/feed": ok(BODY)})
    assert isinstance(outcome, Fetched)
    assert len(server.requests) == 1
