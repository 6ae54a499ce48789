"""The result of a test message: whether the receiver accepted it, and its response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.channels.interface import Accepted

if TYPE_CHECKING:
    from alerts.channels.interface import Answer
    from storage.shortage import ResourceShortage


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrial:
    """The result of a test message to one recipient.

    `verdict` is `ok`, `deferred`, `refused`, `blocked`, `unknown`, or `unsent` if this machine could not send it.
    """

    channel: str
    recipient: str
    verdict: str
    text: str

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver accepted the message."""
        return self.verdict == "ok"


def channel_trial(channel: str, recipient: str, answer: Answer | ResourceShortage) -> ChannelTrial:
    """Return the view of a response to a test message."""
    if isinstance(answer, Exception):
        verdict, text = "unsent", str(answer)
    else:
        verdict = "ok" if isinstance(answer, Accepted) else type(answer).__name__.lower()
        text = answer.text
    return ChannelTrial(channel=channel, recipient=recipient, verdict=verdict, text=text)
