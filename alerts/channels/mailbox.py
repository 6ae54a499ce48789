"""Reads a mail address with or without a display name."""

from __future__ import annotations

import contextlib
import re

# A display name is quoted, with backslashes before quotes (RFC 5322 3.2.4), or plain.
MAILBOX = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*)"\s*|(?P<name>[^<>@\x00-\x1f]*))<(?P<boxed>[^<>\s]+)>'
    r"|(?P<bare>[^<>\s]+)"
)
# RFC 5322 dot-atoms; quoted names and other scripts (SMTPUTF8) are rare, and few servers accept them.
LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def envelope_address(text: str) -> str:
    """Return the bare address of `Desk <desk@example.org>` for SMTP, with the domain as DNS spells it.

    Raises ValueError for an invalid address, so that it cannot inject a command or header.
    """
    return mailbox_parts(text)[1]


def mailbox_parts(text: str) -> tuple[str, str]:
    """Return display name and address. Unlike the library's parser, this one finds no addresses in hostile text."""
    mailbox = MAILBOX.fullmatch(text.strip())
    local, _, domain = ((mailbox["boxed"] or mailbox["bare"]) if mailbox else "").rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    if mailbox is None or not LOCAL_PART.fullmatch(local) or not DOMAIN.fullmatch(domain):
        raise ValueError(
            f"{text!r} is not a mail address storywatch can send to; write it as name@example.org"
        )
    name = re.sub(r"\\(.)", r"\1", mailbox["quoted"] or "") or (mailbox["name"] or "").strip(' "')
    return name, f"{local}@{domain}"
