"""The cast that examples give a story's rule, and whether several examples tell one story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.text.names import named, names
from monitor.text.words import is_stop_word, stems, words
from monitor.topics.rules.rule import Cast
from monitor.topics.vocabulary.document import FEED_ITEM, READ
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.vocabulary.document import Article

STRANGER = 0.8  # points of ten that each stranger takes off
A_NAME = 3  # times that a name counts among words
SHARED = 0.28  # of what one example says that another says too, by rarity: from here on they tell one story


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
