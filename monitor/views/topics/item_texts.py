"""Sources of a new topic: the texts of stored items as examples, and a search as a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.item_document import document_of
from monitor.text.ids import id_number
from monitor.topics.rules.format import quoted
from storage.stores.search import read_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Ledger

OPERATORS = frozenset({"AND", "OR", "NOT"})


def item_texts(ledger: Ledger, idents: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of items by their ids, each a title and paragraphs; unknown ids are left out."""
    found = []
    for ident in idents:
        number = id_number(ident, "i")
        item = None if number is None else ledger.items.get(number)
        if item is not None:
            document = document_of(item)
            parts = (document.title, document.summary, document.text)
            found.append("\n\n".join(part for part in dict.fromkeys(parts) if part))
    return tuple(found)


def query_of_search(words: str) -> str:
    """Return the query that matches new items like a search matches stored ones."""
    parts = []
    for term in read_search(words):
        plain = " " not in term.words and term.words not in OPERATORS and not term.words.isdecimal()
        text = f"{term.words}*" if term.begins else term.words if plain else quoted(term.words)
        parts.append(f"NOT {text}" if term.absent else text)
    return " AND ".join(parts)
