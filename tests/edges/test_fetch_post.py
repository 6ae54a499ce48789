"""Webhooks use the same network guard and report correctly whether anything may have arrived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from hostile import Request, Route, Server, answer, rules, serving, trickle

from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import PostAnswer, PostFailed

SECOND = timedelta(seconds=1)


def post(
    routes: Mapping[str, Route], *, networks: tuple[str, ...] = ("127.0.0.0/8",), scheme: str = "http"
) -> tuple[PostAnswer | PostFailed, Server]:
    """Post one message to `/hook`; return the answer or the error."""

    async def send(fetcher: Fetcher, server: Server) -> PostAnswer:
        url = server.url("/hook").replace("http", scheme)
        return await fetcher.post(
            url, body=b'{"type":"test"}', headers={"webhook-id": "msg_1"}, timeout=timedelta(seconds=0.4)
        )

    return _run(routes, send, networks)


def _run(
    routes: Mapping[str, Route],
    send: Callable[[Fetcher, Server], Awaitable[PostAnswer]],
    networks: tuple[str, ...],
) -> tuple[PostAnswer | PostFailed, Server]:
    async def whole() -> tuple[PostAnswer | PostFailed, Server]:
        async with serving(routes) as server, Fetcher(rules(networks=networks)) as fetcher:
            try:
                return await send(fetcher, server), server
            except PostFailed as error:
                return error, server

    return asyncio.run(whole())


def test_a_message_arrives_as_it_was_written() -> None:
    """Body and headers arrive unchanged, and the answer is returned in full."""
    answered, server = post({"/hook": answer("202 Accepted", b"thanks", Retry_After="3")})
    assert isinstance(answered, PostAnswer)
    assert (answered.status, answered.body, answered.headers["retry-after"]) == (202, b"thanks", "3")
    (request,) = server.requests
    assert (request.method, request.body) == ("POST", b'{"type":"test"}')
    assert request.headers["webhook-id"] == b"msg_1"
    assert request.headers["user-agent"].startswith(b"storywatch/")


def test_redirects_are_not_followed() -> None:
    """A 302 is an answer like any other."""
    answered, server = post({"/hook": answer("302 Found", location="/elsewhere")})
    assert isinstance(answered, PostAnswer)
    assert answered.status == 302
    assert len(server.requests) == 1


def test_a_long_answer_is_cut() -> None:
    """Of a longer answer 16 kB are kept."""
    answered, _ = post({"/hook": answer("500 Oops", b"x" * 100_000)})
    assert isinstance(answered, PostAnswer)
    assert len(answered.body) == 16_384


@pytest.mark.parametrize("tail", [b"", b"x"])
def test_a_status_counts_even_if_the_rest_never_comes(tail: bytes) -> None:
    """The server has decided, so a body that stalls or breaks off changes nothing."""
    answered, _ = post({"/hook": trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", tail)})
    assert isinstance(answered, PostAnswer)
    assert answered.status == 200


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon\r\n\r\nok", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n X: blank before\r\n\r\nok", 200),
        (b"HTTP/1.1 204 \xff\r\nX(Y): odd name\r\n\r\n", 204),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 200),
        (b"HTTP/2 202\r\n\r\n", 202),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 1, 2\r\n\r\n", 500),
        (b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: x=" + b"y" * 100_000 + b"\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Le", 200),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 200),
    ],
)
def test_a_receiver_that_answers_oddly_has_answered(raw: bytes, status: int) -> None:
    """The status line decides; else a receiver would get the same message again and again."""

    async def answer_and_close(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    answered, _ = post({"/hook": answer_and_close})
    assert isinstance(answered, PostAnswer)
    assert answered.status == status


@pytest.mark.parametrize("raw", [b"ok", b"HTTP/1.1 20", b"HTTP/1.1 100 Continue\r\nX"])
def test_a_receiver_that_names_no_status_has_not_answered(raw: bytes) -> None:
    """The message may have arrived, and is sent again under the same id."""

    async def answer_and_close(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    answered, _ = post({"/hook": answer_and_close})
    assert isinstance(answered, PostFailed)
    assert answered.sent


def test_a_timeout_after_sending_is_unknown() -> None:
    """No answer came in time, but the bytes were sent."""
    answered, server = post({"/hook": trickle(b"", b"")})
    assert isinstance(answered, PostFailed)
    assert answered.sent
    assert len(server.requests) == 1


def test_a_connection_lost_after_sending_is_unknown() -> None:
    """The server may have taken the message before it hung up."""

    async def hang_up(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    answered, _ = post({"/hook": hang_up})
    assert isinstance(answered, PostFailed)
    assert answered.sent


def test_a_guarded_address_gets_nothing() -> None:
    """A private address is refused before a byte is sent, and the error says how to allow it."""
    answered, server = post({"/hook": answer("200 OK")}, networks=())
    assert isinstance(answered, PostFailed)
    assert not answered.sent
    assert "polling.allow_networks" in answered.text
    assert server.connections == 0


def test_a_handshake_that_fails_has_sent_nothing() -> None:
    """After a failed TLS handshake the message is provably unsent."""
    answered, server = post({"/hook": answer("200 OK")}, scheme="https")
    assert isinstance(answered, PostFailed)
    assert not answered.sent
    assert not server.requests


@pytest.mark.parametrize(
    "url",
    [
        "ftp://u:canary@hooks.example/",
        "http://u:canary@999.1.1.1/",
        "http://u:canary@xn--a/",
        "http://u:canary@hooks.example/" + "\U0001f600" * 8_000,
    ],
)
def test_an_invalid_url_is_refused(url: str) -> None:
    """The error says what is wrong, without the secret part of the URL."""

    async def send(fetcher: Fetcher, _: Server) -> PostAnswer:
        return await fetcher.post(url, body=b"", headers={}, timeout=SECOND)

    answered, _ = _run({}, send, ())
    assert isinstance(answered, PostFailed)
    assert "canary" not in answered.text


def test_no_log_holds_a_webhooks_address(caplog: pytest.LogCaptureFixture) -> None:
    """The path of a chat webhook is a secret, which httpx would log at every request."""
    caplog.set_level(logging.DEBUG)

    async def send(fetcher: Fetcher, server: Server) -> PostAnswer:
        return await fetcher.post(server.url("/hook?token=canary"), body=b"", headers={}, timeout=SECOND)

    answered, _ = _run({"/hook?token=canary": answer("200 OK")}, send, ("127.0.0.0/8",))
    assert isinstance(answered, PostAnswer)
    assert "canary" not in caplog.text
