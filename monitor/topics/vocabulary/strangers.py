"""The names in an item: those outside a rule's cast are strangers to its story.

An event and its sibling of another year are told in the same words; what sets them apart is who is in them. An item
that names others than the examples do is about something else, the more of them the less it is the same story.
Which words are names is known for English alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.names import named
from monitor.topics.vocabulary.document import spoken_in

if TYPE_CHECKING:
    from monitor.topics.vocabulary.document import Document

LANGUAGE = "en"
OPENING = 600  # characters of a summary, or else of a text, that are looked at for names
IN_TITLE = 2.0  # times that, where the title names it
# A capital that opens a sentence, before a word without one: it need not be a name.
_OPENER = re.compile(r"(?:^|[.!?:]\W*\s+|[\"\u201c\u2018(])[A-Z][^\W_]+\b(?!\s+[A-Z])")


@dataclass(frozen=True, slots=True)
class NamesInText:
    """The names that an item holds, by stem, as it writes them."""

    title: dict[str, str]
    all: dict[str, str]

    def strangers(self, known: frozenset[str]) -> list[tuple[str, float, str]]:
        """Return the names that are not among the known ones: stem, weight, and the word as written."""
        return [
            (term, IN_TITLE if term in self.title else 1.0, word)
            for term, word in self.all.items()
            if term not in known
        ]


def names_in(document: Document) -> NamesInText:
    """Return the names in a document's title and opening; none in another language, where a capital may be any noun."""
    if spoken_in(document) != LANGUAGE:
        return NamesInText({}, {})
    # Where everything is a capital, capitals say nothing.
    title = {} if document.title.isupper() else _sure_names(document.title)
    return NamesInText(title, title | _sure_names((document.summary or document.text)[:OPENING]))


def _sure_names(text: str) -> dict[str, str]:
    return named(_OPENER.sub(lambda opener: opener[0].lower(), text))
