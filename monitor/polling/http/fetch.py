"""One request for one feed, from a URL to an `Outcome`; and the guarded POST for webhooks.

    async with Fetcher(rules) as fetcher:
        outcome = await fetcher.fetch(FetchRequest(url=..., validators=...))
        answer = await fetcher.post(url, body=..., headers=..., timeout=timedelta(seconds=20))

`fetch` returns an outcome for anything that a server or the network does; it raises `ResourceShortage` if this machine runs
out of resources. `post` raises `PostFailed`. Both keep a total deadline from name look-up to the last byte, connect
only to checked addresses, send no cookies and ignore proxies of the environment. Outcomes hold no credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from storage.shortage import resource_shortage

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from datetime import timedelta

    from monitor.polling.http.network_rules import NetworkRules
    from monitor.polling.http.outcome import FetchRequest, Outcome, PostAnswer
    from monitor.polling.http.requests import Requests
    from monitor.polling.http.transport import Resolve


class Fetcher:
    """Fetches feeds and posts webhooks within the rules. One per process; close it when done.

    The HTTP client is imported with the first request, since a round may need none.
    """

    def __init__(
        self, rules: NetworkRules, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._tls = tls
        self._opened: Requests | None = None

    def _requests(self) -> Requests:
        """Return the connections; raises `ResourceShortage` if this machine cannot open the client's files."""
        if self._opened is None:
            try:
                from monitor.polling.http.requests import Requests  # noqa: PLC0415  # see above
            except (OSError, MemoryError) as error:
                raise resource_shortage(error) or error from error
            self._opened = Requests(self._rules, resolve=self._resolve, tls=self._tls)
        return self._opened

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close idle connections."""
        if self._opened is not None:
            await self._opened.aclose()

    async def fetch(self, request: FetchRequest) -> Outcome:
        """Request a feed and follow its redirects; every failure is an outcome."""
        return await self._requests().fetch(request)

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109 (part of the interface: the total deadline)
    ) -> PostAnswer:
        """Send one message to a webhook and return the response, whatever its status; redirects are not followed.

        Raises:
            PostFailed: no response within `timeout`, or an address that may not be connected to.
            ResourceShortage: this machine has no descriptor, memory or thread left; nothing was sent.
        """
        return await self._requests().post(url, body=body, headers=headers, timeout=timeout)
