"""Filter rules of other feed readers as queries.

Miniflux, a rule a line (https://miniflux.app/docs/rules.html): `EntryTitle=(?i)night train`. RE2, as ours.
FreshRSS, a search a line (https://freshrss.github.io/FreshRSS/en/users/10_filter.html): `intitle:'night train' OR #rail`.

Ours compare no case, and a bare word finds its other forms. What has no counterpart is left out, and said: of FreshRSS
the whole line, which would else mean something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MINIFLUX = re.compile(r"Entry[A-Z]\w*=")
# The fields of Miniflux that ours have.
SEARCHED = {"EntryTitle": ("title",), "EntryContent": ("summary", "text")}
PLAIN = re.compile(r"[\w '.,&-]+")  # a regular expression that is a phrase
SEARCH = re.compile(
    r"(?P<blank>\s+)|(?P<open>\()|(?P<close>\))|(?P<no>[!-](?=\S))|(?P<either>OR(?=[\s()]|$))|(?P<both>AND(?=[\s()]|$))"
    r"|(?P<field>[A-Za-z]+:)?(?P<words>/(?P<regex>(?:[^/\\]|\\.)+)/[a-z]*(?=[\s()]|$)"
    r"|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?:\\[()]|[^\s()])+)"
)
FIELDS = {"intitle:": "title:", "author:": "author:", "": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """Rules as parts of a query, and in words what was left out of them."""

    parts: tuple[str, ...]
    left_out: tuple[str, ...]


def convert(text: str) -> Converted:
    """Return the rules of a text, one a line, whichever of the two programs they are of."""
    parts, left_out = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        rule = line.strip()
        if not rule:
            continue
        try:
            parts.append(_of_miniflux(rule) if MINIFLUX.match(rule) else _of_freshrss(rule))
        except _NoCounterpartError as error:
            left_out.append(f"line {number}: {error}: {rule}")
    return Converted(parts=tuple(parts), left_out=tuple(left_out))


class _NoCounterpartError(ValueError):
    """Something that queries cannot say; the message says what."""


def _of_miniflux(rule: str) -> str:
    field, _, pattern = rule.partition("=")
    pattern = re.sub(r"^\(\?i\)", "", pattern.strip())
    if field == "EntryAuthor" and PLAIN.fullmatch(pattern):
        return f'author:"{pattern}"'
    if field not in SEARCHED:
        raise _NoCounterpartError(f"no query looks at {field} that way")
    found = [f"{ours}:{_regex(pattern)}" for ours in SEARCHED[field]]
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
    ours = FIELDS[field]
    if found["regex"]:
        if ours == "author:":
            raise _NoCounterpartError("no regular expression finds an author")
        return f"{ours}{_regex(found['regex'])}"
    phrase = found["single"] or found["double"]
    words = (phrase or found["words"]).replace("\\", "").replace('"', "")
    if not phrase and words.replace("-", "").isalnum() and words not in {"NOT", "AND", "OR"}:
        return f"{ours}{words}"
    return f'{ours}"{words}"'
