"""The outcomes of a fetch: `Fetched | NotModified | Gone | Throttled | Failed`, frozen, for an exhaustive `match`.

Every outcome has `headers`: those that matter for scheduling and parsing, names in lower case (`cache-control`, `age`,
`expires`, `date`, `retry-after`, `content-type`, `content-language`, `link`); empty without a response. `words` are one
sentence for a person and hold no secret.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model import Validators
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.polling.http.address import Credentials

KEPT_HEADERS = frozenset(
    {"age", "cache-control", "content-language", "content-type", "date", "expires", "link", "retry-after"}
)


class FailureKind(StrEnum):
    """The kind of a failure. For HTTP errors `Failed.status` says which."""

    ADDRESS = "address"
    CHALLENGE = "challenge"
    DECODE = "decode"
    DNS = "dns"
    EMPTY = "empty"
    HTTP = "http"
    NO_NEWS = "no-news"
    NOT_A_FEED = "not-a-feed"
    NOT_XML = "not-xml"
    PARSER_FAILED = "parser-failed"
    PARSER_KILLED = "parser-killed"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"
    UNREACHABLE = "unreachable"


# Failures of all feeds at once when the network is down; they do not count against a feed then.
OF_THE_NETWORK = frozenset(
    {FailureKind.DNS, FailureKind.REFUSED, FailureKind.TIMEOUT, FailureKind.UNREACHABLE}
)


@value
class FetchRequest:
    """One feed to request. `headers` and `credentials` go to the feed's own host only, never along a redirect.

    That host is the one of `configured_url` if the feed has moved since it was configured, else the one of `url`.
    `beginning` limits the body to a number of bytes, and to what precedes and follows the given bytes (in lower case).
    """

    url: str
    configured_url: str | None = None
    validators: Validators = field(default_factory=Validators)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None
    beginning: tuple[int, bytes] | None = None


@value
class Fetched:
    """A body, decoded but not parsed. `status` 226 means that it contains only the changed items (RFC 3229).

    `url` is where the body came from, after redirects. `permanent_url` is that URL if there were redirects and all were
    permanent, else None. `bytes_on_wire` counts the body as it was sent.
    """

    body: bytes = field(repr=False)
    url: str
    status: int
    validators: Validators
    headers: Mapping[str, str]
    permanent_url: str | None = None
    bytes_on_wire: int = 0


@value
class NotModified:
    """The stored body is current. `validators` are those of this response; absent ones keep their old value."""

    validators: Validators
    url: str
    headers: Mapping[str, str]
    permanent_url: str | None = None


@value
class Gone:
    """The server says that the feed is permanently gone (410)."""

    words: str
    headers: Mapping[str, str]


@value
class Throttled:
    """The host asks for fewer requests (429). `headers` may say until when."""

    words: str
    host_key: str
    headers: Mapping[str, str]


@value
class Failed:
    """No usable response. `headers` may hold a `retry-after` or a cache lifetime, which apply to errors as well."""

    kind: FailureKind
    words: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The kind as it is recorded: `dns`, `http-404`."""
        return (
            f"{self.kind}-{self.status}" if self.kind is FailureKind.HTTP and self.status else str(self.kind)
        )


Outcome = Fetched | NotModified | Gone | Throttled | Failed


@value
class ParseFailure:
    """A body that is not a feed; `kind` is the stored reason, `words` the reason for a person."""

    kind: FailureKind
    words: str


@value
class PostAnswer:
    """A webhook's response; `body` is cut at 16 kB, header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class PostFailed(Exception):  # noqa: N818 (what happened, as the channels name it)
    """No response came. `sent` says whether the message may have been sent, so that it may have arrived.

    A shortage of this machine before any byte was sent raises `ResourceShortage` instead.
    """

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent
