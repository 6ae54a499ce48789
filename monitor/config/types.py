"""The types of configuration values, as pydantic validates them: names, secrets, durations, addresses.

Pydantic refuses a value of the wrong TOML type; a value that is not valid raises `BadValueError`.
"""
# No `from __future__ import annotations`: pydantic reads these annotations while the program runs.

import base64
import re
from dataclasses import dataclass
from datetime import time, timedelta
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo

from alerts.channels.mime import envelope_address
from alerts.channels.registry import CHANNEL_TYPES, kind_of
from monitor.config import written
from monitor.config.cron import parse_cron
from monitor.config.database import database_url
from monitor.config.errors import BadValueError, suggestion
from monitor.config.secrets import SecretSource
from monitor.config.units import (
    parse_duration,
    parse_listen,
    parse_network,
    parse_quiet,
    parse_size,
    parse_zone,
)
from monitor.config.written import as_written
from storage.model import Updates

SECOND = timedelta(seconds=1)
SHORTEST_TIMEOUT = timedelta(milliseconds=100)  # no server answers faster
MAX_SIZE = 2**40  # bytes; a terabyte is more than any memory
MAX_MESSAGES = 1_000_000  # per hour; more would be no limit
MIN_TOKEN = 16  # characters; a token is made by a program, and cannot be guessed
MAX_NAME = 100  # characters; names appear in tables, headers and mails
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """The context of a validation: secrets, and the names of other tables, None if not all are known."""

    secrets: SecretSource
    topics: tuple[str, ...] | None
    channels: tuple[str, ...] | None


def read_context(about: ValidationInfo) -> ReadContext:
    """Return the context that `Tables` gave to pydantic."""
    assert isinstance(about.context, ReadContext)
    return about.context


def _secret(written: object, about: ValidationInfo) -> object:
    return read_context(about).secrets.reveal(written)


def listed(written: object) -> object:
    """Return a list as a tuple; a single value becomes a list of one."""
    if isinstance(written, list):
        return tuple(written)
    return (written,) if isinstance(written, str | dict | int) else written


def filled(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a list unchanged; raises `BadValueError` if it is empty."""
    if not values:
        raise BadValueError("is empty", "name at least one")
    return values


def _text(value: str) -> str:
    if not value.strip():
        raise BadValueError("is an empty string", "write a value or leave the key out")
    if not value.isprintable() and any(ord(char) < ord(" ") for char in value):
        raise BadValueError("contains a control character", "write it in one plain line")
    return value


def _name(value: str) -> str:
    if value != value.strip() or not value or len(value) > MAX_NAME or not value.isprintable():
        raise BadValueError(
            "is not a name", f"write one line of up to {MAX_NAME} characters without blanks around it"
        )
    if "*" in value:
        raise BadValueError("contains '*', which means all of them", "choose a name without it")
    return value


def _bytes(written: object) -> object:
    return parse_size(written) if isinstance(written, str) else written


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


def _address(value: str) -> str:
    """Validate a mail address, with or without a display name."""
    text = _text(value).strip()
    try:
        envelope_address(text)
    except ValueError:
        raise BadValueError(
            f"{value!r} is not a mail address",
            "write one such as 'desk@example.org' or 'Desk <desk@example.org>'",
        ) from None
    return text


def _known_topic(name: str, about: ValidationInfo) -> str:
    topics = read_context(about).topics
    if topics is not None and name not in (*topics, "*"):
        raise BadValueError(f"unknown topic {name!r}", suggestion(name, (*topics, "*")))
    return name


def _known_channel(name: str, about: ValidationInfo) -> str:
    channels = read_context(about).channels
    if channels is not None and name not in channels:
        raise BadValueError(f"unknown channel {name!r}", suggestion(name, channels))
    return name


def _of_type(written: object) -> object:
    if not isinstance(written, str):
        return written
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


def _updates(written: object) -> object:
    """Return the enum member of a word; strict validation would accept members only."""
    if not isinstance(written, str):
        return written
    if written not in {member.value for member in Updates}:
        raise BadValueError(
            f"{written!r} is not an allowed value", suggestion(written, [m.value for m in Updates])
        )
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


def _network(written: object) -> IPv4Network | IPv6Network:
    if not isinstance(written, str):
        raise BadValueError("is not a string", "write one such as '127.0.0.0/8'")
    return parse_network(written)


def _database(value: str, about: ValidationInfo) -> str:
    return database_url(value, base=read_context(about).secrets.base)


def _read_by(reader: Any) -> BeforeValidator:
    """Return a validator that parses a string; pydantic refuses other values."""
    return BeforeValidator(lambda written: reader(written) if isinstance(written, str) else written)


Text = Annotated[str, AfterValidator(_text), as_written(written.NOT_EMPTY)]
Name = Annotated[str, AfterValidator(_name), as_written(written.AS_NAME)]
Texts = Annotated[
    tuple[Text, ...], BeforeValidator(listed), AfterValidator(filled), as_written(written.ONE_OR_MORE)
]
Secret = Annotated[Text, BeforeValidator(_secret), as_written(written.AS_SECRET)]
SigningSecret = Annotated[Secret, AfterValidator(_signing_secret)]
SigningSecrets = Annotated[
    tuple[SigningSecret, ...],
    BeforeValidator(listed),
    AfterValidator(filled),
    as_written(written.AS_SECRETS),
]
Duration = Annotated[timedelta, _read_by(parse_duration), as_written(written.AS_DURATION)]
Interval = Annotated[Duration, AfterValidator(_at_least_a_second)]
Timeout = Annotated[Duration, AfterValidator(_at_least_the_shortest_timeout)]
Query = Annotated[str, AfterValidator(_query), as_written(written.NOT_EMPTY)]
Zone = Annotated[ZoneInfo, _read_by(parse_zone), as_written(written.AS_ZONE)]
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(listed), as_written(written.AS_NETWORKS)]
Size = Annotated[int, BeforeValidator(_bytes), Field(ge=1, le=MAX_SIZE), as_written(written.AS_SIZE)]
MessagesPerHour = Annotated[int, Field(ge=1, le=MAX_MESSAGES)]
Database = Annotated[Secret, AfterValidator(_database)]
Contact = Annotated[Text, AfterValidator(_contact)]
Cron = Annotated[str, AfterValidator(parse_cron), as_written(written.AS_CRON)]
Listen = Annotated[tuple[str, int], _read_by(parse_listen), as_written(written.AS_LISTEN)]
PublicUrl = Annotated[str, AfterValidator(_public_url), as_written(written.NOT_EMPTY)]
SignInToken = Annotated[Secret, AfterValidator(_sign_in_token)]
HeaderName = Annotated[str, AfterValidator(_header), as_written(written.NOT_EMPTY)]
Quiet = Annotated[tuple[time, time], _read_by(parse_quiet), as_written(written.AS_QUIET)]
Headers = Annotated[dict[Annotated[str, AfterValidator(_header)], Secret], as_written(written.AS_HEADERS)]
Addresses = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...],
    BeforeValidator(listed),
    AfterValidator(filled),
    as_written(written.ONE_OR_MORE),
]
Sender = Annotated[str, AfterValidator(_address), as_written(written.NOT_EMPTY)]
Kind = Annotated[str, BeforeValidator(_of_type), as_written(written.AS_KIND)]
Fulltext = Annotated[bool, AfterValidator(_fulltext)]
UpdatesWord = Annotated[Updates, BeforeValidator(_updates), as_written(written.AS_UPDATES)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Ports = Annotated[tuple[Port, ...], BeforeValidator(listed), as_written(written.AS_PORTS)]
Channels = Annotated[
    tuple[Annotated[str, AfterValidator(_known_channel)], ...],
    BeforeValidator(listed),
    AfterValidator(filled),
    as_written(written.ONE_OR_MORE),
]
_KnownTopics = tuple[Annotated[str, AfterValidator(_known_topic)], ...]
Topics = Annotated[
    _KnownTopics, BeforeValidator(listed), AfterValidator(filled), as_written(written.ONE_OR_MORE)
]
PriorityTopics = Annotated[_KnownTopics, BeforeValidator(listed), as_written(written.ONE_OR_LIST)]
