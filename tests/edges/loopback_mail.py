"""A mail server on loopback that stores messages, with faults that a test can set."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult
from builders import NOON, a_delivery, a_message, an_email_channel

from alerts.channels.smtp import EmailSender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alerts.channels.interface import Answer
    from storage.model import Delivery, Message

CERTIFICATE = Path(__file__).with_name("loopback.pem")


def server_tls() -> ssl.SSLContext:
    """The loopback certificate, which nobody trusts by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting_tls() -> ssl.SSLContext:
    """A client that trusts the loopback certificate."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


@dataclass
class Postbox:
    """What the server took, and how it behaves: a reply for a command, or `drop` to hang up there."""

    replies: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    password: str | None = None
    port: int = 0

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer RCPT as the test has set."""
        del server, session, options
        self.commands.append("RCPT")
        reply = self.replies.get(f"RCPT {address}", self.replies.get("RCPT", "250 OK"))
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it so
        """Keep the mail unless the test has set a refusal."""
        self.commands.append("DATA")
        reply = self.replies.get("DATA", "250 kept")
        if reply.startswith("2") or reply == "drop":
            self.mails.append(envelope.content)
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        if reply == "drop":
            server.transport.abort()
        return reply

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any
    ) -> AuthResult:
        """Take the one password; say the password back when it is wrong, as careless servers do."""
        del server, session, envelope, mechanism
        self.commands.append("AUTH")
        said = login.password.decode()
        if said == self.password:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 wrong password {said}")


class _Server(SMTP):
    """aiosmtpd, with answers of our own to MAIL and QUIT."""

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802  aiosmtpd calls it so
        reply = self.event_handler.replies.get("MAIL")
        await (self.push(reply) if reply else super().smtp_MAIL(arg))

    async def hang_up(self) -> None:
        """End the conversation and wait for its end."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                transport.abort()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()  # aiosmtpd waits for a handshake that failed
            await asyncio.gather(self._handler_coroutine, return_exceptions=True)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802  aiosmtpd calls it so
        self.event_handler.commands.append("QUIT")
        reply = self.event_handler.replies.get("QUIT")
        await (self.push(reply) if reply else super().smtp_QUIT(arg))


@asynccontextmanager
async def mail_server(
    postbox: Postbox, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Postbox]:
    """Serve the postbox on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    conversations: list[_Server] = []

    def protocol() -> SMTP:
        conversations.append(
            _Server(
                postbox,
                hostname="mail.example",
                tls_context=starttls,
                auth_require_tls=postbox.password is None,
                authenticator=postbox.authenticate if postbox.password else None,
                loop=loop,
            )
        )
        return conversations[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    postbox.port = server.sockets[0].getsockname()[1]
    try:
        yield postbox
    finally:
        server.close()
        for conversation in conversations:
            await conversation.hang_up()
        await server.wait_closed()


@asynccontextmanager
async def scripted_server(*lines: str) -> AsyncIterator[int]:
    """Serve a script on a free port: the greeting, then one line for each line the client sends, then hang up."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for line in lines:
                writer.write(f"{line}\r\n".encode())
                await writer.drain()
                if not await reader.readline():
                    break
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def send_to(
    postbox: Postbox,
    *,
    message: Message | None = None,
    delivery: Delivery | None = None,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None,
    **channel: object,
) -> Answer:
    """Send one mail to the postbox and return the answer."""

    async def run() -> Answer:
        async with mail_server(postbox, starttls=starttls, tls=tls):
            sender = EmailSender(an_email_channel(port=postbox.port, **channel), tls=trust)
            return await sender.send(message or a_message(), delivery or a_delivery(), now=NOON)

    return asyncio.run(run())
