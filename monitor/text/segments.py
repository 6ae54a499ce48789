"""Words in scripts without spaces: Chinese, Japanese and Thai by a word list, others as pairs of characters.

A run of characters is cut into the sequence of known words that is most likely by their frequencies. What the list does not
hold is mostly a name: unknown Chinese and Japanese characters become overlapping pairs, so that a name is found whatever its
neighbours are; unknown Thai stays whole.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from monitor.text.lexicon import lexicon, simplified
from monitor.text.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_PIECES = re.compile(
    f"[\u30a1-\u30fa\u30fc]+|[\u3041-\u3096{_HAN}\u30fc]+|[\u0e00-\u0e7f]+|.[^{_HAN}\u3041-\u30ff\u0e00-\u0e7f]*"
)
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_OF_HAN = re.compile(f"[{_HAN}]")
# Thai characters that no word begins with, and vowels written before their consonant, after which no word begins.
_THAI_CLUSTER = re.compile("[\u0e40-\u0e44]?[\u0e00-\u0e7f][\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]*")
_TONE = re.compile("[\u0e48-\u0e4b]")  # tone marks, with which few foreign names are written
LONGEST = {"zh": 8, "ja": 10, "th": 20}  # characters of a word
UNKNOWN = 2.0  # frequency, on the Zipf scale, assumed for an unknown character
BEGINNING = 2  # characters by which the length of the longest word is looked up
SHORTEST = 2  # characters of a word inside another, and of the rest
FUNCTION = 6.3  # frequency from which a single character is a function word, not part of a name
SYLLABLE, RARE = 4, 4.95  # characters and frequency of Thai words that may be syllables of a name
INNER_SYLLABLE, INNER_RARE = 2, 5.7  # … and of syllables after such a word
RUNS = 1 << 15  # cached runs; titles and names come again


def segmented(run: str, language: str) -> list[str]:
    """Return the words of a run of characters without spaces; `language` is one of `LONGEST`, else pairs are returned."""
    return [*_cache(language)[run]]


def unspaced_language(text: str, language: str) -> str:
    """Return the language by which the Chinese characters of a text are cut: Japanese or Chinese."""
    return "ja" if language[:2] == "ja" or (language[:2] != "zh" and _KANA.search(text)) else "zh"


@lru_cache(maxsize=8)
def _cache(language: str) -> Memo[tuple[str, ...]]:
    return Memo(partial(_words, language), most=RUNS)


def _words(language: str, run: str) -> tuple[str, ...]:
    found: list[str] = []
    for piece in _PIECES.findall(run):
        if "\u0e00" <= piece[0] <= "\u0e7f":
            found += _thai(piece)
        elif _KATAKANA.match(piece):
            found.append(piece)
        elif _OF_HAN.search(piece) or "\u3041" <= piece[0] <= "\u3096":
            found += _han(piece, language)
        else:
            found += pairs(piece)
    return tuple(found)


def pairs(letters: str) -> list[str]:
    """Return the overlapping pairs of characters; a single character is returned as it is."""
    return [letters[place : place + 2] for place in range(len(letters) - 1)] or [letters]


def inner_words(word: str) -> list[str]:
    """Return the characters of a Chinese or Japanese word, and of a long one the beginnings and ends that may be words."""
    if not _OF_HAN.search(word):
        return []
    found = [*word] if len(word) > 1 else []
    for place in range(SHORTEST, len(word) - SHORTEST + 1):
        found += (word[:place], word[place:])
    return found


def _thai(piece: str) -> Iterator[str]:
    words = lexicon("th")
    loose, may_end = "", False
    for word, known in _cut(_THAI_CLUSTER.findall(piece), "th"):
        # Foreign names are cut into short words that mean nothing there.
        if not known or (words[word] < RARE and _may_be_of_name(word)):
            if known and may_end:
                yield loose
                loose = ""
            loose, may_end = loose + word, False
            continue
        if loose and len(word) <= INNER_SYLLABLE and words[word] < INNER_RARE:
            loose, may_end = loose + word, True
            continue
        if loose:
            yield loose
        loose, may_end = "", False
        yield word
    if loose:
        yield loose


def _may_be_of_name(word: str) -> bool:
    """Return whether a rare Thai word may be a syllable of a foreign name: a longer one with a tone mark is none."""
    return len(word) < SYLLABLE or (len(word) == SYLLABLE and not _TONE.search(word))


def _han(piece: str, language: str) -> Iterator[str]:
    words = lexicon(language)
    form = piece.translate(simplified()) if language == "zh" else piece
    place, loose = 0, ""
    for word, _ in _cut([*form], language):
        written = piece[place : place + len(word)]
        place += len(word)
        if len(word) == 1 and _OF_HAN.match(word) and words.get(word, 0.0) < FUNCTION:
            loose += written
            continue
        if loose:
            yield from pairs(loose)
        loose = ""
        yield written
    if loose:
        yield from pairs(loose)


def _cut(parts: list[str], language: str) -> list[tuple[str, bool]]:
    """Return the likeliest sequence of words made of some parts, and whether each word is known."""
    words, costs, lengths = lexicon(language), _costs(language), _lengths(language)
    unknown, longest, last = _cost(UNKNOWN), LONGEST[language], len(parts)
    total = [0.0]  # of the likeliest words up to each place
    begun = [0]  # where the last of them begins
    known = [True]
    ending = [math.inf] * (last + 1)  # the same, if the last of them is a known word
    ending_begun = [0] * (last + 1)
    for start, before in enumerate(total):  # which grows by a place in each round
        if start == last:
            break
        word, end = parts[start], start + 1
        most = lengths.get("".join(parts[start : start + 2])[:2], BEGINNING)
        while True:
            zipf = words.get(word)
            if zipf is not None and before + costs[zipf] <= ending[end]:
                ending[end], ending_begun[end] = before + costs[zipf], start
            if len(word) >= most or end == last or end == start + longest:
                break
            word += parts[end]
            end += 1
        is_known = ending[start + 1] < before + unknown
        total.append(ending[start + 1] if is_known else before + unknown)
        begun.append(ending_begun[start + 1] if is_known else start)
        known.append(is_known)
    found: list[tuple[str, bool]] = []
    end = last
    while end:
        found.append(("".join(parts[begun[end] : end]), known[end]))
        end = begun[end]
    return found[::-1]


@lru_cache(maxsize=4)
def _costs(language: str) -> Mapping[float, float]:
    """Return the cost of a word by its frequency. A second list by word would take as long to make as to read the first."""
    return {zipf: _cost(zipf) for zipf in set(lexicon(language).values())}


@lru_cache(maxsize=4)
def _lengths(language: str) -> Mapping[str, int]:
    """Return how long the longest word is that begins with two characters and has more."""
    longer = [word for word in lexicon(language) if len(word) > BEGINNING]
    return {word[:BEGINNING]: len(word) for word in sorted(longer, key=len)}


def _cost(zipf: float) -> float:
    """Return the negative logarithm of a word's probability."""
    return (9 - zipf) * math.log(10)
