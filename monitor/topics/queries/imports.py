"""Filter rules of other feed readers as queries.

Miniflux, one rule a line (https://miniflux.app/docs/rules.html): `EntryTitle=(?i)night train`, in RE2's syntax as ours.
FreshRSS, one search a line (https://freshrss.github.io/FreshRSS/en/users/10_filter.html): `intitle:'night train' OR #rail`.

A query ignores case, and a bare word finds its other forms. A rule without a counterpart, or one that a query must not
contain, is left out with the reason. A FreshRSS search is left out as a whole line, since a part would mean something
different.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.topics.queries.query import parse_query
from monitor.topics.queries.tokens import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

MINIFLUX = re.compile(r"Entry[A-Z]\w*=")
# The fields of Miniflux and FreshRSS that queries have too.
SEARCHED = {"EntryTitle": ("title",), "EntryContent": ("summary", "text")}
FIELDS = {"intitle:": ("title",), "intext:": ("summary", "text"), "author:": ("author",), "": ()}
COLUMN = re.compile(r" at column \d+")  # the column in the tried query, which the user does not see
PLAIN = re.compile(r"[\w '.,&-]+")  # a regular expression that is only a phrase
SEARCH = re.compile(
    r"(?P<blank>\s+)|(?P<open>\()|(?P<close>\))|(?P<no>[!-](?=\S))|(?P<either>OR(?=[\s()]|$))|(?P<both>AND(?=[\s()]|$))"
    r"|(?P<field>[A-Za-z]+:)?(?P<words>/(?P<regex>(?:[^/\\]|\\.)+)/[a-z]*(?=[\s()]|$)"
    r"|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?:\\[()]|[^\s()])+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """Rules as parts of a query, and a sentence for each rule left out."""

    parts: tuple[str, ...]
    left_out: tuple[str, ...]


def convert(text: str, *, tried_after: str = "") -> Converted:
    """Return the rules of a text, one per line, of either program; each must be a valid query after `tried_after`."""
    parts, left_out = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        rule = line.strip()
        if not rule:
            continue
        try:
            part = _of_miniflux(rule) if MINIFLUX.match(rule) else _of_freshrss(rule)
            parse_query(f"{tried_after}({part})", "no query holds it")
        except (_NoCounterpartError, QueryError) as error:
            left_out.append(f"line {number}: {COLUMN.sub('', str(error))}: {rule}")
        else:
            parts.append(part)
    return Converted(parts=tuple(parts), left_out=tuple(left_out))


class _NoCounterpartError(ValueError):
    """A rule that queries cannot express; the message says why."""


def _of_miniflux(rule: str) -> str:
    field, _, pattern = rule.partition("=")
    pattern = re.sub(r"^\(\?i\)", "", pattern.strip())
    if field == "EntryAuthor" and PLAIN.fullmatch(pattern):
        return f'author:"{pattern}"'
    if field not in SEARCHED:
        raise _NoCounterpartError(f"no query looks at {field} that way")
    return _in_fields(SEARCHED[field], _regex(pattern))


def _in_fields(fields: tuple[str, ...], term: str) -> str:
    """Return a term searched in any of some fields; without fields, in all that queries search."""
    found = [f"{field}:{term}" for field in fields] or [term]
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _regex(pattern: str) -> str:
    escaped = re.sub(r"(?<!\\)/", r"\\/", pattern)
    return f"/{escaped}/"


def _of_freshrss(rule: str) -> str:
    return re.sub(r"\( | \)", lambda found: found[0].strip(), " ".join(_words(rule)))


def _words(rule: str) -> Iterator[str]:
    for found in SEARCH.finditer(rule):
        match found.lastgroup:
            case "blank" | "both":
                pass
            case "open" | "close" | "either":
                yield found[0]
            case "no":
                yield "NOT"
            case _:
                yield _term(found)


def _term(found: re.Match[str]) -> str:
    field = found["field"] or ""
    if field not in FIELDS:
        raise _NoCounterpartError(f"no query knows {field}")
    if found["words"].startswith("#"):
        raise _NoCounterpartError("no query knows tags")
    if found["regex"]:
        if field == "author:":
            raise _NoCounterpartError("no regular expression finds an author")
        return _in_fields(FIELDS[field], _regex(found["regex"]))
    phrase = found["single"] or found["double"]
    words = (phrase or found["words"]).replace("\\", "").replace('"', "")
    if not phrase and words.replace("-", "").isalnum() and words not in {"NOT", "AND", "OR"}:
        return _in_fields(FIELDS[field], words)
    return _in_fields(FIELDS[field], f'"{words}"')
