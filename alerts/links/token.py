"""Signed tokens with the action, the target and the expiry of a link, in a form for addresses.

    write_token(LinkToken(…), key=key)      →  `Jh3…`
    read_token(text, key=key, now=now)      →  LinkToken, or a refusal

A token is 16 bytes of HMAC-SHA256 (RFC 2104) and the fields that it signs, in base64url (RFC 4648, 5). It holds no secret:
whoever has it may do what it names, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from storage.model import LinkAction
from storage.model.value import value

LIFE_DAYS = 30  # days for which a link can act; later it still leads to the story's page
SIGNATURE = 16  # bytes: 128 bits cannot be guessed
PURPOSE = b"storywatch link 1\0"  # prefix: other data signed with the key is not accepted as a link
SEPARATOR = "\x1f"  # never part of a configured name, since names are printable
MAX_NAME = 100  # characters of a topic or channel name, the limit of the configuration
MAX_TOKEN = 1_300  # characters; two names of any script take 1,130


class LinkRefused(Exception):  # noqa: N818 - a refusal is an expected answer, not an error of the program
    """A token that is not accepted; the message has the reason and the fix."""


class LinkForged(LinkRefused):
    """The token is invalid or was not signed with the current key."""


class LinkExpired(LinkRefused):
    """The token is too old, or its target is no longer stored."""


@value
class LinkToken:
    """The action of a link. `target` is a story (`s12`), or the delivery whose recipient unsubscribes.

    `topic` is empty if the target is sufficient.
    """

    action: LinkAction
    target: str
    topic: str
    channel: str
    expires_at: datetime


def write_token(token: LinkToken, *, key: bytes) -> str:
    """Return a token as text for an address: letters, digits, `-` and `_`."""
    expires = f"{int(token.expires_at.timestamp()):x}"
    names = (token.channel[:MAX_NAME], token.topic[:MAX_NAME])
    fields = (token.action.value, token.target, expires, *names)
    payload = SEPARATOR.join(fields).encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(_signature(payload, key) + payload).rstrip(b"=").decode()


def read_token(text: str, *, key: bytes | None, now: datetime) -> LinkToken:
    """Return the content of a token; without a key every token is refused.

    Raises:
        LinkForged: the token is invalid, or the key has changed since.
        LinkExpired: the token is older than `LIFE_DAYS`.
    """
    data = _decoded(text)
    signature, payload = data[:SIGNATURE], data[SIGNATURE:]
    if key is None or not hmac.compare_digest(signature, _signature(payload, key)):
        raise LinkForged("this link is not valid; it was cut short, or its owner has ended all links")
    action, target, expires, channel, topic = payload.decode("utf-8", "surrogatepass").split(SEPARATOR)
    expires_at = datetime.fromtimestamp(int(expires, 16), UTC)
    if expires_at <= now:
        raise LinkExpired(
            f"this link worked until {expires_at:%Y-%m-%d}; use the pages or the command line instead"
        )
    return LinkToken(
        action=LinkAction(action), target=target, topic=topic, channel=channel, expires_at=expires_at
    )


def token_id(text: str) -> str:
    """Return the signature of a valid token, which identifies the token."""
    return _decoded(text)[:SIGNATURE].hex()


def _signature(payload: bytes, key: bytes) -> bytes:
    return hmac.digest(key, PURPOSE + payload, hashlib.sha256)[:SIGNATURE]


def _decoded(text: str) -> bytes:
    """Return the bytes of a token; empty if it is not base64url in its only valid spelling."""
    if len(text) > MAX_TOKEN or not text.isascii():
        return b""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if urlsafe_b64encode(data).rstrip(b"=").decode() == text else b""
