"""Readers of the configuration's own kinds of value: names, secrets, durations, addresses, time zones."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alerts.channels.mailbox import envelope_address
from alerts.channels.registry import CHANNEL_TYPES, kind_of
from monitor.config.cron import parse_cron
from monitor.config.database import database_url
from monitor.config.errors import BadValueError, suggestion
from monitor.config.forms import (
    CRON_FORM,
    DURATION_FORM,
    LISTEN_FORM,
    NAME_FORM,
    NETWORK_FORM,
    NOT_EMPTY,
    QUIET_FORM,
    SECRET_FORM,
    SIZE_FORM,
    ZONE_FORM,
)
from monitor.config.readers import (
    list_of,
    parsed,
    reader_of,
    table_of,
    text,
    then,
    true_or_false,
    whole_number,
)
from monitor.config.units import (
    parse_duration,
    parse_listen,
    parse_network,
    parse_quiet,
    parse_size,
    parse_zone,
)
from storage.model import Updates

if TYPE_CHECKING:
    from monitor.config.readers import ReadContext

SECOND = timedelta(seconds=1)
SHORTEST_TIMEOUT = timedelta(milliseconds=100)  # no server answers faster
MAX_SIZE = 2**40  # bytes; a terabyte is more than any memory
MAX_MESSAGES = 1_000_000  # per hour; more would be no limit
MAX_CONCURRENCY = 10_000  # sockets; no machine opens more for one process
MAX_HEADS = 10_000  # per hour
LAST_PORT = 65_535
MIN_TOKEN = 16  # characters; a token is made by a program, and cannot be guessed
MAX_NAME = 100  # characters; names appear in tables, headers and mails
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
DURATION = 'a duration such as "15m"'


@reader_of(NOT_EMPTY)
def plain_text(written: object, about: ReadContext) -> str:
    """Return a string that is neither blank nor contains control characters."""
    value = text(written, about)
    if not value.strip():
        raise BadValueError("is an empty string", "write a value or leave the key out")
    if not value.isprintable() and any(ord(char) < ord(" ") for char in value):
        raise BadValueError("contains a control character", "write it in one plain line")
    return value


@reader_of(SECRET_FORM)
def secret(written: object, about: ReadContext) -> str:
    """Return a secret that is written in the file, or that `{env = …}` or `{file = …}` names."""
    return plain_text(about.secrets.reveal(written), about)


def checked_name(value: str) -> str:
    """Return the name of a topic or a channel.

    Raises:
        BadValueError: the text is not a name.
    """
    if value != value.strip() or not value or len(value) > MAX_NAME or not value.isprintable():
        raise BadValueError(
            "is not a name", f"write one line of up to {MAX_NAME} characters without blanks around it"
        )
    if "*" in value:
        raise BadValueError("contains '*', which means all of them", "choose a name without it")
    return value


@reader_of(SIZE_FORM)
def size(written: object, about: ReadContext) -> int:
    """Return a number of bytes, written as a number or as a size such as `5MB`."""
    return _bytes(parse_size(written) if isinstance(written, str) else written, about)


def _at_least_a_second(value: timedelta) -> timedelta:
    if value < SECOND:
        raise BadValueError("is shorter than a second", "write '1s' or more")
    return value


def _at_least_the_shortest_timeout(value: timedelta) -> timedelta:
    if value < SHORTEST_TIMEOUT:
        raise BadValueError("is shorter than a tenth of a second", "write '100ms' or more")
    return value


def _query(value: str) -> str:
    if not value.strip():
        raise BadValueError("is an empty query", "write words and phrases joined by AND, OR and NOT")
    return value


def _signing_secret(value: str) -> str:
    """Validate a secret in the form of Standard Webhooks: `whsec_` (optional) and base64."""
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise BadValueError("is not a Standard Webhooks secret", "write 'whsec_' and base64")
    return value


def _contact(value: str) -> str:
    if not (value.isascii() and value.isprintable()) or set(value) & set("()"):
        raise BadValueError("cannot be sent in the User-Agent header", "write a plain URL or mail address")
    return value


def _header(name: str) -> str:
    if not HEADER_NAME.fullmatch(name):
        raise BadValueError(f"{name!r} is not a header name", "write letters, digits and '-'")
    return name


@reader_of(NOT_EMPTY)
def mail_address(written: object, about: ReadContext) -> str:
    """Return a mail address, with or without a display name."""
    value = text(written, about)
    try:
        envelope_address(plain_text(value, about).strip())
    except ValueError as error:
        if isinstance(error, BadValueError):
            raise
        raise BadValueError(
            f"{value!r} is not a mail address",
            "write one such as 'desk@example.org' or 'Desk <desk@example.org>'",
        ) from None
    return value.strip()


@reader_of(NOT_EMPTY)
def known_topic(written: object, about: ReadContext) -> str:
    """Return the name of a configured topic, or `*` for all."""
    name, topics = text(written, about), about.topics
    if topics is not None and name not in (*topics, "*"):
        raise BadValueError(f"unknown topic {name!r}", suggestion(name, (*topics, "*")))
    return name


@reader_of(NOT_EMPTY)
def known_channel(written: object, about: ReadContext) -> str:
    """Return the name of a configured channel."""
    name, channels = text(written, about), about.channels
    if channels is not None and name not in channels:
        raise BadValueError(f"unknown channel {name!r}", suggestion(name, channels))
    return name


def _channel_type(written: str) -> str:
    if written not in CHANNEL_TYPES:
        raise BadValueError(f"{written!r} is not an allowed value", suggestion(written, CHANNEL_TYPES))
    package = kind_of(written).package
    if package is not None and find_spec(package) is None:
        extra = kind_of(written).extra
        raise BadValueError(f"{package} is not installed", f"pip install 'storywatch[{extra}]'")
    return written


def _fulltext(asked: bool) -> bool:  # noqa: FBT001  # the value of a key
    if asked and find_spec("trafilatura") is None:
        raise BadValueError("needs trafilatura, which is not installed", "pip install 'storywatch[fulltext]'")
    return asked


def _updates(written: str) -> Updates:
    words = [member.value for member in Updates]
    if written not in words:
        raise BadValueError(f"{written!r} is not an allowed value", suggestion(written, words))
    return Updates(written)


def _public_url(value: str) -> str:
    """Return the address under which browsers reach the pages, without a slash at its end."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not value.isascii():
        raise BadValueError(
            f"{value!r} is not a web address", "write one such as 'https://watch.example.org'"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise BadValueError(
            f"{value!r} has more than a host and a port", "serve the pages at the root of a host of their own"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _sign_in_token(value: str) -> str:
    if len(value) < MIN_TOKEN or not value.isascii() or not value.isprintable() or " " in value:
        raise BadValueError(
            f"is not a token of at least {MIN_TOKEN} letters, digits and signs",
            "make one with `openssl rand -hex 24`",
        )
    return value


@reader_of(SECRET_FORM)
def database(written: object, about: ReadContext) -> str:
    """Return the URL of a database, with an absolute path."""
    return database_url(secret(written, about), base=about.secrets.base)


name = parsed(checked_name, NAME_FORM)
texts = list_of(plain_text, filled=True)
signing_secrets = list_of(then(secret, _signing_secret), filled=True)
duration = parsed(parse_duration, DURATION_FORM, DURATION)
interval = then(duration, _at_least_a_second)
timeout = then(duration, _at_least_the_shortest_timeout)
query = parsed(_query, NOT_EMPTY)
zone = parsed(parse_zone, ZONE_FORM)
networks = list_of(parsed(parse_network, NETWORK_FORM))
_bytes = whole_number(least=1, most=MAX_SIZE)
messages_per_hour = whole_number(least=1, most=MAX_MESSAGES)
concurrency = whole_number(least=1, most=MAX_CONCURRENCY)
heads_per_hour = whole_number(least=0, most=MAX_HEADS)
contact = then(plain_text, _contact)
cron = parsed(parse_cron, CRON_FORM)
listen = parsed(parse_listen, LISTEN_FORM)
public_url = parsed(_public_url, NOT_EMPTY)
sign_in_token = then(secret, _sign_in_token)
header_name = parsed(_header, NOT_EMPTY)
quiet = parsed(parse_quiet, QUIET_FORM)
headers = table_of(_header, secret)
addresses = list_of(mail_address, filled=True)
channel_type = parsed(_channel_type, {"enum": list(CHANNEL_TYPES)})
fulltext = then(true_or_false, _fulltext)
updates = parsed(_updates, {"enum": [word.value for word in Updates]})
port = whole_number(least=1, most=LAST_PORT)
ports = list_of(port)
channels = list_of(known_channel, filled=True)
topics = list_of(known_topic, filled=True)
priority_topics = list_of(known_topic)
