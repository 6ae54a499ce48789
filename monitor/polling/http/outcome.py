"""The outcomes of a fetch: `Fetched | NotModified | Gone | Throttled | Failed`, frozen, for an exhaustive `match`.

Every outcome carries `headers`: those that matter for pacing and reading, names in lower case (`cache-control`,
`age`, `expires`, `date`, `retry-after`, `content-type`, `content-language`); empty when no answer came.
`words` are one sentence for a person and hold no secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.polling.http.address import Credentials

KEPT_HEADERS = frozenset(
    {"age", "cache-control", "content-language", "content-type", "date", "expires", "retry-after"}
)


class FailureKind(StrEnum):
    """What kind of trouble a feed has. HTTP errors say which in `Failed.status`."""

    ADDRESS = "address"
    CHALLENGE = "challenge"
    DECODE = "decode"
    DNS = "dns"
    EMPTY = "empty"
    HTTP = "http"
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


# Failures that say nothing about the feed when every feed has them at once: the network is down.
OF_THE_NETWORK = frozenset(
    {FailureKind.DNS, FailureKind.REFUSED, FailureKind.TIMEOUT, FailureKind.UNREACHABLE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One feed to ask for. `headers` and `credentials` go to the feed's own host only, never along a redirect.

    That host is `home`'s where a feed has moved since its owner configured it, else that of `url`.
    """

    url: str
    home: str | None = None
    validators: Validators = field(default_factory=Validators)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body, decoded but not yet read. `status` 226 means it is partial: what it lacks is not gone (RFC 3229).

    `url` is where the body came from, after redirects. `permanent_url` is that URL if every redirect on the way was
    permanent, None if there was none or one was temporary. `bytes_on_wire` counts the body as it was sent.
    """

    body: bytes = field(repr=False)
    url: str
    status: int
    validators: Validators
    headers: Mapping[str, str]
    permanent_url: str | None = None
    bytes_on_wire: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The body we have is current. `validators` are what this answer carried: absent ones keep their old value."""

    validators: Validators
    url: str
    headers: Mapping[str, str]
    permanent_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The server says the feed is gone for good (410)."""

    words: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The host asks us to slow down (429). `host_key` is who asked; `headers` may say until when."""

    words: str
    host_key: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No usable answer. `headers` may hold a `retry-after` or a lifetime, which bind errors as well."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """A body that gave no feed: why, for the ledger (`kind`) and for a person (`words`)."""

    kind: FailureKind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswer:
    """What a webhook's server answered; `body` is cut at 16 kB, header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class PostFailed(Exception):  # noqa: N818 (what happened, as the channels name it)
    """No answer came. `sent` says whether bytes of the message may have left, so that it may have arrived."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent
