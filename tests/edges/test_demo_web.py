"""The demo's servers, with real requests over loopback."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest

from monitor.demo.outlets import load_outlets
from monitor.demo.web import DemoWeb, is_unchanged
from monitor.polling.parsing.forms import parse
from monitor.polling.parsing.parsed_feed import ParsedFeed

NOW = datetime(2024, 5, 17, 9, 30, 12, tzinfo=UTC)


@asynccontextmanager
async def opened():
    async with DemoWeb(now=NOW) as web, httpx.AsyncClient(trust_env=False) as visitor:
        yield web, visitor


async def raw(url: str, sent: bytes) -> bytes:
    """Return the server's whole answer to these bytes."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def test_every_feed_is_served_on_a_port_of_its_own():
    """Each outlet's feed answers 200 with validators on another port."""

    async def visit():
        async with opened() as (web, visitor):
            answers = [await visitor.get(url) for _, url in web.feeds]
            assert len({urlsplit(url).port for _, url in web.feeds}) == len(answers) >= 9
            assert all(answer.status_code == 200 for answer in answers)
            assert all("etag" in answer.headers and "last-modified" in answer.headers for answer in answers)

    asyncio.run(visit())


def test_nothing_listens_outside_loopback():
    """Every address, also the webhook's, and every socket is on 127.0.0.1."""

    async def visit():
        async with DemoWeb(now=NOW) as web:
            urls = [web.webhook_url, *(url for _, url in web.feeds)]
            assert {urlsplit(url).hostname for url in urls} == {"127.0.0.1"}
            bound = await asyncio.to_thread(listening_addresses, {urlsplit(url).port for url in urls})
            assert bound <= {"0100007F"}

    asyncio.run(visit())


def listening_addresses(ports: set[int]) -> set[str]:
    """Return the addresses, in the kernel's notation, on which these ports listen; empty without /proc."""
    addresses = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:  # noqa: PTH123 (a path of the kernel)
                rows = [line.split() for line in lines][1:]
        except FileNotFoundError:
            continue
        # Column 1 is local address:port, column 3 the state; 0A listens.
        pairs = (row[1].split(":") for row in rows if row[3] == "0A")
        addresses |= {address for address, port in pairs if int(port, 16) in ports}
    return addresses


def test_a_feed_answers_304_to_its_own_validators():
    """Either validator is enough, and a 304 has no body but the same ETag."""

    async def visit():
        async with opened() as (web, visitor):
            for _, url in web.feeds:
                first = await visitor.get(url)
                by_etag = await visitor.get(url, headers={"If-None-Match": first.headers["etag"]})
                since = {"If-Modified-Since": first.headers["last-modified"]}
                by_date = await visitor.get(url, headers=since)
                assert (by_etag.status_code, by_date.status_code) == (304, 304)
                assert by_etag.content == b""
                assert by_etag.headers["etag"] == first.headers["etag"]

    asyncio.run(visit())


def test_a_published_round_appears_and_changes_the_validators():
    """After `publish(2)` old validators get a 200 with exactly the new items at the top."""

    async def visit():
        async with opened() as (web, visitor):
            for outlet, (_, url) in zip(load_outlets(), web.feeds, strict=True):
                web.publish(1)
                first = await visitor.get(url)
                web.publish(2)
                known = {"If-None-Match": first.headers["etag"]}
                second = await visitor.get(url, headers=known)
                since = {"If-Modified-Since": first.headers["last-modified"]}
                assert second.status_code == 200
                assert (await visitor.get(url, headers=since)).status_code == 200
                shown = [item.title for item in outlet.visible(2)]
                feed = parse(second.content, url=url, headers=second.headers, now=NOW)
                assert isinstance(feed, ParsedFeed)
                assert [item.title for item in feed.items] == shown

    asyncio.run(visit())


def test_an_outlet_without_news_stays_unchanged():
    """Round 3 changes three outlets, and the others answer 304."""

    async def visit():
        async with opened() as (web, visitor):
            web.publish(2)
            before = {url: (await visitor.get(url)).headers["etag"] for _, url in web.feeds}
            web.publish(3)
            answers = [
                await visitor.get(url, headers={"If-None-Match": etag}) for url, etag in before.items()
            ]
            assert sorted(answer.status_code for answer in answers)[:3] == [200, 200, 200]
            assert sum(answer.status_code == 304 for answer in answers) == len(before) - 3

    asyncio.run(visit())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate", "gzip"), ("br;q=1.0, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("identity", None)],
)
def test_gzip_is_used_on_request(accepted, coding):
    """Only clients that accept gzip get it, with the same content."""

    def read(url):
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", urlsplit(url).path, headers={"Accept-Encoding": accepted})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.getheader("Content-Encoding"), body

    async def visit():
        async with opened() as (web, visitor):
            _, url = web.feeds[0]
            plain = (await visitor.get(url)).content
            got, body = await asyncio.to_thread(read, url)
            assert got == coding
            assert (gzip.decompress(body) if coding else body) == plain

    asyncio.run(visit())


def test_links_work_while_the_demo_runs():
    """Pages of visible items and front pages can be read, those of unpublished items cannot."""

    async def visit():
        async with opened() as (web, visitor):
            for outlet, (_, url) in zip(load_outlets(), web.feeds, strict=True):
                base = url.removesuffix(outlet.path)
                front = await visitor.get(base + "/")
                assert front.status_code == 200
                for item in outlet.items:
                    page = await visitor.get(base + item.path)
                    assert page.status_code == (200 if item.round == 1 else 404)
                    assert (item.path in front.text) is (item.round == 1)

    asyncio.run(visit())


def test_webhooks_are_recorded():
    """A POST is stored with its headers and exact bytes, and answered with 204."""

    async def visit():
        async with opened() as (web, visitor):
            body = b'{"type": "test"}\n'
            answer = await visitor.post(web.webhook_url, content=body, headers={"Webhook-Id": "msg_1"})
            assert answer.status_code == 204
            assert [posted.body for posted in web.received] == [body]
            assert web.received[0].headers["webhook-id"] == "msg_1"

    asyncio.run(visit())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/hook", 405), ("POST", "/elsewhere", 404)],
)
def test_the_webhook_accepts_only_posts(method, path, status):
    """Other methods and paths are refused and not recorded."""

    async def visit():
        async with opened() as (web, visitor):
            url = web.webhook_url.removesuffix("/hook") + path
            assert (await visitor.request(method, url, content=b"x")).status_code == status
            assert web.received == []

    asyncio.run(visit())


def test_feeds_answer_head_requests():
    """HEAD has GET's headers without the body, and other methods are refused."""

    async def visit():
        async with opened() as (web, visitor):
            _, url = web.feeds[0]
            head, full = await visitor.head(url), await visitor.get(url)
            assert head.content == b""
            assert head.headers["content-length"] == full.headers["content-length"]
            assert (await visitor.delete(url)).status_code == 405

    asyncio.run(visit())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / SPDY/1\r\n\r\n", b"400"),
        (b"POST /hook HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /hook HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST /hook HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_invalid_requests_are_refused(sent, status):
    """Invalid, too large and chunked requests get their status and a closed connection."""

    async def visit():
        async with DemoWeb(now=NOW) as web:
            answer = await asyncio.wait_for(raw(web.webhook_url, sent), timeout=60)
            assert answer.split(b" ")[1] == status
            assert web.received == []

    asyncio.run(visit())


def test_a_connection_serves_several_requests():
    """Two requests on one connection get two answers, and the second closes it as requested."""

    async def visit():
        async with DemoWeb(now=NOW) as web:
            first = b"GET /a HTTP/1.1\r\n\r\n"
            last = b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n"
            answer = await asyncio.wait_for(raw(web.webhook_url, first + last), timeout=60)
            assert answer.count(b"HTTP/1.1 404 Not Found") == 2

    asyncio.run(visit())


def test_leaving_closes_idle_connections():
    """The end of `async with` does not wait for open connections."""

    async def visit():
        async with DemoWeb(now=NOW) as web:
            parts = urlsplit(web.webhook_url)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(b"GET /hook HTTP/1.1\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(parts.hostname, parts.port)

    asyncio.run(asyncio.wait_for(visit(), timeout=60))


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({"if-none-match": 'W/"a"'}, True),
        ({"if-none-match": '"x", W/"a"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"x"', "if-modified-since": "Fri, 17 May 2024 09:30:12 GMT"}, False),
        ({"if-modified-since": "Fri, 17 May 2024 09:30:12 GMT"}, True),
        ({"if-modified-since": "Fri, 17 May 2024 09:30:11 GMT"}, False),
        ({"if-modified-since": "Fri, 17 May 2024 09:30:12 -0000"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({}, False),
    ],
)
def test_conditional_requests_follow_the_etag(headers, unchanged):
    """The ETag decides if one is sent, else the date; an invalid date is ignored."""
    assert is_unchanged(headers, etag='W/"a"', modified=NOW) is unchanged
