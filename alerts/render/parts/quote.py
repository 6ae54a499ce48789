"""Finds the sentence of an item that shows best why it matched its topic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alerts.render.formats.escape import clip, plain

if TYPE_CHECKING:
    from storage.model import Match

MAX_QUOTE = 180  # characters; two lines of a terminal
SENTENCE = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+")  # Latin and full-width stops
WORD = re.compile(r"\w+")


def quote(match: Match, *, beside: str = "") -> str:
    """Return the sentence with most of the matched terms, or an empty string if no sentence has any.

    A sentence that equals the headline `beside` it is not quoted.
    """
    weights = {word: why.weight for why in match.why for word in _words(why.term)}
    best, most = "", 0.0
    for sentence in SENTENCE.split(f"{plain(match.item.summary)} {plain(match.item.content)}"):
        found = sum(weights.get(word, 0.0) for word in _words(sentence))
        if found > most and sentence.casefold().strip(" .") != beside.casefold().strip(" ."):
            best, most = sentence, found
    return clip(best.strip(), MAX_QUOTE)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))
