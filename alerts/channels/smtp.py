"""Sends mail over SMTP (RFC 5321): one transaction per recipient, over verified TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import aiosmtplib

from alerts.channels.interface import (
    SEND_DEADLINE,
    Accepted,
    Blocked,
    Deferred,
    Refused,
    Unknown,
    unannounced,
)
from alerts.channels.mailbox import envelope_address
from alerts.channels.mime import mail_bytes, sending_domain
from alerts.channels.redact import safe_line, secrets_of
from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer
    from storage.model import Channel, Delivery, Message

STEP_TIMEOUT = timedelta(seconds=60)  # for the reply to one command; slow relays scan the mail first
GOODBYE_TIMEOUT = timedelta(seconds=5)  # for QUIT
PERMANENT = 5  # the class of permanent failures (RFC 5321, 4.2.1)
AUTH_NEEDS_TLS = 538
# RFC 4954: authentication is required, too weak, wrong, or needs TLS.
AUTH_CODES = frozenset({530, 534, 535, AUTH_NEEDS_TLS})


class Stage(Enum):
    """The stage of a transaction. It determines the subject of a refusal, and whether the message may have arrived."""

    SESSION = "session"
    ENVELOPE = "envelope"
    SENDING = "sending"


class EmailSender:
    """Sends each message over a connection of its own."""

    def __init__(
        self, channel: Channel, *, tls: ssl.SSLContext | None = None, step_timeout: timedelta = STEP_TIMEOUT
    ) -> None:
        try:
            envelope_address(channel.sender)
        except ValueError as error:
            raise ValueError(
                f"channel '{channel.name}': a mail channel needs a sender in `from`: {error}"
            ) from None
        self._channel = channel
        self._hidden = secrets_of(channel)
        self._tls = tls or (None if channel.security == "none" else ssl.create_default_context())
        self._step_timeout = step_timeout

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Run one SMTP transaction; see `_Transaction` for what each fault means."""
        del now
        try:
            recipient = envelope_address(delivery.recipient)
            mail = mail_bytes(message, delivery, channel=self._channel)
        except ValueError as error:
            return Refused(text=safe_line(str(error), secrets=self._hidden))
        smtp = aiosmtplib.SMTP(
            hostname=self._channel.host,
            port=self._channel.port,
            local_hostname=sending_domain(self._channel),
            timeout=self._step_timeout.total_seconds(),
            use_tls=self._channel.security == "tls",
            start_tls=self._channel.security == "starttls",
            tls_context=self._tls,
        )
        return await _Transaction(self._channel, smtp, hidden=self._hidden).run(recipient, mail, announce)


class _Transaction:
    """The transaction of one mail to one recipient; remembers its stage."""

    def __init__(self, channel: Channel, smtp: aiosmtplib.SMTP, *, hidden: tuple[str, ...]) -> None:
        self._channel = channel
        self._smtp = smtp
        self._hidden = hidden
        self._stage = Stage.SESSION

    async def run(self, recipient: str, mail: bytes, announce: Announce) -> Answer:
        """Connect, send and quit; return the known result."""
        try:
            async with (
                asyncio.timeout((SEND_DEADLINE - 2 * GOODBYE_TIMEOUT).total_seconds()),
                self._session(),
            ):
                return await self._transact(recipient, mail, announce)
        except aiosmtplib.SMTPResponseException as refused:
            return self._refusal(refused.code, refused.message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, RuntimeError, MemoryError) as error:
            shortage = resource_shortage(error) or resource_shortage(error.__cause__ or error)
            if shortage is not None and self._stage is not Stage.SENDING:
                raise shortage from error
            if isinstance(error, RuntimeError | MemoryError):
                raise
            return self._connection_lost(str(error) or type(error).__name__)

    async def _transact(self, recipient: str, mail: bytes, announce: Announce) -> Answer:
        self._stage = Stage.ENVELOPE
        await self._smtp.mail(envelope_address(self._channel.sender))
        await self._smtp.rcpt(recipient)
        await announce()
        self._stage = Stage.SENDING
        response = await self._smtp.data(mail)
        return Accepted(text=self._error_text(response.code, response.message), code=response.code)

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[None]:
        """Connect, encrypt and log in as configured; a failure of QUIT does not change the answer (D4)."""
        try:
            await self._smtp.connect()
            await self._greet()
            await self._login()
            yield
        except aiosmtplib.SMTPResponseException:
            await self._goodbye()
            raise
        else:
            await self._goodbye()
        finally:
            self._smtp.close()

    async def _greet(self) -> None:
        try:
            await self._smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            await self._smtp.helo()

    async def _login(self) -> None:
        if self._channel.username is None:
            return
        if not self._smtp.supports_extension("auth"):
            words = "the server offers no AUTH here; remove `username` or choose another `security`"
            raise aiosmtplib.SMTPAuthenticationError(AUTH_NEEDS_TLS, words)
        await self._smtp.login(self._channel.username, self._channel.password or "")

    async def _goodbye(self) -> None:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await self._smtp.quit(timeout=GOODBYE_TIMEOUT.total_seconds())

    def _refusal(self, code: int, message: str) -> Answer:
        """Return the meaning of an SMTP reply code at this stage (RFC 5321, 4.2.1)."""
        text = self._error_text(code, message)
        if code < 0:  # not an SMTP reply at all
            return self._connection_lost(text)
        if code // 100 == PERMANENT and (code in AUTH_CODES or self._stage is Stage.SESSION):
            return Blocked(text=text, code=code)
        if code // 100 == PERMANENT:
            return Refused(text=text, code=code)
        return Deferred(text=text, code=code)

    def _connection_lost(self, error: str) -> Answer:
        """Return the meaning of a broken connection: before DATA nothing was sent, afterwards the result is unknown."""
        text = safe_line(f"{self._channel.host}:{self._channel.port}: {error}", secrets=self._hidden)
        return Unknown(text=text) if self._stage is Stage.SENDING else Deferred(text=text)

    def _error_text(self, code: int, message: str) -> str:
        return safe_line(f"SMTP {code}: {message}", secrets=self._hidden)
