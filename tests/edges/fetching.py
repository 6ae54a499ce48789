"""A fetch against a server with given routes, for tests of one request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from hostile import Route, Server, rules, serving

from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.network_rules import NetworkRules
from monitor.polling.http.outcome import FetchRequest, Outcome
from storage.model import Validators

BODY = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"
MOVED = {"location": "/new"}


def run(
    routes: Mapping[str, Route],
    scenario: Callable[[Fetcher, Server], Awaitable[Outcome]],
    *,
    within: NetworkRules | None = None,
) -> tuple[Outcome, Server]:
    """Run a scenario against a server with these routes; return its outcome and what the server saw."""

    async def whole() -> tuple[Outcome, Server]:
        async with serving(routes) as server, Fetcher(within or rules()) as fetcher:
            return await scenario(fetcher, server), server

    return asyncio.run(whole())


def fetch(
    routes: Mapping[str, Route], *, validators: Validators | None = None, within: NetworkRules | None = None
) -> tuple[Outcome, Server]:
    """Fetch `/feed` once."""

    def once(fetcher: Fetcher, server: Server) -> Awaitable[Outcome]:
        return fetcher.fetch(FetchRequest(url=server.url("/feed"), validators=validators or Validators()))

    return run(routes, once, within=within)
