"""The mail channel against a real SMTP server: every answer of D1 to D4."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest
from builders import NOON, a_delivery, a_message, an_email_channel
from loopback_mail import Postbox, mail_server, scripted_server, send_to, server_tls, trusting_tls

from alerts.channels.interface import Accepted, Blocked, Deferred, Refused, Unknown
from alerts.channels.smtp import EmailSender

if TYPE_CHECKING:
    from alerts.channels.interface import Answer


def converse(*lines: str) -> Answer:
    """Send one mail to a server that follows a script and return the answer."""

    async def run() -> Answer:
        async with scripted_server(*lines) as port:
            sender = EmailSender(an_email_channel(port=port), step_timeout=timedelta(milliseconds=200))
            return await sender.send(a_message(), a_delivery(), now=NOON)

    return asyncio.run(run())


def test_greylisting_defers() -> None:
    """A 450 to RCPT defers the mail, and the client sends QUIT (D1)."""
    postbox = Postbox(replies={"RCPT": "450 4.7.1 greylisted, come back"})
    answer = send_to(postbox)
    assert answer == Deferred(text="SMTP 450: 4.7.1 greylisted, come back", code=450)
    assert postbox.commands == ["RCPT", "QUIT"]


def test_each_recipient_has_a_transaction_of_their_own() -> None:
    """One recipient accepted and one deferred give two results (D3)."""
    postbox = Postbox(replies={"RCPT b@news.example": "450 later"})
    first = send_to(postbox, delivery=a_delivery(recipient="a@news.example"))
    second = send_to(postbox, delivery=a_delivery(recipient="B Desk <b@news.example>"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Deferred)
    assert postbox.recipients == ["a@news.example"]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_permanent_refusal_is_final(step: str) -> None:
    """A 550 about the recipient or the message makes the delivery dead at once (D2)."""
    answer = send_to(Postbox(replies={step: "550 5.1.1 no such desk"}))
    assert answer == Refused(text="SMTP 550: 5.1.1 no such desk", code=550)


def test_a_full_server_defers_after_the_final_dot() -> None:
    """A 452 to the message defers it, because the server said that it did not keep it."""
    assert isinstance(send_to(Postbox(replies={"DATA": "452 4.3.1 disk full"})), Deferred)


def test_a_wrong_password_blocks_the_channel_and_is_not_repeated() -> None:
    """A 535 blocks the channel, and the password is in no recorded answer (D2, R22)."""
    postbox = Postbox(password="right")
    answer = send_to(postbox, username="desk-user", password="canary-password")
    assert isinstance(answer, Blocked)
    assert answer.code == 535
    assert answer.probe_after == timedelta(hours=1)
    assert "canary" not in repr(answer)
    assert postbox.mails == []


def test_a_right_password_sends() -> None:
    """The mail is sent after AUTH."""
    postbox = Postbox(password="right")
    assert isinstance(send_to(postbox, username="desk-user", password="right"), Accepted)
    assert postbox.commands[0] == "AUTH"


@pytest.mark.parametrize("reply", ["530 5.7.0 authentication required", "538 5.7.11 encryption required"])
def test_a_demand_for_authentication_blocks_the_channel(reply: str) -> None:
    """A 530 to MAIL concerns the channel, not this mail (D2)."""
    assert isinstance(send_to(Postbox(replies={"MAIL": reply})), Blocked)


def test_a_server_without_auth_blocks_a_channel_that_has_a_password() -> None:
    """Unusable credentials are a configuration error, and the answer names the fix."""
    answer = send_to(Postbox(), username="desk-user", password="secret-word")
    assert isinstance(answer, Blocked)
    assert "remove `username`" in answer.text


def test_a_connection_lost_after_the_final_dot_is_unknown() -> None:
    """The server may have the message, so the next attempt has the same Message-ID (D4)."""
    postbox = Postbox(replies={"DATA": "drop"})
    assert isinstance(send_to(postbox), Unknown)
    postbox.replies.clear()
    assert isinstance(send_to(postbox), Accepted)
    assert len({message_from_bytes(mail)["Message-ID"] for mail in postbox.mails}) == 1


def test_an_error_to_quit_changes_nothing() -> None:
    """A 500 to QUIT after DATA's 250 is a success (D4)."""
    assert isinstance(send_to(Postbox(replies={"QUIT": "500 what?"})), Accepted)


def test_starttls_with_a_trusted_certificate_encrypts() -> None:
    """STARTTLS is used and the certificate verified before the mail is sent."""
    postbox = Postbox(password="right")
    answer = send_to(
        postbox,
        starttls=server_tls(),
        trust=trusting_tls(),
        security="starttls",
        username="u",
        password="right",
    )
    assert isinstance(answer, Accepted)
    assert postbox.encrypted == [True]


def test_tls_from_the_first_byte() -> None:
    """With `tls` the connection is encrypted before the greeting."""
    postbox = Postbox()
    assert isinstance(send_to(postbox, tls=server_tls(), trust=trusting_tls(), security="tls"), Accepted)
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_untrusted_certificate_defers(security: str) -> None:
    """A bad certificate defers the mail, and nothing is ever sent in plain text (D1)."""
    postbox = Postbox(password="right")
    encryption = {"starttls": server_tls()} if security == "starttls" else {"tls": server_tls()}
    answer = send_to(postbox, security=security, username="u", password="right", **encryption)
    assert isinstance(answer, Deferred)
    assert "certificate" in answer.text.lower()
    assert postbox.commands == []


def test_a_server_without_starttls_defers() -> None:
    """A server that does not offer the configured encryption gets nothing, because it may be an attacker (D1)."""
    postbox = Postbox()
    assert isinstance(send_to(postbox, security="starttls", trust=trusting_tls()), Deferred)
    assert postbox.commands == []


def test_a_refused_connection_defers() -> None:
    """A refused connection defers the mail."""

    async def run() -> Answer:
        async with mail_server(Postbox()) as closed:
            port = closed.port
        return await EmailSender(an_email_channel(port=port)).send(a_message(), a_delivery(), now=NOON)

    answer = asyncio.run(run())
    assert isinstance(answer, Deferred)
    assert "127.0.0.1" in answer.text


@pytest.mark.parametrize(
    ("script", "meaning"),
    [
        (["554 no service for you"], Blocked),
        (["421 too busy"], Deferred),
        (["HTTP/1.1 400 Bad Request"], Deferred),
        (["220 hi", "500 what", "502 what"], Blocked),
        (["220 hi", "250 mail.example", "451 later"], Deferred),
        (["220 hi", "250 mail.example", "250 ok", "250 ok", "354 go", "what"], Unknown),
        (["220 hi", "250 mail.example", "250 ok", "250 ok", "354 go"], Unknown),
        (["220 hi", "250 mail.example", "250 ok", "250 ok"], Unknown),
        (["220 hi", "250 mail.example", "250 ok"], Deferred),
    ],
)
def test_a_broken_conversation_defers_or_is_unknown(script: list[str], meaning: type[Answer]) -> None:
    """Before DATA it defers the mail; after DATA the outcome is unknown."""
    assert isinstance(converse(*script), meaning)


def test_a_server_that_falls_silent_is_given_up() -> None:
    """A missing greeting ends the attempt after the step's timeout."""

    async def run() -> Answer:
        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.read()
            finally:
                writer.close()

        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        async with server:
            channel = an_email_channel(port=server.sockets[0].getsockname()[1])
            sender = EmailSender(channel, step_timeout=timedelta(milliseconds=50))
            return await sender.send(a_message(), a_delivery(), now=NOON)

    assert isinstance(asyncio.run(run()), Deferred)


def announced(postbox: Postbox, *, fault: Exception | None = None) -> list[int]:
    """Send one mail and return how many mails the server had at each announcement."""
    seen: list[int] = []

    async def announce() -> None:
        seen.append(len(postbox.mails))
        if fault:
            raise fault

    async def run() -> None:
        async with mail_server(postbox):
            sender = EmailSender(an_email_channel(port=postbox.port))
            await sender.send(a_message(), a_delivery(), now=NOON, announce=announce)

    asyncio.run(run())
    return seen


def test_sending_is_announced_before_data() -> None:
    """The announcement comes once, before the server has anything."""
    postbox = Postbox()
    assert announced(postbox) == [0]
    assert len(postbox.mails) == 1


def test_a_refused_recipient_is_never_announced() -> None:
    """Without an announcement the delivery is provably unsent."""
    assert announced(Postbox(replies={"RCPT": "550 no"})) == []


def test_a_failed_announcement_sends_nothing() -> None:
    """If the announcement cannot be committed, no byte of the message is sent."""
    postbox = Postbox()
    with pytest.raises(RuntimeError, match="disk full"):
        announced(postbox, fault=RuntimeError("disk full"))
    assert postbox.mails == []


def test_a_mail_channel_needs_a_sender() -> None:
    """A channel with a missing or invalid `from` is refused when it is created."""
    for sender in ("", "storywatch", "a@b\r\nBcc: c@d.example"):
        with pytest.raises(ValueError, match="channel 'desk': a mail channel needs a sender in `from`"):
            EmailSender(replace(an_email_channel(), sender=sender))
