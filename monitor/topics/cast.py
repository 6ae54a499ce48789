"""The cast of a story: the people, places and companies that its examples name, and the strangers to it.

An event and its sibling of another year are told in the same words; what sets them apart is who is in them. An item
that names others than the examples do is about something else, the more of them the less it is the same story.
Which words are names is known for English alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.names import named, names
from monitor.text import is_stop_word, stems, words
from monitor.topics.document import FEED_ITEM, READ, spoken_in
from monitor.topics.frequencies import shipped
from monitor.topics.rule import Cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.document import Article, Document

LANGUAGE = "en"
STRANGER = 0.8  # points of ten that each stranger takes off
OPENING = 600  # characters of a summary, or else of a text, that are looked at for names
IN_TITLE = 2.0  # times that, where the title names it
A_NAME = 3  # times that a name counts among words
SHARED = 0.28  # of what one example says that another says too, by rarity: from here on they tell one story
# A capital that opens a sentence, before a word without one: it need not be a name.
_OPENER = re.compile(r"(?:^|[.!?:]\W*\s+|[\"\u201c\u2018(])[A-Z][^\W_]+\b(?!\s+[A-Z])")


@dataclass(frozen=True, slots=True)
class Company:
    """The names that an item holds, by stem, as it writes them."""

    title: dict[str, str]
    all: dict[str, str]

    def strangers(self, known: frozenset[str]) -> list[tuple[str, float, str]]:
        """Return the names that are not among those known, each as a stem, with how often it counts and as written."""
        return [
            (term, IN_TITLE if term in self.title else 1.0, word)
            for term, word in self.all.items()
            if term not in known
        ]


def company(document: Document) -> Company:
    """Return the names in a document's title and opening; none in another language, where a capital may be any noun."""
    if spoken_in(document) != LANGUAGE:
        return Company({}, {})
    # Where everything is a capital, capitals say nothing.
    title = {} if document.title.isupper() else _sure_names(document.title)
    return Company(title, title | _sure_names((document.summary or document.text)[:OPENING]))


def _sure_names(text: str) -> dict[str, str]:
    return named(_OPENER.sub(lambda opener: opener[0].lower(), text))


def cast_of(articles: Sequence[Article]) -> Cast:
    """Return all that examples name, in their order."""
    known: dict[str, str] = {}
    for article in articles:
        for term, word in named(f"{article.title}. {article.text}").items():
            known.setdefault(term, word)
    return Cast(stranger=STRANGER, names=tuple(known.values()))


def tell_one_story(articles: Sequence[Article]) -> bool:
    """Whether several examples say the same of the same people, places and companies, each what the others do."""
    known = [frozenset(_worth(one, READ)) for one in articles]
    shares = []
    for place, article in enumerate(articles):
        own = _worth(article, FEED_ITEM)
        whole = sum(own.values()) or 1.0
        shares += [
            sum(value for term, value in own.items() if term in its) / whole
            for at, its in enumerate(known)
            if at != place
        ]
    return sum(shares) / len(shares) >= SHARED


def _worth(article: Article, number: int) -> dict[str, float]:
    """Return how much each stem of an article's title and first words says, by its rarity."""
    text = f"{article.title}. {article.opening(number)}"
    called, table = names(text), shipped()
    return {
        term: (A_NAME if term in called else 1) * table.rarity(term)
        for term in stems([word for word in words(text) if not is_stop_word(word)])
    }
