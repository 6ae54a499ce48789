"""A channel type as one value: its keys and their checks, the form it renders to, its retries and its sender."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alerts.channels.interface import Console, HttpClient, Sender
    from storage.model import Channel, MessageForm


@value
class RetryPlan:
    """The schedule of retries: after each of `steps`, then every `then`; without `then` the delivery is given up.

    A delivery older than `give_up` is given up, though not before `least_tries`. With `is_never_early`, jitter only
    lengthens a step.
    """

    steps: tuple[timedelta, ...]
    then: timedelta | None = None
    give_up: timedelta | None = None
    least_tries: int = 0
    is_never_early: bool = False


@value
class SenderParts:
    """The dependencies of senders: the guarded HTTP client, standard output and how to colour it."""

    http: HttpClient
    stdout: Console
    paint: Callable[[str], str]


@value
class KeyProblem:
    """Something wrong or questionable in a channel's configuration; `key` is None for the channel as a whole."""

    problem: str
    remedy: str
    key: str | None = None


def one_recipient(channel: Channel) -> Sequence[str]:
    """Return the channel itself, for types without recipients."""
    return (channel.name,)


def no_warnings(channel: Channel) -> Iterable[KeyProblem]:
    """Return no warnings."""
    del channel
    return ()


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# The example schedule of Standard Webhooks; the default for types without their own schedule.
STANDARD_WEBHOOKS = RetryPlan(
    steps=(
        timedelta(seconds=5), 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
        24 * _HOUR,
    )
)  # fmt: skip


@value
class ChannelKind:
    """A channel type. Each has its own module; `alerts.channels.registry` lists them.

    `package` is the required Python package, which `extra` of storywatch installs. `check_url` checks the key `url`;
    without it a URL must be an HTTP address that the guarded client may reach. `codes_name_the_endpoint` says that a
    deferral with a code is about the whole endpoint and not about one recipient.
    """

    name: str
    form: MessageForm
    sender: Callable[[Channel, SenderParts], Sender]
    needed: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    retries: RetryPlan = STANDARD_WEBHOOKS
    recipients: Callable[[Channel], Sequence[str]] = one_recipient
    warnings: Callable[[Channel], Iterable[KeyProblem]] = no_warnings
    check_url: Callable[[str], KeyProblem | None] | None = None
    package: str | None = None
    extra: str | None = None
    codes_name_the_endpoint: bool = False
