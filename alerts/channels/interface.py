"""The interface of channels, and the answers that a delivery can get.

An answer is the known result for one message to one recipient; the consequence (retry, dead letter, pause) is decided
elsewhere (see `alerts.sending`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from datetime import datetime

    from storage.model import Delivery, Message

SEND_DEADLINE = timedelta(minutes=2)  # every sender answers within it; a lease must be longer
GRACE = timedelta(seconds=10)  # part of the deadline, for closing the connection and recording
PROBE_AFTER = timedelta(hours=1)  # a paused channel is probed at most hourly (D2)
MAX_TEXT = 500  # characters of an answer's text
MAX_REPLY = 16_384  # bytes kept of a receiver's reply


@value
class Accepted:
    """The receiver accepted the message: a 2xx, a 250 after the final dot, an exit code of 0."""

    text: str = ""
    code: int | None = None
    reply: str = ""


@value
class Deferred:
    """The receiver certainly did not accept the message but may do so later: try again (D1, D5).

    SMTP 4xx, no connection, bad certificate; HTTP 408, 425, 429, 5xx. `retry_after` is the pause it asked for.
    """

    text: str
    code: int | None = None
    retry_after: timedelta | None = None
    reply: str = ""


@value
class Refused:
    """The receiver refuses this message for this recipient (D2, D5): dead letter.

    `retryable` refusals may be a temporary fault of the receiver and get a few more tries first: HTTP 3xx and 4xx,
    a command's exit code. An SMTP 5xx about the recipient or the message is final.
    """

    text: str
    code: int | None = None
    retryable: bool = False
    reply: str = ""


@value
class Blocked:
    """The whole channel cannot send: pause it and drop nothing (D2, D5).

    After `probe_after` one message may be tried; None means that the owner must resume the channel (HTTP 410).
    """

    text: str
    code: int | None = None
    probe_after: timedelta | None = PROBE_AFTER
    reply: str = ""


@value
class Unknown:
    """The message was sent but no answer came, so the receiver may have it (D4). Try again with the same id."""

    text: str
    code: int | None = None


Answer = Accepted | Deferred | Refused | Blocked | Unknown


class Announce(Protocol):
    """Called once, just before the first byte that could make a receiver accept the message.

    If it raises, sending stops, and nothing was sent.
    """

    def __call__(self) -> Awaitable[None]:
        """Record that from here on the receiver may have the message."""
        ...


async def unannounced() -> None:
    """Record nothing."""


class Sender(Protocol):
    """Sends messages over one channel. Safe for concurrent use in one event loop."""

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Try once to deliver `message` to the delivery's recipient; answer within `SEND_DEADLINE`.

        `now` is the real time (it is signed), even if the clock of decisions is fixed. Expected faults are answers;
        cancellation is passed on.

        Raises:
            ResourceShortage: this machine has no descriptor, memory or thread left, and certainly nothing was sent.
        """
        ...


@value
class HttpAnswer:
    """A web server's answer. Header names are lower-case; `body` holds at most its first 16 kB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreachable(Exception):  # noqa: N818  a fact about the network, not a mistake
    """No response came. `sent` says whether any byte of the request may have reached the server; `text` has no secrets."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent


class HttpClient(Protocol):
    """The guarded client that webhooks go through: no private addresses, no redirects, no proxies, a total deadline."""

    async def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: timedelta,  # noqa: ASYNC109  the total deadline is part of the interface
    ) -> HttpAnswer:
        """POST `body` and return the answer, whatever its status.

        Raises:
            Unreachable: none came in time.
            ResourceShortage: this machine has no descriptor, memory or thread left, and nothing was sent.
        """
        ...


class Console(Protocol):
    """The output of console messages: `sys.stdout` or a similar object."""

    def write(self, text: str, /) -> object:
        """Write text."""
        ...

    def flush(self) -> object:
        """Flush the output."""
        ...
