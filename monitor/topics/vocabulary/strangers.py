"""The names in an item; names outside a rule's cast are called strangers.

Reports of similar events in different years use the same words, but different names. An item with other names than the
examples is probably about another event; the more such names, the more probable that is.
Names are recognised in scripts with capital letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.lexicon import code_of
from monitor.text.names import CASELESS, UPPER, named
from monitor.topics.vocabulary.document import spoken_in

if TYPE_CHECKING:
    from monitor.topics.vocabulary.document import Document

OPENING = 600  # characters of a summary, or else of a text, that are searched for names
IN_TITLE = 2.0  # factor for a name in the title
# A capitalised word at the start of a sentence, before a word in lower case: not necessarily a name.
_OPENER = re.compile(
    rf"(?:^|[.!?:]\W*\s+|[\"\u201c\u201e\u00ab\u2018(\u00bf\u00a1])[{UPPER}][^\W_]+\b(?!\s+[{UPPER}])"
)


@dataclass(frozen=True, slots=True)
class NamesInText:
    """The names in an item as written, by stem in the item's language."""

    language: str
    title: dict[str, str]
    all: dict[str, str]

    def strangers(self, known: frozenset[str]) -> list[tuple[str, float, str]]:
        """Return the names that are not known: stem, weight, and the word as written."""
        return [
            (term, IN_TITLE if term in self.title else 1.0, word)
            for term, word in self.all.items()
            if term not in known
        ]


NO_NAMES = NamesInText("", {}, {})


def names_in(document: Document) -> NamesInText:
    """Return the names in a document's title and opening, by its own language."""
    language = spoken_in(document)
    if code_of(language) in CASELESS:
        return NamesInText(language, {}, {})
    # In a text that is all in capitals, they do not indicate names.
    title = {} if document.title.isupper() else _sure_names(document.title, language)
    return NamesInText(
        language, title, title | _sure_names((document.summary or document.text)[:OPENING], language)
    )


def _sure_names(text: str, language: str) -> dict[str, str]:
    return named(_OPENER.sub(lambda opener: opener[0].lower(), text), language)
