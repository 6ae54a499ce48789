"""The example nearest to an item, and the words they share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from monitor.text.stems import is_stop_word, pieces
from monitor.text.words import words
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.vocabulary.document import Article, Document

READ = 200  # first words of an example that are compared
SHOWN = 6  # shared words, the rarest first


def nearest(
    document: Document, examples: Sequence[Article], language: str
) -> tuple[Article, list[str]] | None:
    """Return the example that shares most with a document, weighed by rarity; None if no example shares a word."""
    table = shipped(language)
    own = _weighed(f"{document.title} {document.summary} {document.text}", language)
    best: tuple[float, Article, list[str]] | None = None
    for example in examples:
        its = _weighed(f"{example.title} {example.text}", language)
        shared = sorted(own.keys() & its.keys(), key=lambda word: (table.count(word), word))
        likeness = sum(map(table.rarity, shared))
        likeness /= math.sqrt(len(its) + 1)
        if shared and (best is None or likeness > best[0]):
            best = (likeness, example, [own[word] for word in shared[:SHOWN]])
    return None if best is None else best[1:]


def _weighed(text: str, language: str) -> dict[str, str]:
    """Return the stems of a text's first words, each with a word as it is written."""
    return {
        stem: word
        for word, stem in reversed(pieces(words(text, language)[:READ], language))
        if not is_stop_word(word, language)
    }
