"""Webhooks by Standard Webhooks 1.0 (standardwebhooks.com): signed, with a stable id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from alerts.channels.interface import (
    Accepted,
    Blocked,
    Deferred,
    Refused,
    Unknown,
    Unreachable,
    unannounced,
)
from alerts.channels.kind import ChannelKind, KeyProblem
from alerts.channels.redact import reply_text, safe_line, secrets_of
from storage.model import MessageForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standardwebhooks import Webhook

    from alerts.channels.interface import Announce, Answer, HttpAnswer, HttpClient, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message

TIMEOUT = timedelta(seconds=30)  # the specification asks for 15 to 30 s
MAX_RETRY_AFTER = timedelta(hours=24)  # D5; a receiver cannot pause deliveries for longer
SUCCESS, SERVER_ERROR = 2, 5  # classes of status (RFC 9110, 15)
GONE = 410
TRY_LATER = frozenset({408, 425, 429})


class WebhookSender:
    """POSTs the message's bytes to the channel's URL, signed with every configured secret."""

    def __init__(self, channel: Channel, *, http: HttpClient) -> None:
        if not channel.url:
            raise ValueError(f"channel '{channel.name}': a webhook needs a url")
        self._url = channel.url
        self._signers = tuple(_signer(channel.name, secret) for secret in channel.secrets)
        self._hidden = secrets_of(channel)
        self._http = http

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """POST once; `answered` documents the meaning of each status."""
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signers:
            headers["webhook-signature"] = self.signatures(message, delivery, now=now)
        await announce()
        try:
            answer = await self._http.post(self._url, body=message.body, headers=headers, timeout=TIMEOUT)
        except Unreachable as unreachable:
            text = safe_line(unreachable.text, secrets=self._hidden)
            return Unknown(text=text) if unreachable.sent else Deferred(text=text)
        return answered(answer, now=now, hidden=self._hidden)

    def signatures(self, message: Message, delivery: Delivery, *, now: datetime) -> str:
        """Return `v1,…` for each secret, newest first, separated by blanks; receivers accept any valid one."""
        body = message.body.decode()
        return " ".join(signer.sign(delivery.id, now.astimezone(UTC), body) for signer in self._signers)


def _signer(name: str, secret: str) -> Webhook:
    # Reading the configuration must not need the signing library.
    from standardwebhooks import Webhook  # noqa: PLC0415
    from standardwebhooks.webhooks import EmptyWebhookSecretError  # noqa: PLC0415

    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        # The original error would reveal the secret.
        raise ValueError(
            f"channel '{name}': its secret is not base64; write whsec_ and 24 to 64 bytes in base64"
        ) from None


def answered(answer: HttpAnswer, *, now: datetime, hidden: tuple[str, ...] = ()) -> Answer:
    """Return the meaning of an HTTP status for a delivery (D5).

    2xx is accepted; 410 blocks the endpoint; 408, 425, 429 and 5xx are tried again, after Retry-After (RFC 9110, 10.2.3)
    up to 24 h; a redirect is not followed and counts, like every other 4xx, as a refusal with a few more tries.
    """
    status = answer.status
    reply = reply_text(answer.body, secrets=hidden)
    text = safe_line(f"HTTP {status}: {reply}" if reply.strip() else f"HTTP {status}", secrets=hidden)
    if status // 100 == SUCCESS:
        return Accepted(text=f"HTTP {status}", code=status, reply=reply)
    if status == GONE:
        return Blocked(text=text, code=status, probe_after=None, reply=reply)
    if status in TRY_LATER or status // 100 == SERVER_ERROR:
        asked = retry_after(answer.headers.get("retry-after"), now=now)
        return Deferred(text=text, code=status, retry_after=asked, reply=reply)
    return Refused(text=text, code=status, retryable=True, reply=reply)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Return the pause that a Retry-After header asks for, at most 24 h; None if it is missing, past or invalid."""
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        # A number with thousands of digits means the longest pause.
        pause = timedelta(seconds=int(value.strip()[:9]))
    else:
        try:
            then = parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
        pause = (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    return min(pause, MAX_RETRY_AFTER) if pause > timedelta() else None


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    return WebhookSender(channel, http=parts.http)


def _warnings(channel: Channel) -> Iterable[KeyProblem]:
    if not channel.secrets:
        yield KeyProblem(
            problem="the webhook is not signed",
            remedy="set `secret`, so that the receiver can verify messages",
        )


KIND = ChannelKind(
    name="webhook",
    form=MessageForm.JSON,
    sender=_sender,
    needed=("url",),
    possible=("secret",),
    warnings=_warnings,
    codes_name_the_endpoint=True,
)
