"""Words and numbers that a translation keeps: names, in Latin letters and without their endings, and figures. Pure."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from monitor.text.folding import fold
from monitor.text.memo import Memo
from monitor.text.stems import stem, stop_words
from monitor.text.words import words
from monitor.topics.vocabulary.frequencies import shipped

UNIT = 1000  # the worth of a word or number is given in thousandths, like rarity
RARE = 6 * UNIT  # rarity from which a word counts: in one item of 400 or fewer
SHORTEST = 4  # letters of a word that counts
KEPT_LETTERS = 6  # letters that are compared: the rest may be an ending (Wronice, w Wronicach)
KNOWN_WORDS = 1 << 15  # cached words of a language
TWO_DIGITS, MORE_DIGITS, LARGE = 2 * UNIT, 5 * UNIT, 7 * UNIT  # the worth of a number
SHORT_NUMBER, LARGE_FROM = 2, 5  # digits
# Languages whose letters do not show a name's Latin spelling.
LETTERLESS = frozenset(("ar", "bn", "fa", "he", "hi", "ja", "ko", "ta", "th", "zh"))

_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f\u2009 ']\d{3}(?!\d))*(?:[.,]\d+)?")
_GROUPED = re.compile(r"[.,\u00a0\u202f\u2009 '](?=\d{3}(?!\d))")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэі", "abvgdeziiklmnoprstufyei", strict=True))
    | dict(zip("αβγδεζηικλμνξοπρστυφωσ", "avgdeziiklmnxoprstyfos", strict=True))
    | {
        "ж": "zh", "\u0445": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
        "є": "ye", "ґ": "g", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "d", "џ": "dz", "θ": "th", "χ": "ch", "ψ": "ps",
    }
)  # fmt: skip


def names(text: str, language: str) -> dict[str, int]:
    """Return the rare words of a text in a form that other languages share, each with its worth.

    A name is rare in every language. Other rare words differ, or are shared by languages that are near relations.
    """
    return {key: worth for key, worth in map(_known(language).__getitem__, words(text, language)) if worth}


def numbers(text: str) -> dict[str, int]:
    """Return the numbers of a text, written alike (1200, 6.1), each with its worth; single digits have none."""
    found = {}
    for written in _NUMBER.findall(text):
        number = _GROUPED.sub("", written).replace(",", ".")
        if len(number) > 1:
            found[number] = _worth(number)
    return found


def shared(one: dict[str, int], other: dict[str, int]) -> int:
    """Return the total worth of what two texts share; of two worths the smaller counts."""
    return sum(min(one[key], other[key]) for key in one.keys() & other.keys())


def _worth(number: str) -> int:
    digits = len(number.replace(".", ""))
    if (digits == SHORT_NUMBER and "." not in number) or _YEAR.fullmatch(number):
        return TWO_DIGITS
    return LARGE if digits >= LARGE_FROM else MORE_DIGITS


@lru_cache(maxsize=64)
def _known(language: str) -> Memo[tuple[str, int]]:
    return Memo(partial(_key, language), most=KNOWN_WORDS)


def _key(language: str, word: str) -> tuple[str, int]:
    """Return a word's first letters, in Latin letters without accents, and its rarity; 0 if it does not count."""
    rarity = round(UNIT * shipped(language).rarity(stem(word, language)))
    counts = rarity >= RARE and not word[0].isdigit() and word not in stop_words(language)
    latin = fold(word).translate(_LATIN)
    return latin[:KEPT_LETTERS], rarity if counts and len(latin) >= SHORTEST else 0
