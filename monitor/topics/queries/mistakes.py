"""Likely mistakes in valid queries: operators that are read as words, because they are not in capitals or incomplete."""

from __future__ import annotations

import re

from monitor.topics.queries.tokens import cut

OPERATORS = {"and": "AND", "or": "OR", "not": "NOT"}
_NEAR = re.compile(r"near(?:/\d*)?", re.IGNORECASE)


def mistakes(text: str) -> tuple[str, ...]:
    """Return a sentence for each word of a parsed query that was probably meant as an operator.

    A query without other words between which it could stand is left alone: "or" is also the French for gold.
    """
    tokens = cut(text)
    between = dict.fromkeys(one.text for one in tokens[1:-1] if one.kind == "word")
    return tuple(sentence for word in between if (sentence := _sentence(word)))


def _sentence(word: str) -> str:
    if word in OPERATORS:
        return f"“{word}” is searched for as a word; write {OPERATORS[word]} for the operator"
    if _NEAR.fullmatch(word):
        return f"“{word}” is searched for as a word; write NEAR/5 for words at most five apart"
    return ""
