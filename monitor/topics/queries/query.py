r"""The query language: its grammar and its parser.

    query  = either
    either = both { "OR" both }
    both   = one { [ "AND" ] one }                 words side by side are joined by AND
    one    = { "NOT" | "-" } near
    near   = atom { "NEAR/" number atom }          at most that many words between, either order
    atom   = "(" either ")" | field ":" atom | word | '"' phrase '"' | "=" word | start "*" | "/" regex "/"
    field  = "title" | "summary" | "text" | "feed" | "author" | "lang"

`strike` finds words of the same stem (strikes, striking); `=strike` and words in quotes are found as written.
`strik*` finds words with this beginning, also at the end of a phrase ("dock work*"). Case and accents never count; words
are whole; a hyphen joins a phrase. Operators are in capitals. Stems are those of the item's language, so that `Brücke`
finds Brücken in a German item, and Autobahnbrücke, since compounds hold their parts. Scripts without spaces are cut into
words; a single character is found anywhere. `lang:de` compares the item's language as stored.
Without a field, title, summary and text are searched, each by itself.
`/face(s|book)? scan/` is a regular expression in RE2's syntax, which takes time linear in the text and so has neither
look-around nor back-references; case and accents do not count, `\/` is a slash, and it sees a field's first characters.
A query must search for something: one made only of NOT is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from monitor.text.words import words
from monitor.topics.queries.nodes import All, AnyOf, Near, Not, Phrase, Regex, looks_for_something
from monitor.topics.queries.tokens import NoTokenError, QueryError, Token, cut
from monitor.topics.vocabulary.linear_regex import MOST_STEPS, PatternError, steps
from monitor.topics.vocabulary.searched_fields import SEARCHED
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.topics.queries.nodes import Node

MAX_CHARACTERS = 20_000  # a list of some 2,000 words
MAX_DEPTH = 50  # nested parentheses and NOTs; people do not write deeper ones
MOST_PHRASES = 400  # phrases of several words and starts of words: each may take 0.1 ms on a hostile item
PHRASES_A_NEAR = 10  # the number of phrases that a NEAR counts as
OPERATORS = re.compile(r"\b(?:AND|OR|NOT|NEAR/\d+)\b|\b\w+:")
MAX_DISTANCE = 1_000  # words; a NEAR over more words is an AND

FIELDS = ("title", "summary", "text", "feed", "author", "lang")


@value
class Query:
    """A parsed query and the text it came from."""

    text: str
    root: Node
    languages: tuple[str, ...] = ("en",)  # by which it is stemmed, besides the item's


def parse_query(text: str, origin: str, *, language: str = "en") -> Query:
    """Parse a query; `origin` names it in errors, and a bare word has the forms of `language` besides those of the item's.

    Raises:
        QueryError: with the column, the cause and the remedy.
    """
    parser = _Parser(text, origin)
    root = parser.whole()
    # Accents and scripts show a query's language; a guess from a few plain words would be wrong too often.
    guess = language if text.isascii() else _language_of(text)
    return Query(text=text, root=root, languages=tuple(dict.fromkeys((language, guess))))


def _language_of(text: str) -> str:
    from monitor.text.languages import language_of  # noqa: PLC0415  # few queries need it

    return language_of(OPERATORS.sub(" ", text))


class _Parser:
    """Reads tokens from left to right, one method per line of the grammar."""

    def __init__(self, text: str, origin: str) -> None:
        self._origin = origin
        self._end = len(text) + 1
        self._depth = 0
        if len(text) > MAX_CHARACTERS:
            self._refuse("it is too long", MAX_CHARACTERS, f"keep it under {MAX_CHARACTERS} characters")
        try:
            self._tokens = cut(text)
        except NoTokenError as error:
            self._no_token(error.character, error.column)
        self._next = 0
        self._steps = 0  # total steps of all regular expressions
        self._phrases = 0  # number of other parts that take time

    def whole(self) -> Node:
        if not self._tokens:
            self._refuse("nothing to look for", 1, "write a word")
        root = self._either(None)
        if (token := self._peek()) is not None:
            self._refuse("an unmatched closing parenthesis", token.column, "remove it, or open one before")
        if not looks_for_something(root):
            self._refuse("only NOT: it would match nearly everything", 1, "add a word that has to occur")
        return root

    def _no_token(self, character: str, column: int) -> NoReturn:
        if character == '"':
            self._refuse("unclosed quote", column, 'close it with "')
        self._refuse(f"{character!r} has no meaning here", column, "remove it, or put it in quotes")

    def _refuse(self, cause: str, column: int, remedy: str) -> NoReturn:
        raise QueryError(f"{self._origin}: {cause} at column {column}; {remedy}", column)

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, kind: str, text: str | None = None) -> Token | None:
        token = self._peek()
        if token is None or token.kind != kind or (text is not None and token.text != text):
            return None
        self._next += 1
        return token

    def _deeper(self, read: Callable[[str | None], Node], field: str | None, token: Token) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse("nested too deeply", token.column, f"use at most {MAX_DEPTH} levels")
        node = read(field)
        self._depth -= 1
        return node

    def _either(self, field: str | None) -> Node:
        parts = [self._both(field)]
        while self._take("operator", "OR"):
            parts.append(self._both(field))
        return parts[0] if len(parts) == 1 else AnyOf(parts=tuple(parts))

    def _both(self, field: str | None) -> Node:
        parts = [self._one(field)]
        while (token := self._peek()) is not None and token.kind != "close" and token.text != "OR":
            self._take("operator", "AND")
            parts.append(self._one(field))
        return parts[0] if len(parts) == 1 else All(parts=tuple(parts))

    def _one(self, field: str | None) -> Node:
        token = self._take("operator", "NOT") or self._take("minus")
        if token is not None:
            return Not(part=self._deeper(self._one, field, token))
        return self._near(field)

    def _near(self, field: str | None) -> Node:
        start = self._peek()
        first = self._atom(field)
        phrases, distances = [first], []
        while (token := self._take("near")) is not None:
            self._count(PHRASES_A_NEAR, token)
            distances.append(min(int(token.text[5:][:6]), MAX_DISTANCE))
            phrases.append(self._atom(field))
        if not distances:
            return first
        plain = tuple(phrase for phrase in phrases if isinstance(phrase, Phrase))
        if len(plain) < len(phrases) or len({phrase.field for phrase in plain}) > 1:
            column = start.column if start is not None else 1
            self._refuse(
                "NEAR joins words and phrases of one field", column, "take the parentheses apart with OR"
            )
        return Near(phrases=plain, distances=tuple(distances))

    def _atom(self, field: str | None) -> Node:
        token = self._peek()
        if token is None:
            self._refuse("a word is missing", self._end, "add one, or remove the operator before it")
        self._next += 1
        if token.kind == "open":
            node = self._deeper(self._either, field, token)
            if not self._take("close"):
                self._refuse("unclosed parenthesis", token.column, "close it with )")
            return node
        if token.kind == "field":
            return self._deeper(self._atom, self._field(token, field), token)
        if token.kind == "regex":
            return self._regex(token, field)
        if token.kind not in ("quote", "word"):
            self._refuse(
                f"{token.text} is where a word is expected", token.column, "put it in quotes to search for it"
            )
        return self._phrase(token, field)

    def _field(self, token: Token, outer: str | None) -> str:
        name = token.text[:-1].lower()
        if name not in FIELDS:
            self._refuse(f"unknown field {token.text!r}", token.column, f"the fields are {', '.join(FIELDS)}")
        if outer is not None and outer != name:
            self._refuse(f"{name}: inside {outer}:", token.column, "give each word one field")
        return name

    def _count(self, phrases: int, token: Token) -> None:
        self._phrases += phrases
        if self._phrases > MOST_PHRASES:
            self._refuse(
                "too many phrases, starts and NEARs",
                token.column,
                f"keep phrases and starts under {MOST_PHRASES}, of which a NEAR takes {PHRASES_A_NEAR}; "
                "make it two topics",
            )

    def _regex(self, token: Token, field: str | None) -> Regex:
        if field is not None and field not in SEARCHED:
            self._refuse(
                f"a regular expression in {field}:", token.column, f"use it in {', '.join(SEARCHED)}"
            )
        pattern = token.text[1:-1].replace("\\/", "/")
        try:
            self._steps += steps(pattern)
        except PatternError as error:
            self._refuse(f"{token.text}: {error}", token.column, "correct it; the syntax is RE2's")
        if self._steps > MOST_STEPS:
            self._refuse(
                f"regular expressions of {self._steps} steps", token.column, f"keep them under {MOST_STEPS}"
            )
        return Regex(pattern=pattern, field=field, written=token.text)

    def _phrase(self, token: Token, field: str | None) -> Phrase:
        body = token.text.removeprefix("=")
        exact = token.kind == "quote" or token.text.startswith("=") or field == "lang"
        body = body.strip('"').strip()
        found = words(body.rstrip("*"))
        if not found:
            self._refuse(f"{token.text} contains no word", token.column, "write letters or digits")
        if "*" in body.rstrip("*") or body.endswith("**"):
            self._refuse("a * inside a word", token.column, "put it at the end: start*")
        open_end = body.endswith("*")
        if open_end or len(found) > 1:
            self._count(1, token)
        return Phrase(text=body.rstrip("*"), exact=exact, open_end=open_end, field=field, written=token.text)
