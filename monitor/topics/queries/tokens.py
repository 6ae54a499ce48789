"""The tokeniser of the query language; each token has its column."""

from __future__ import annotations

import re

from storage.model.value import value


class QueryError(ValueError):
    """An invalid query: `origin: cause at column N; fix`. `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        """Keep the column for callers that show it."""
        super().__init__(message)
        self.column = column


_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<open>\()|(?P<close>\))|(?P<near>NEAR/(?P<distance>\d+)(?=[\s(\"]|$))"
    r"|(?P<operator>(?:AND|OR|NOT)(?=[\s()\"]|$))|(?P<quote>(?P<exact_quote>=)?\"(?P<phrase>[^\"]*)\")"
    r"|(?P<field>[A-Za-z_]+):(?=\S)|(?P<minus>-(?=[^\s)]))|(?P<regex>/(?:[^/\\\n]|\\.)+/)(?=[\s()]|$)|(?P<word>[^\s()\":]+)"
)


@value
class Token:
    """A token of a query and its column, counted from 1."""

    kind: str
    text: str
    column: int


class NoTokenError(ValueError):
    """A character that cannot begin a token. `column` counts from 1."""

    def __init__(self, character: str, column: int) -> None:
        """Keep the character."""
        super().__init__(character)
        self.character = character
        self.column = column


def cut(text: str) -> list[Token]:
    """Return the tokens of a query, without spaces.

    Raises:
        NoTokenError: a character cannot begin a token.
    """
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NoTokenError(text[at], at + 1)
        if found.lastgroup != "blank":
            tokens.append(Token(kind=_kind(found), text=found.group(), column=at + 1))
        at = found.end()
    return tokens


def _kind(found: re.Match[str]) -> str:
    kinds = ("blank", "open", "close", "near", "operator", "quote", "field", "minus", "regex", "word")
    return next(kind for kind in kinds if found.group(kind) is not None)
