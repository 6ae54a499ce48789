"""Requests over the guarded transport: a feed with its redirects, from a URL to an `Outcome`, and a webhook's POST.

Used through `monitor.polling.http.fetch.Fetcher`, which promises what they do.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from monitor.polling.http.address import Forbidden, Target, parse_target, redacted
from monitor.polling.http.body_limits import UndecodableBody, too_large
from monitor.polling.http.decompress import Decompressor
from monitor.polling.http.http1 import BrokenHttp
from monitor.polling.http.outcome import (
    KEPT_HEADERS,
    Failed,
    FailureKind,
    Fetched,
    FetchRequest,
    Gone,
    NotModified,
    Outcome,
    PostAnswer,
    PostFailed,
    Throttled,
)
from monitor.polling.http.request import UNUSABLE_URL, get_request, is_conditional, post_request
from monitor.polling.http.transport import GuardedTransport, NoConnection
from storage.model import Validators
from storage.shortage import ResourceShortage, resource_shortage

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from datetime import timedelta

    import httpx

    from monitor.polling.http.network_rules import NetworkRules
    from monitor.polling.http.transport import Resolve

MAX_REDIRECTS = 5
MAX_VALIDATOR = 4_096  # bytes; a longer one is not worth sending at every poll
ANSWER_BYTES = 16_384  # of a webhook's response: enough for its error message

_KEPT = {name.encode(): name for name in KEPT_HEADERS}  # by their raw bytes
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODIES = frozenset({200, 203, 226})


class Requests:
    """The connections of one `Fetcher`."""

    def __init__(
        self, rules: NetworkRules, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        # Without httpx.Client: redirects, credentials and cookies are decided here, and a client would double the cost.
        self._transport = GuardedTransport(rules, resolve=resolve, tls=tls)

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._transport.aclose()

    async def fetch(self, request: FetchRequest) -> Outcome:
        """Request a feed and follow its redirects; every failure is an outcome."""
        target = parse_target(request.url)
        if isinstance(target, Forbidden):
            return Failed(kind=FailureKind.ADDRESS, words=target.words)
        configured: Target | Forbidden = target
        if request.configured_url is not None and request.configured_url != request.url:
            configured = parse_target(request.configured_url)
        owner = configured if isinstance(configured, Target) else target
        seconds = self._rules.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(request, target, owner)
        except TimeoutError:
            return Failed(kind=FailureKind.TIMEOUT, words=f"no complete answer within {seconds:g} seconds")
        except (NoConnection, UndecodableBody, BrokenHttp) as error:
            return Failed(kind=error.kind, words=error.words)
        except UNUSABLE_URL:
            return Failed(kind=FailureKind.ADDRESS, words="the URL cannot be requested; check its host")

    async def _follow(self, request: FetchRequest, first: Target, owner: Target) -> Outcome:
        target, permanent, hops = first, True, 0
        while True:
            response = await self._transport.handle_async_request(
                get_request(request, target, first=owner, rules=self._rules)
            )
            try:
                location = _location(response)
                if location is None:
                    moved = target.url if permanent and hops else None
                    return await self._outcome(request, response, target, moved)
            finally:
                await response.aclose()
            next_target = _next_target(target, location)
            hops += 1
            if isinstance(next_target, Forbidden):
                return _bad_redirect(
                    f"{redacted(target.url)} redirects to an address that cannot be polled: {next_target.words}"
                )
            if hops > MAX_REDIRECTS:
                return _bad_redirect(f"{redacted(first.url)} redirects more than {MAX_REDIRECTS} times")
            permanent = permanent and response.status_code in _PERMANENT
            target = next_target

    async def _outcome(
        self, request: FetchRequest, response: httpx.Response, target: Target, moved: str | None
    ) -> Outcome:
        headers = _kept(response)
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED and is_conditional(request):
            return NotModified(
                validators=_validators(response), url=target.url, headers=headers, permanent_url=moved
            )
        if status not in _BODIES:
            return _refusal(response, target, headers)
        body, bytes_on_wire = await self._body(response, request.beginning)
        return Fetched(
            body=body,
            url=target.url,
            status=status,
            validators=_validators(response),
            headers=headers,
            permanent_url=moved,
            bytes_on_wire=bytes_on_wire,
        )

    async def _body(self, response: httpx.Response, beginning: tuple[int, bytes] | None) -> tuple[bytes, int]:
        limit = self._rules.max_bytes
        length = response.headers.get("content-length", "")
        if beginning is None and length.isdecimal() and int(length[:20]) > limit:
            raise too_large(limit)
        decompressor = Decompressor(response.headers.get("content-encoding", ""), max_bytes=limit)
        async for chunk in response.aiter_raw():
            if decompressor.is_long(chunk):
                await asyncio.to_thread(decompressor.feed, chunk)
            else:
                decompressor.feed(chunk)
            if beginning and (enough := decompressor.beginning(*beginning)) is not None:
                return enough, decompressor.bytes_on_wire
        return decompressor.finish(), decompressor.bytes_on_wire

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109 (part of the interface: the total deadline)
    ) -> PostAnswer:
        """Send one message, as `Fetcher.post` does."""
        target = parse_target(url)
        if isinstance(target, Forbidden):
            raise PostFailed(target.words, sent=False)
        try:
            request = post_request(target, body=body, headers=headers, rules=self._rules)
        except UNUSABLE_URL as error:
            raise PostFailed("the URL cannot be requested; check its host", sent=False) from error
        deadline = asyncio.get_running_loop().time() + timeout.total_seconds()
        response = await self._answer_to(request, target, deadline, timeout)
        return await _first_bytes(response, deadline)

    async def _answer_to(
        self,
        request: httpx.Request,
        target: Target,
        deadline: float,
        timeout: timedelta,  # noqa: ASYNC109 (for the words)
    ) -> httpx.Response:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._transport.handle_async_request(request)
        except TimeoutError as error:
            words = f"{target.host} did not answer within {timeout.total_seconds():g} seconds"
            raise PostFailed(words, sent=_may_be_sent(request)) from error
        except NoConnection as error:
            raise PostFailed(error.words, sent=False) from error
        except (ResourceShortage, OSError, MemoryError, RuntimeError) as error:
            shortage = resource_shortage(error)
            if shortage is None:
                raise
            if not _may_be_sent(request):
                raise shortage from error
            raise PostFailed(str(shortage), sent=True) from error
        except BrokenHttp as error:
            raise PostFailed(error.words, sent=_may_be_sent(request)) from error


async def _first_bytes(response: httpx.Response, deadline: float) -> PostAnswer:
    """Read the start of a response; its status is known, so a body that breaks off changes nothing."""
    body = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= ANSWER_BYTES:
                    break
    except (TimeoutError, UndecodableBody, BrokenHttp):
        pass
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return PostAnswer(status=response.status_code, headers=headers, body=bytes(body[:ANSWER_BYTES]))


def _location(response: httpx.Response) -> str | None:
    return response.headers.get("location") if response.status_code in _REDIRECTS else None


def _next_target(target: Target, location: str) -> Target | Forbidden:
    try:
        return parse_target(urljoin(target.url, location))
    except ValueError:  # brackets without a valid IPv6 address
        return Forbidden(words="the server redirects to an invalid URL")


def _validators(response: httpx.Response) -> Validators:
    """Return the validators, byte for byte: Latin-1 maps each byte to one character and back."""
    raw = {name.lower(): value for name, value in reversed(response.headers.raw)}
    etag, date = raw.get(b"etag", b""), raw.get(b"last-modified", b"")
    return Validators(
        etag=etag.decode("latin-1") if 0 < len(etag) <= MAX_VALIDATOR else None,
        last_modified=date.decode("latin-1") if 0 < len(date) <= MAX_VALIDATOR else None,
    )


def _kept(response: httpx.Response) -> dict[str, str]:
    """Return the headers that outcomes have; decoding all of them would take as long as reading them."""
    kept: dict[str, list[bytes]] = {}
    for raw_name, value in response.headers.raw:
        name = _KEPT.get(raw_name.lower())
        if name is not None:
            kept.setdefault(name, []).append(value)
    return {name: _decoded(b", ".join(values)) for name, values in kept.items()}


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _may_be_sent(request: httpx.Request) -> bool:
    return bool(request.extensions.get("may_be_sent"))


def _refusal(response: httpx.Response, target: Target, headers: Mapping[str, str]) -> Outcome:
    status = response.status_code
    if status == HTTPStatus.GONE:
        return Gone(words="the server says the feed is permanently gone (410)", headers=headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        words = f"{target.host} asks for fewer requests (429)"
        return Throttled(words=words, host_key=target.host_key, headers=headers)
    if "cf-mitigated" in response.headers:
        words = f"{target.host} demands a browser challenge ({status}); ask its owner to exempt the feed"
        return Failed(kind=FailureKind.CHALLENGE, words=words, status=status, headers=headers)
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    words = f"the server answered {status} {name}"
    return Failed(kind=FailureKind.HTTP, words=words, status=status, headers=headers)


def _bad_redirect(words: str) -> Failed:
    return Failed(kind=FailureKind.REDIRECT, words=words)
