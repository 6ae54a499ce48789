"""New facts of a story: words of its later items that the alerted items do not have. Pure.

An outlet that rewords a copy uses new words too, so a word counts only if two or more outlets use it. Words are weighted
by their rarity in news, and one of them must be in two headlines.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.stories.profile import UNIT, rarity, read_profile, total_rarity
from monitor.text.segments import LONGEST
from monitor.text.stems import pieces, stems, stop_words
from monitor.text.words import words
from monitor.topics.vocabulary.document import spoken_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.topics.vocabulary.document import Document

AGREEING = 2  # outlets that must use a word: two do not invent the same one
RARE = 4 * UNIT  # rarity of a word that counts: in one item of fifty or fewer
ENOUGH = 25 * UNIT  # total rarity of all words: an unknown name counts 9, a common verb 5; copies reach 15
SHOWN = 4  # words shown to the reader
PUNCTUATION = (
    ".,:;!?\"'()[]\u201c\u201d\u2018\u2019\u00ab\u00bb\u2026"  # stripped from a word before it is shown
)


def new_terms(alerted: Sequence[Document], fresh: Sequence[Document]) -> tuple[str, ...]:
    """Return the rarest words that several outlets use in the fresh items and no alerted item has, in their order.

    Fresh items in a language that no alerted item has bring none: each of their words would be new. The result is empty if
    their total weight is low.
    """
    languages = {spoken_in(document) for document in alerted}
    fresh = [document for document in fresh if not alerted or spoken_in(document) in languages]
    language = spoken_in(fresh[-1]) if fresh else "en"
    known = {term for document in alerted for term in read_profile(document).stems}
    outlets: dict[str, set[str]] = defaultdict(set)
    headlines: dict[str, set[str]] = defaultdict(set)
    for document in fresh:
        for term in read_profile(document).weights.keys() - known:
            outlets[term].add(document.outlet or document.feed)
        for term in _stems(document.title, document):
            headlines[term].add(document.outlet or document.feed)
    agreed = [term for term, by in outlets.items() if len(by) >= AGREEING and rarity(term, language) >= RARE]
    in_headlines = any(len(headlines[term]) >= AGREEING for term in agreed)
    if total_rarity(agreed, language) < ENOUGH or not in_headlines:
        return ()
    spoken = _as_written(fresh, set(agreed))
    rarest = sorted(spoken, key=lambda term: (-rarity(term, language), term))[:SHOWN]
    return tuple(dict.fromkeys(spoken[term] for term in spoken if term in rarest))


def _stems(text: str, document: Document) -> set[str]:
    language = spoken_in(document)
    return {*stems(words(text, language), language)}


def _as_written(documents: Iterable[Document], terms: set[str]) -> dict[str, str]:
    """Return each stem with a word as written in an item, titles first."""
    found: dict[str, str] = {}
    for document in documents:
        language = spoken_in(document)
        stopped = stop_words(language)
        for text in (document.title, document.summary, document.text):
            for written in text.split():
                for word, term in pieces(words(written, language), language):
                    if term in terms and word not in stopped:
                        found.setdefault(term, word if language in LONGEST else written.strip(PUNCTUATION))
    return found
