"""Requests for feeds and webhooks: headers, validators, credentials."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from storage.model import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.polling.http.address import Credentials, Target
    from monitor.polling.http.network_rules import NetworkRules
    from monitor.polling.http.outcome import FetchRequest

KNOWN_URLS = 2_000  # parsed URLs that are cached; more than most owners have feeds
_NO_BODY = httpx.ByteStream(b"")
UNUSABLE_URL = (httpx.InvalidURL, UnicodeError)  # raised for URLs that pass our own check but not httpx's
_ACCEPT = (
    b"application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    b"application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.6, */*;q=0.1"
)


def get_request(
    request: FetchRequest, target: Target, *, first: Target, rules: NetworkRules
) -> httpx.Request:
    """Return the request for one hop; the feed's own headers and credentials are sent to its own host only."""
    url = _url(target.url)
    headers = [
        (b"User-Agent", rules.user_agent.encode("ascii", "replace")),
        (b"Accept", _ACCEPT),
        (b"Accept-Encoding", b"gzip, deflate, br"),
    ]
    if request.validators.etag is not None:
        headers.append((b"If-None-Match", request.validators.etag.encode("latin-1", "replace")))
    if request.validators.last_modified is not None:
        headers.append((b"If-Modified-Since", request.validators.last_modified.encode("latin-1", "replace")))
    if is_conditional(request):
        headers.append((b"A-IM", b"feed"))
    if _same_owner(target, first):
        headers += _encoded(request.headers)
        headers += _authorization(request.credentials or first.credentials)
    if not any(name.lower() == b"host" for name, _ in headers):
        headers.insert(0, (b"Host", url.netloc))
    return httpx.Request("GET", url, headers=headers, stream=_NO_BODY)  # with a stream httpx adds no headers


@lru_cache(maxsize=KNOWN_URLS)
def _url(url: str) -> httpx.URL:
    return httpx.URL(url)


def post_request(
    target: Target, *, body: bytes, headers: Mapping[str, str], rules: NetworkRules
) -> httpx.Request:
    """Return a webhook's request; it asks for an uncompressed response, since the response is cut."""
    ours = {"User-Agent": rules.user_agent, "Accept-Encoding": "identity"}
    named = {name.lower() for name in headers}
    sent = [*((name, value) for name, value in ours.items() if name.lower() not in named), *headers.items()]
    raw = _encoded(sent) + _authorization(target.credentials)
    return httpx.Request("POST", target.url, headers=raw, content=body)


def is_conditional(request: FetchRequest) -> bool:
    """Whether a request has a validator, so that the response may be a 304 or 226."""
    return request.validators != Validators()


def _encoded(headers: tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii", "replace"), value.encode()) for name, value in headers]


def _authorization(credentials: Credentials | None) -> list[tuple[bytes, bytes]]:
    if credentials is None:
        return []
    pair = f"{credentials.username}:{credentials.password}".encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(pair))]


def _same_owner(target: Target, first: Target) -> bool:
    """Whether secrets may be sent: same host and port, or the same host after an upgrade to TLS on standard ports."""
    if target.host != first.host:
        return False
    upgraded = (first.scheme, first.port, target.scheme, target.port) == ("http", 80, "https", 443)
    return upgraded or (target.scheme, target.port) == (first.scheme, first.port)
