"""Canonical forms of links, by which keys and articles are compared. They are never fetched or shown.

`canonical_link` is for the keys of a feed's items and removes nothing that may distinguish two items. `article_link`
also removes parts that only name another view of one page: `amp`, `m.`, fragments. `links.txt` lists these parts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable

RULES = "links.txt"
REMEMBERED = 512  # links; an item's id and link are often one, and keys are checked once more
WEB = re.compile(r"https?://", re.IGNORECASE)
_EDGES = re.compile(r"^[\s/]+|\s+$")
_END = re.compile(r"[\s/]+$")
_BLANK = re.compile(r"\s")
_WWW = re.compile(r"^(?:www\.)+")
# A link without parameters and fragment, as most are; it need not be split.
_ORDINARY = re.compile(
    r"https?://(?:www\.)*([a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?!0|80(?!\d)|443(?!\d))\d{1,4})?)"
    r"((?:/[A-Za-z0-9/%:@!$&'()*+,;=~._-]*)?)",
    re.ASCII,
)
_DEFAULT_PORTS = (None, 80, 443)
_NEVER = re.compile(r"(?!)")


@value
class LinkRule:
    """A line of the table: the part to remove, and an example with its canonical form."""

    kind: str
    pattern: str
    example: str
    canonical: str


class _Parts(NamedTuple):
    """The parts of a canonical link; `pairs` are the parameters."""

    host: str
    path: str
    pairs: list[tuple[str, str]]
    fragment: str

    def written(self) -> str:
        """Return the link."""
        query = f"?{urlencode(self.pairs)}" if self.pairs else ""
        return f"{self.host}{self.path}{query}" + (f"#{self.fragment}" if self.fragment else "")


@value
class Links:
    """The table, one pattern for each kind."""

    key_parameter: re.Pattern[str]
    key_value: re.Pattern[str]
    key_fragment: re.Pattern[str]
    parameter: re.Pattern[str]
    host: re.Pattern[str]
    path: re.Pattern[str]
    fragment: re.Pattern[str]

    @classmethod
    def of(cls, rules: Iterable[LinkRule]) -> Self:
        """Return the patterns of these lines."""
        patterns: dict[str, list[str]] = defaultdict(list)
        for rule in rules:
            patterns[rule.kind].append(rule.pattern)

        def joined(kind: str) -> re.Pattern[str]:
            alternatives = "|".join(f"(?:{pattern})" for pattern in patterns[kind])
            return re.compile(alternatives, re.IGNORECASE | re.DOTALL) if alternatives else _NEVER

        return cls(
            key_parameter=joined("key-parameter"),
            key_value=joined("key-value"),
            key_fragment=joined("key-fragment"),
            parameter=joined("parameter"),
            host=joined("host"),
            path=joined("path"),
            fragment=joined("fragment"),
        )

    def canonical(self, url: str | None) -> str:
        """Return a link without scheme, `www.`, tracking parameters and trailing slash. Idempotent."""
        if not url:
            return ""
        bare = _EDGES.sub("", url)
        parts = self._parts(bare)
        return bare if parts is None else parts.written()

    def article(self, url: str | None) -> str | None:
        """Return the canonical link of the article that a link leads to; None if it leads to a whole site."""
        if not url or not WEB.match(url):
            return None
        parts = self._parts(_EDGES.sub("", url))
        if parts is None:
            return None  # the link is not a valid URL
        path = parts.path
        while (shorter := self.path.sub("", path)) != path:
            path = _END.sub("", shorter)
        pairs = [pair for pair in parts.pairs if not self.parameter.fullmatch("=".join(pair))]
        fragment = "" if self.fragment.fullmatch(parts.fragment) else parts.fragment
        if not (path or pairs or fragment):
            return None
        return _Parts(self._bare_host(parts.host), path, pairs, fragment).written()

    def _parts(self, bare: str) -> _Parts | None:
        """Return the parts of a link that name what it leads to, None if it is not a valid URL."""
        if ordinary := _ORDINARY.fullmatch(bare):
            return _Parts(ordinary[1], ordinary[2].rstrip("/"), [], "")
        try:
            parts = urlsplit(bare if WEB.match(bare) else f"http://{bare}")
            port = parts.port
        except ValueError:
            return None
        host = (parts.hostname or "") + ("" if port in _DEFAULT_PORTS else f":{port}")
        if not host or _BLANK.search(host):
            return None
        fragment = "" if self.key_fragment.fullmatch(parts.fragment) else parts.fragment
        pairs = self._pairs(parts.query) if parts.query else []
        return _Parts(_WWW.sub("", host), _END.sub("", parts.path), pairs, fragment)

    def _pairs(self, query: str) -> list[tuple[str, str]]:
        pairs = parse_qsl(query, keep_blank_values=True)
        return [(name, value) for name, value in pairs if not self._is_tracking(name, value)]

    def _is_tracking(self, name: str, value: str) -> bool:
        return bool(self.key_value.fullmatch(value) or self.key_parameter.fullmatch(name))

    def _bare_host(self, host: str) -> str:
        """Return a host without labels such as `m.`, but never less than its domain."""
        label, _, rest = host.partition(".")
        while "." in rest and self.host.fullmatch(label):
            host = rest
            label, _, rest = host.partition(".")
        return host


def link_rules() -> list[LinkRule]:
    """Return the lines of the table."""
    table = (files("monitor.polling.sources") / RULES).read_text(encoding="utf-8")
    lines = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return [
        LinkRule(kind=kind, pattern=pattern, example=example, canonical=canonical)
        for kind, pattern, example, canonical in lines
    ]


@lru_cache(maxsize=1)
def _links() -> Links:
    return Links.of(link_rules())


@lru_cache(maxsize=REMEMBERED)
def canonical_link(url: str | None) -> str:
    """Return a link in the form that keys of items contain. Idempotent."""
    return _links().canonical(url)


def article_link(url: str | None) -> str | None:
    """Return the canonical link of the article that a link leads to; None if it leads to a whole site, or nowhere."""
    return _links().article(url)
