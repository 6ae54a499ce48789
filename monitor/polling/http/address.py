"""Parses and normalises URLs.

`parse_target(url)` returns a `Target` (normalised URL, host, port, credentials apart) or a `Forbidden` with the
reason. `network_rules` decides which of them storywatch may connect to. Nothing here uses the network.
"""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from storage.model.value import value

DEFAULT_PORTS = {"http": 80, "https": 443}
KNOWN_HOSTS = 1_024  # the links of a feed share few hosts
MAX_PORT = 65_535
MAX_URL = 8_192  # characters; longer ones are refused by most servers and are never feeds

_CONTROL_OR_BACKSLASH = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
DOTTED_QUAD = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_A_LABEL = "xn--"
_FEED_SCHEME = re.compile(r"^feed:(?://)?(?=https?://)|^feed:(?=//)", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=//)[^/?#]*@")
# A URL that is already normalised, as nearly all are; it need not be split and joined again.
_ORDINARY = re.compile(
    r"(?=.{1,2048}\Z)(https?)://((?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)(?::([1-9][0-9]{0,4}))?"
    r"/[A-Za-z0-9/%:@!$&'()*+,;=~._-]*(?:\?[A-Za-z0-9/%:@!$&'()*+,;=~._?|-]+)?",
    re.ASCII,
)
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?[]|"


@value
class Credentials:
    """User and password for HTTP Basic; never in a `repr`."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@value
class Target:
    """A URL that may be requested. `url` is normalised, without credentials and fragment; `host` is ASCII."""

    url: str
    scheme: str
    host: str
    port: int
    credentials: Credentials | None = None

    @property
    def host_key(self) -> str:
        """Name and port, the key of "one request at a time per host"."""
        return f"{self.host}:{self.port}"


@value
class Forbidden:
    """Why a URL may not be requested, in one sentence without secrets."""

    words: str


def parse_target(url: str) -> Target | Forbidden:
    """Return the target that a URL names, or why it names none. Accepts `feed:` URLs and Unicode hosts (UTS 46)."""
    return ordinary_target(url) or _parsed_target(url)


def ordinary_target(url: str) -> Target | None:
    """Return the target of a URL that is already normalised, else None (`_parsed_target` then parses it)."""
    found = _ORDINARY.fullmatch(url)
    if found is None:
        return None
    scheme, host, port = found.groups()
    if (host[0].isdigit() or host.startswith(_A_LABEL)) and not _can_be_asked(host):
        return None
    number = int(port or DEFAULT_PORTS[scheme])
    if number > MAX_PORT or (port and number == DEFAULT_PORTS[scheme]):
        return None
    return Target(url=url, scheme=scheme, host=host, port=number)


def _parsed_target(url: str) -> Target | Forbidden:
    text = _FEED_SCHEME.sub(_without_feed_scheme, url.strip())
    if len(text) > MAX_URL:
        return Forbidden(words=f"the URL is longer than {MAX_URL} characters")
    if _CONTROL_OR_BACKSLASH.search(text.replace(" ", "")):
        return Forbidden(words="the URL holds a control character or a backslash; write it without")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Forbidden(words="the URL cannot be read; check its host and port")
    if parts.scheme not in DEFAULT_PORTS:
        return _unsupported_scheme(parts.scheme)
    host = _ascii_host(parts.hostname or "")
    if host is None or port == 0:
        return Forbidden(words="the URL names no valid host; check the part after //")
    return _target(parts, host, port or DEFAULT_PORTS[parts.scheme])


def _unsupported_scheme(scheme: str) -> Forbidden:
    if not scheme:
        return Forbidden(words="the URL has no scheme; start it with https://")
    return Forbidden(words=f"the URL's scheme is {scheme[:20]!r}; only http and https are fetched")


def _without_feed_scheme(found: re.Match[str]) -> str:
    return (
        "http:" if found.group().lower() == "feed:" and found.string[found.end() :].startswith("//") else ""
    )


def _target(parts: SplitResult, host: str, port: int) -> Target | Forbidden:
    shown_host = f"[{host}]" if ":" in host else host
    netloc = shown_host if port == DEFAULT_PORTS[parts.scheme] else f"{shown_host}:{port}"
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH, errors="replace")
    query = quote(parts.query, safe=_SAFE_IN_QUERY, errors="replace")
    url = urlunsplit((parts.scheme, netloc, path, query, ""))
    if len(url) > MAX_URL:
        return Forbidden(words=f"the URL is longer than {MAX_URL} characters once it is encoded")
    return Target(
        url=url,
        scheme=parts.scheme,
        host=host,
        port=port,
        credentials=_credentials(parts),
    )


def _credentials(parts: SplitResult) -> Credentials | None:
    if parts.username is None and parts.password is None:
        return None
    return Credentials(username=unquote(parts.username or ""), password=unquote(parts.password or ""))


def _ascii_host(name: str) -> str | None:
    """Return a host as DNS spells it, or a compressed IPv6 address, or None if it is neither."""
    if ":" in name:
        try:
            return IPv6Address(name).compressed if "%" not in name else None
        except ValueError:
            return None
    bare = name.removesuffix(".").lower()
    if not bare.isascii():
        import idna  # noqa: PLC0415  # few hosts need it

        try:
            bare = idna.encode(bare, uts46=True).decode("ascii")
        except UnicodeError:
            return None
    return bare if _HOST.fullmatch(bare) and _can_be_asked(bare) else None


@lru_cache(maxsize=KNOWN_HOSTS)
def _can_be_asked(host: str) -> bool:
    """Whether an ASCII host that looks like an IPv4 address or an encoded name (RFC 5890) is one."""
    try:
        if DOTTED_QUAD.fullmatch(host):
            return _IPV4.fullmatch(host) is not None  # a tenth of the time of `IPv4Address`
        if host.startswith(_A_LABEL):
            import idna  # noqa: PLC0415  # few hosts need it

            idna.decode(host)
    except UnicodeError:
        return False
    return True


def normalise(url: str) -> str:
    """Return a URL normalised and without credentials; a URL that cannot be parsed is returned redacted."""
    shown = redacted(url).strip()
    for written in (url, shown):
        target = parse_target(written)
        if isinstance(target, Target):
            return target.url
    return shown


def redacted(url: str) -> str:
    """Return a URL that is safe to show: without user, password and fragment, even if it is malformed."""
    return _USERINFO.sub("", url).split("#", 1)[0]
