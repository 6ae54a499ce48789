"""A channel type as one value: its keys and their checks, the form it renders to, its retries and its sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alerts.channels.interface import Console, HttpClient, Sender
    from storage.model import Channel, MessageForm


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """When a delivery is tried again: after each of `steps`, then every `then`; without `then` it is given up.

    `give_up` is an age after which it is given up, though not before `least_tries`. `is_never_early` says that jitter
    only lengthens a step.
    """

    steps: tuple[timedelta, ...]
    then: timedelta | None = None
    give_up: timedelta | None = None
    least_tries: int = 0
    is_never_early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderParts:
    """What a sender may use: the guarded HTTP client, standard output and how to colour it."""

    http: HttpClient
    stdout: Console
    paint: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """Something wrong or questionable in a channel's configuration; `key` is None for the channel as a whole."""

    problem: str
    remedy: str
    key: str | None = None


def one_recipient(channel: Channel) -> Sequence[str]:
    """Return the channel itself, for types that know no recipients."""
    return (channel.name,)


def no_warnings(channel: Channel) -> Iterable[KeyProblem]:
    """Find nothing questionable."""
    del channel
    return ()


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# The example schedule of Standard Webhooks; good for everything that has no schedule of its own.
STANDARD_WEBHOOKS = RetryPlan(
    steps=(
        timedelta(seconds=5), 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
        24 * _HOUR,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """A channel type. Each stands in a file of its own; `alerts.channels.registry` names the files.

    `package` must be installed for it, as `extra` of storywatch does. `check_url` checks the key `url`; without it a URL
    must be an HTTP address that the guarded client may reach. `codes_name_the_endpoint` says that a deferral with a
    code is about the whole endpoint and not about one recipient.
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
