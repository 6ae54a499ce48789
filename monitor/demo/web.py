"""The demo's servers: a real HTTP/1.1 server for each outlet and one for webhooks, all on 127.0.0.1.

Each outlet has its own port, because polling pauses between two requests to one host and port.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from monitor.demo import aggregator
from monitor.demo.formats import render
from monitor.demo.loopback_server import Answer, LoopbackServer, Request
from monitor.demo.outlets import load_outlets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitor.demo.outlets import DemoItem, Outlet

HOOK = "hook"  # the name of the webhook in incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One received webhook request; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class DemoWeb:
    """The outlets' servers and the webhook's, open inside `async with`; `now` is the demo's start in aware UTC."""

    def __init__(self, *, now: datetime, outlets: Iterable[Outlet] | None = None) -> None:
        """Use the bundled outlets unless others are given; no port is open before `async with`."""
        self._now = now
        self._outlets = load_outlets() if outlets is None else tuple(outlets)
        self._round = 1
        self._incidents: dict[str, Answer] = {}
        self._moved: dict[str, str] = {}
        self._sites = {outlet.host: LoopbackServer(partial(self._visit, outlet)) for outlet in self._outlets}
        self._aggregator = LoopbackServer(self._aggregate)
        self._hook = LoopbackServer(self._record)
        self.received: list[Posted] = []

    async def __aenter__(self) -> Self:
        try:
            for server in self._servers:
                await server.open()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        for server in self._servers:
            await server.close()

    @property
    def _servers(self) -> tuple[LoopbackServer, ...]:
        return (*self._sites.values(), self._aggregator, self._hook)

    async def cut_network(self) -> None:
        """Refuse every connection to the outlets, until `restore_network`."""
        for server in (*self._sites.values(), self._aggregator):
            await server.close()

    async def restore_network(self) -> None:
        """Accept connections again, at the same addresses."""
        for server in (*self._sites.values(), self._aggregator):
            await server.open()

    def begin_incident(self, host: str, answer: Answer) -> None:
        """Answer every request to an outlet, or to `HOOK`, with this, until `end_incident`."""
        self._incidents[host] = answer

    def end_incident(self, host: str) -> None:
        """Answer as usual again."""
        self._incidents.pop(host, None)

    def move_feed(self, host: str, path: str) -> None:
        """Redirect an outlet's feed to another path from now on."""
        self._moved[host] = path

    @property
    def _addresses(self) -> dict[str, str]:
        return {host: site.address for host, site in self._sites.items()}

    @property
    def webhook_url(self) -> str:
        """The address of the webhook."""
        return f"{self._hook.address}/hook"

    @property
    def feeds(self) -> tuple[tuple[str, str], ...]:
        """The title and the address of each outlet's feed."""
        return tuple((outlet.title, self._addresses[outlet.host] + outlet.path) for outlet in self._outlets)

    @property
    def more_feeds(self) -> tuple[tuple[str, str], ...]:
        """The titles and addresses of the outlets' sections and of the aggregator."""
        sections = (
            (section.title, self._addresses[outlet.host] + section.path)
            for outlet in self._outlets
            for section in outlet.sections
        )
        return (*sections, (aggregator.TITLE, self._aggregator.address + aggregator.PATH))

    def publish(self, upto: int) -> None:
        """Make the items of rounds 1 to `upto` visible from the next request on."""
        self._round = upto

    def _visit(self, outlet: Outlet, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD"}:
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        if outlet.host in self._incidents:
            return self._incidents[outlet.host]
        moved = self._moved.get(outlet.host)
        if moved is not None and request.path == outlet.path:
            return Answer(status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": moved})
        return self._page(outlet if moved is None else replace(outlet, path=moved), request)

    def _page(self, outlet: Outlet, request: Request) -> Answer:
        shown = outlet.visible(self._round)
        for feed in (outlet, *(outlet.in_section(section) for section in outlet.sections)):
            if request.path == feed.path:
                return self._feed(feed, feed.visible(self._round), request)
        if request.path == "/":
            return _page(outlet, outlet.about, _contents(shown))
        for item in shown:
            if item.path == request.path:
                return _page(outlet, item.title, _story(outlet, item), about=item.summary)
        return Answer(status=HTTPStatus.NOT_FOUND)

    def _feed(self, outlet: Outlet, shown: tuple[DemoItem, ...], request: Request) -> Answer:
        body, content_type = render(outlet, shown, now=self._now, base_url=self._addresses[outlet.host])
        newest = max((item.published_at(start=self._now) for item in shown), default=self._now)
        return _validated(body, content_type, newest.replace(microsecond=0), request)

    def _aggregate(self, request: Request) -> Answer:
        if request.path != aggregator.PATH:
            return Answer(status=HTTPStatus.NOT_FOUND)
        body = aggregator.alert_feed(self._outlets, self._addresses, upto=self._round, now=self._now)
        return Answer(status=HTTPStatus.OK, headers={"Content-Type": aggregator.CONTENT_TYPE}, body=body)

    def _record(self, request: Request) -> Answer:
        if request.path != "/hook":
            return Answer(status=HTTPStatus.NOT_FOUND)
        if request.method != "POST":
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
        if HOOK in self._incidents:
            return self._incidents[HOOK]
        self.received.append(Posted(headers=request.headers, body=request.body))
        return Answer(status=HTTPStatus.NO_CONTENT)


def _validated(body: bytes, content_type: str, newest: datetime, request: Request) -> Answer:
    """Return a feed with its validators, or 304 where the visitor has it."""
    validators = {
        # Weak, so that it holds for the compressed form too (RFC 9110, 8.8.3.3).
        "ETag": f'W/"{hashlib.sha256(body).hexdigest()[:16]}"',
        "Last-Modified": format_datetime(newest, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    if is_unchanged(request.headers, etag=validators["ETag"], modified=newest):
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=validators)
    return Answer(status=HTTPStatus.OK, headers={"Content-Type": content_type, **validators}, body=body)


def is_unchanged(headers: Mapping[str, str], *, etag: str, modified: datetime) -> bool:
    """Return whether a conditional request may be answered 304 (RFC 9110, 13.1.2 and 13.1.3)."""
    if (known := headers.get("if-none-match")) is not None:
        return known.strip() == "*" or etag in {tag.strip() for tag in known.split(",")}
    try:
        return parsedate_to_datetime(headers["if-modified-since"]) >= modified
    except (KeyError, TypeError, ValueError):
        return False  # no date, an unreadable date, or one without a zone


def _page(outlet: Outlet, heading: str, main: str, *, about: str = "") -> Answer:
    html = (
        f'<!doctype html><html lang="{escape(outlet.language)}"><meta charset="utf-8">'
        f"<title>{escape(heading)} · {escape(outlet.title)}</title>"
        f'<meta property="og:description" content="{escape(about or outlet.about)}">'
        f'<link rel="alternate" href="{escape(outlet.path)}" title="{escape(outlet.title)}">'
        f'<p><a href="/">{escape(outlet.title)}</a></p><h1>{escape(heading)}</h1>{main}</html>\n'
    )
    return Answer(
        status=HTTPStatus.OK, headers={"Content-Type": "text/html; charset=utf-8"}, body=html.encode()
    )


def _contents(shown: tuple[DemoItem, ...]) -> str:
    links = (f'<li><a href="{escape(item.path)}">{escape(item.title)}</a></li>' for item in shown)
    return f"<ul>{''.join(links)}</ul>"


def _story(outlet: Outlet, item: DemoItem) -> str:
    return item.summary if outlet.markup else f"<p>{escape(item.summary)}</p>"
