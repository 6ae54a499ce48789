"""Makes receivers' answers fit to store and show: one short line without secrets."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from alerts.channels.interface import MAX_REPLY, MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from storage.model import Channel

HIDDEN = "[hidden]"
SHORTEST_SECRET = 4  # characters; hiding shorter ones would remove ordinary words
SHORTEST_ENCODED = 8  # characters of base64 inside a longer text
LONG_SEGMENT = 12  # characters of a path's segment that is considered a token
TOKEN = re.compile(r"(?=.*\d).{6,}")  # a shorter segment with a digit is considered a token too


def secrets_of(channel: Channel) -> tuple[str, ...]:
    """Return a channel's secrets in every form in which a receiver may repeat them, longest first.

    These are its URL's path, query and long segments, its signing secrets and its credentials.
    """
    values = [channel.username, channel.password, *channel.secrets]
    values += [secret.removeprefix("whsec_") for secret in channel.secrets]
    if channel.username:
        values.append(f"{channel.username}:{channel.password or ''}")
    if channel.url:
        values += _url_secrets(channel.url)
    forms = {form for value in values if value for form in _forms(value) if len(form) >= SHORTEST_SECRET}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _url_secrets(url: str) -> Iterator[str]:
    """Yield the parts of a URL that may contain a secret. Schemes other than HTTP keep tokens in the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        yield url
        return
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    path, query = parts.path.rstrip("/"), parts.query
    yield from (
        url,
        path,
        path.lstrip("/") if path.count("/") > 1 else "",
        query,
        user,
        password,
        unquote(user),
        unquote(password),
    )
    if query:
        yield f"{parts.path}?{query}"
    if user:
        yield f"{unquote(user)}:{unquote(password)}"
    yield from (value for _, value in parse_qsl(query))
    host = () if parts.scheme.startswith("http") else (parts.netloc.rpartition("@")[2],)
    for segment in (*host, *path.split("/"), parts.fragment):
        if len(segment) >= LONG_SEGMENT or TOKEN.fullmatch(segment):
            yield segment


def _forms(value: str) -> Iterator[str]:
    """Yield a secret unchanged and as programs encode it: percent-encoded, in JSON, in HTML, in base64, in hex."""
    import html  # noqa: PLC0415  # only to hide secrets in an answer

    for plain in {value, unquote(value)}:
        quoted = json.dumps(plain)[1:-1]
        yield from (plain, quote(plain, safe=""), quote(plain), quote_plus(plain), html.escape(plain))
        yield from (quoted, quoted.replace("/", "\\/"), quoted.replace("&", "\\u0026"))
        yield quote(quote(plain, safe=""), safe="")
        data = plain.encode("utf-8", "surrogateescape")
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(data).decode().rstrip("=")
            yield from _inside_base64(data, encode)
        yield data.hex()


def _inside_base64(data: bytes, encode: Callable[[bytes], bytes]) -> Iterator[str]:
    """Yield the characters that a secret has in any longer text in base64: they depend on the secret's position there."""
    for before in range(3):
        whole = (before + len(data)) // 3 * 4  # characters of groups that the secret fills to their end
        shared = -(-before * 4 // 3)  # characters that also depend on the characters before
        inside = encode(bytes(before) + data)[shared:whole].decode()
        if len(inside) >= SHORTEST_ENCODED:
            yield inside


def safe_line(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Return `text` as one safe line of at most 500 characters with every secret hidden."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in _hide(text, secrets))
    line = re.sub(r" +", " ", visible).strip()
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def reply_text(body: bytes, *, secrets: Iterable[str] = ()) -> str:
    """Return the first 16 kB of an answer as text with every secret hidden, for the database."""
    text = body[:MAX_REPLY].decode("utf-8", "replace").replace("\0", "\ufffd")
    known = tuple(secrets)
    text = _hide(text, known)
    return text if len(body) < MAX_REPLY else _without_beginning_of(text, known)


def _hide(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        # Percent-encoding may have either case, and servers echo addresses in lower case.
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return text


def _without_beginning_of(text: str, secrets: Iterable[str]) -> str:
    """Remove the beginning of a secret from the end of a text that was cut off."""
    for secret in secrets:
        for length in range(min(len(secret), len(text)), SHORTEST_SECRET - 1, -1):
            if text[-length:].lower() == secret[:length].lower():
                return text[:-length] + HIDDEN
    return text
