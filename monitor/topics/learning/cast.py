"""The cast of a story's rule, taken from its examples, and whether several examples are about one story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.names import named, names
from monitor.text.stems import is_stop_word, stems
from monitor.text.words import words
from monitor.topics.rules.rule import Cast
from monitor.topics.vocabulary.document import FEED_ITEM, READ
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.vocabulary.document import Article

_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?:[^\W\d_]|[,;]) ")  # what precedes a word inside a sentence
_GOES_ON = re.compile(r" [A-Z]")  # a first name at the beginning of a sentence, before the second

STRANGER = 0.8  # points of ten that each stranger subtracts
A_NAME = 3  # weight of a name, in words
# The share of words that one example has in common with another, by rarity: 0.40 or more for 49 of 50 of one event,
# 0.27 at most for a subject. Values between are taken for a subject; values within the margin are uncertain.
SHARED = 0.39
# In other languages words have more forms, and reports of one event share less: eighteen pairs had 0.26 or more in common.
SHARED_ELSEWHERE = 0.25
LEAST_SHARED = 0.2  # of the example that shares least: with a smaller share, it is about another event
MARGIN = 0.1


def cast_of(articles: Sequence[Article], language: str) -> Cast:
    """Return all names in the examples, in order of occurrence."""
    known: dict[str, str] = {}
    for article in articles:
        for term, word in named(f"{article.title}. {article.text}", language).items():
            known.setdefault(term, word)
    # Other languages capitalise no headlines, and `named` looks at the place of a word.
    nouns = _common_nouns(articles, language) if language == "en" else set[str]()
    return Cast(stranger=STRANGER, names=tuple(word for term, word in known.items() if term not in nouns))


def _common_nouns(articles: Sequence[Article], language: str) -> set[str]:
    """Return the stems that the examples write with a capital only in headlines and at the beginning of sentences."""
    inside: set[str] = set()
    begins: set[str] = set()
    plain: set[str] = set()
    for article in articles:
        for found in _WORD.finditer(article.text):
            before = article.text[max(0, found.start() - 2) : found.start()]
            word = found.group()
            is_name = _INSIDE.fullmatch(before) or _GOES_ON.match(article.text, found.end())
            where = plain if word[0].islower() else inside if is_name else begins
            where.add(word.lower())
        plain.update(word for word in _WORD.findall(article.title) if word[0].islower())
    return set(stems(sorted(plain | begins), language)) - set(stems(sorted(inside), language))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStory:
    """The words and names that several examples share: the average share, and that of the example that shares least."""

    shared: float
    least: float
    border: float = SHARED

    @property
    def is_likely(self) -> bool:
        """Whether the examples are taken for one story; in doubt they are not."""
        return self.shared >= self.border and self.least >= LEAST_SHARED

    @property
    def is_sure(self) -> bool:
        """Whether the choice is far from the border on either side."""
        return abs(self.shared - self.border) >= MARGIN and (self.shared < self.border) != self.is_likely


def one_story(articles: Sequence[Article], language: str) -> OneStory:
    """Return how much several examples share, which decides whether they are about one story."""
    known = [frozenset(_worth(one, READ, language)) for one in articles]
    means = []
    for place, article in enumerate(articles):
        own = _worth(article, FEED_ITEM, language)
        whole = sum(own.values()) or 1.0
        shares = [
            sum(value for term, value in own.items() if term in its) / whole
            for at, its in enumerate(known)
            if at != place
        ]
        means.append(sum(shares) / len(shares))
    border = SHARED if language == "en" else SHARED_ELSEWHERE
    return OneStory(shared=sum(means) / len(means), least=min(means), border=border)


def _worth(article: Article, number: int, language: str) -> dict[str, float]:
    """Return the weight of each stem in an article's title and first words, by its rarity."""
    text = f"{article.title}. {article.opening(number)}"
    called, table = names(text, language), shipped(language)
    return {
        term: (A_NAME if term in called else 1) * table.rarity(term)
        for term in stems(
            [word for word in words(text, language) if not is_stop_word(word, language)], language
        )
    }
