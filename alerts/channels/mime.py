"""Writes a message as a mail (RFC 5322). Titles cannot add headers; every try has the same bytes."""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import TYPE_CHECKING

from alerts.channels.mailbox import envelope_address, mailbox_parts

if TYPE_CHECKING:
    from storage.model import Channel, Delivery, Message

TOPIC = re.compile(r"^\[(?!\d+ topics\])([^\]]+)\]")
MAX_LABEL = 60  # characters; DNS takes 63
MAX_SUBJECT = 300  # characters; a lock screen shows sixty


# Mail programs and filters compare identifiers byte by byte, so they are not encoded; a line may have 998 bytes.
PLAIN_HEADERS = frozenset({"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"})


class _MailPolicy(EmailPolicy):
    """Writes identifiers unchanged on one line; Python would write long ones as encoded words (RFC 2047).

    It leaves no first line empty, as Python does for values of about 75 characters: some programs show no subject then.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() in PLAIN_HEADERS:
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        empty = f"{name}:{self.linesep} "
        return f"{name}: {folded.removeprefix(empty)}" if folded.startswith(empty) else folded

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


MAIL_POLICY = _MailPolicy(linesep=SMTP.linesep)


def mail_bytes(message: Message, delivery: Delivery, *, channel: Channel) -> bytes:
    """Return the mail's bytes: text, with HTML as an alternative, identified and threaded by stable ids.

    `Auto-Submitted` by RFC 3834, `List-Id` by RFC 2919, `References` by RFC 5322 3.6.4,
    `List-Unsubscribe` by RFC 2369 and `List-Unsubscribe-Post` by RFC 8058.
    """
    domain = sending_domain(channel)
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = _mailbox(channel.sender)
    mail["To"] = _mailbox(delivery.recipient)
    mail["Subject"] = _unreadable(message.subject)[:MAX_SUBJECT]
    mail["Date"] = format_datetime(delivery.first_try or message.created_at)
    mail["Message-ID"] = f"<{_atom(delivery.id)}@{domain}>"
    if message.thread:
        # No mail has this id, but mail programs thread mails that reference the same ancestor.
        root = f"<story.{_atom(message.thread)}@{domain}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["List-Id"] = f"<{_list_label(message)}.storywatch.{domain}>"
    if delivery.unsubscribe:
        mail["List-Unsubscribe"] = f"<{delivery.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body.decode("utf-8", "replace"), subtype="plain", cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html.decode("utf-8", "replace"), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{hashlib.sha256(delivery.id.encode()).hexdigest()[:32]}")
    return mail.as_bytes()


def sending_domain(channel: Channel) -> str:
    """Return the domain of the channel's sender, for ids and EHLO."""
    return envelope_address(channel.sender).rpartition("@")[2]


def _mailbox(text: str) -> Address:
    name, address = mailbox_parts(text)
    return Address(display_name=_unreadable(name), addr_spec=address)


def _unreadable(text: str) -> str:
    """Keep encoded-words from being decoded by Python before 3.13 into headers of their own (CVE-2024-6923)."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(line.replace("=?", "= ?").split())


def _atom(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text).strip(".") or "x"


def _list_label(message: Message) -> str:
    """Return one label for each topic, so that mail filters can distinguish them."""
    topic = TOPIC.match(message.subject) if message.kind.startswith("stor") else None
    if topic is None:
        return message.kind.split(".")[0]
    label = re.sub(r"[^a-z0-9-]+", "-", topic[1].lower()).strip("-")[:MAX_LABEL]
    return label or f"topic-{hashlib.sha256(topic[1].encode('utf-8', 'replace')).hexdigest()[:8]}"
