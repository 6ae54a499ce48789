"""Corrections of what a stemmer's rules do to a word, where the word list knows its other forms.

Rules tell endings by their letters alone: they take the end of a noun (журнал, альбом) for that of a verb or a case, and leave
that of a verb (führte) as if it were a noun's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.text.lexicon import frequency, lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RUSSIAN_CONSONANT = re.compile("[бвгджзклмнпрстфхцчшщ]$")
_RUSSIAN_A = "\u0430"
_RUSSIAN_U, _RUSSIAN_E = "\u0443", "\u0435"
_RUSSIAN_CASE = re.compile("(?<=..)(?:ами|ам|\u0430\u0445|ов|ом|[\u0430\u0443\u0435ыи])$")
_SHORTEST = 3  # letters of a word without its last one
_GERMAN_PAST = re.compile("(ge)?(....+?)e?t(?:e|en|er|es|em|est)?")
_CONSONANT = "[bcdfghjklmnpqrstvwxz]"
_DUTCH_SHORT = re.compile(f"(?<={_CONSONANT})([aeou])({_CONSONANT})$")  # a vowel written once
_DUTCH_LONG = re.compile(f"(?<={_CONSONANT})([aeou])\\1({_CONSONANT})$")


def base_form(word: str, code: str) -> str:
    """Return the form of a word whose stem is right: führen for führte, kvinnan for kvinnans; mostly the word itself."""
    find = _BASES.get(code)
    return find(word) if find else word


def bare_noun(word: str, code: str) -> str:
    """Return a Russian noun without its ending, if a stemmer takes it for a verb (журнала looks like a past); else nothing."""
    if code != "ru":
        return ""
    words = lexicon(code)
    for bare in (word, _RUSSIAN_CASE.sub("", word)):
        # The genitive, and the dative or the place: the past of a verb has no such forms.
        is_noun = bare + _RUSSIAN_A in words and (bare + _RUSSIAN_U in words or bare + _RUSSIAN_E in words)
        if is_noun and bare in words and _RUSSIAN_CONSONANT.search(bare):
            return bare
    return ""


def corrected(stem: str, word: str, code: str) -> str:
    """Return a Dutch stem in the spelling of its word: the s of plaats is no plural, woorden is of woord, grote of groot."""
    if code != "nl":
        return stem
    words = lexicon("nl")
    if word == stem + "s" and (word + "en" in words or word + "e" in words):
        return word
    if word.startswith(stem + "d") and stem not in words and stem + "d" in words:
        return stem + "d"
    bare = stem[:-1] if stem.endswith("e") and len(stem) > _SHORTEST else stem
    short = _DUTCH_LONG.sub(r"\1\2", bare)
    spellings = (bare, _DUTCH_SHORT.sub(r"\1\1\2", bare), short if word.startswith(short) else bare)
    return max(spellings, key=lambda one: words.get(one, 0.0))


def _russian(word: str) -> str:
    words = lexicon("ru")
    stem = word[:-1]
    is_noun = word.endswith("ему") and stem + _RUSSIAN_A in words and stem + "ы" in words
    return stem + _RUSSIAN_A if is_noun else word


def _german(word: str) -> str:
    past = _GERMAN_PAST.fullmatch(word)
    if past:
        for base in (f"{past[1] or ''}{past[2]}en", f"{past[2]}en"):
            if base in lexicon("de"):
                return base
    return word


def _dutch(word: str) -> str:
    verb = word[:-1] + "en"
    return verb if word.endswith("t") and len(word) > _SHORTEST and verb in lexicon("nl") else word


def _swedish(word: str) -> str:
    owner = word[:-1]
    is_long = word.endswith("s") and len(owner) > _SHORTEST
    is_genitive = is_long and frequency(owner, "sv") > frequency(word, "sv")
    return owner if is_genitive else word


_BASES: Mapping[str, Callable[[str], str]] = {"de": _german, "nl": _dutch, "ru": _russian, "sv": _swedish}
