"""The language of a text, by its script and its commonest words."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.text.lexicon import commonest, languages
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLE = 60  # words that are enough to detect a language
COMMONEST = 30_000  # bytes of each list that are read: about 4,000 words; detection then takes 9 MB
UNSEEN = 3.0  # frequency, on the Zipf scale, of a word that the list of a language does not hold
ENOUGH = 8  # words of a text that is English if enough of them are English only
SURE = 0.12  # share of such words
ONLY_ENGLISH = 1.0  # how much commoner a word is in English than in any other language, on the Zipf scale
SHARE = 5  # one letter in so many of a script makes a text one of that script
DEFAULT = "en"

# Scripts in which one language, or the first of several, is written.
_SCRIPTS = (
    ("ja", "[\u3041-\u30fa]"), ("ko", "[\uac00-\ud7a3]"), ("zh", "[\u3400-\u9fff]"), ("th", "[\u0e00-\u0e7f]"),
    ("el", "[\u0370-\u03ff]"), ("he", "[\u05d0-\u05ea]"), ("hi", "[\u0900-\u097f]"), ("ru", "[\u0400-\u04ff]"),
    ("ar", "[\u0600-\u06ff]"), ("bn", "[\u0980-\u09ff]"), ("ta", "[\u0b80-\u0bff]"), ("hy", "[\u0530-\u058f]"),
    ("ka", "[\u10a0-\u10ff]"), ("te", "[\u0c00-\u0c7f]"), ("ml", "[\u0d00-\u0d7f]"), ("kn", "[\u0c80-\u0cff]"),
    ("gu", "[\u0a80-\u0aff]"), ("pa", "[\u0a00-\u0a7f]"), ("my", "[\u1000-\u109f]"), ("km", "[\u1780-\u17ff]"),
    ("lo", "[\u0e80-\u0eff]"), ("am", "[\u1200-\u137f]"), ("si", "[\u0d80-\u0dff]"),
)  # fmt: skip
_KANA = re.compile("[\u3041-\u30fa]")  # headlines may have few of them
_FOREIGN = re.compile("[\u0370-\u1dff\u3040-\ud7ff]")
_OTHER_SCRIPTS = frozenset(code for code, _ in _SCRIPTS) | {"uk", "bg", "fa", "ur", "ne", "mr"}
_NORMAL = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}  # codes for languages that have another one here
_OF_SCRIPT = tuple((code, re.compile(letters)) for code, letters in _SCRIPTS)
# Languages that share a script are distinguished by their words.
_TOGETHER = {"ru": ("ru", "uk", "bg"), "ar": ("ar", "fa")}
_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "ro", "hu", "tr", "ca", "id", "vi")  # fmt: skip
# Letters that a language has and its neighbours do not, each worth a common word.
_LETTERS = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "pl": "łąęśźżćń", "cs": "řěů", "sk": "ľĺŕ", "hu": "őű", "tr": "ğış", "ro": "țșăţş",
    "da": "æø", "nb": "æø", "sv": "å", "vi": "đơưạảấầẩậếềểệ", "uk": "іїєґ", "ru": "ыэё", "bg": "ъ", "fa": "پچژگی", "fr": "œ",
}  # fmt: skip


def language_of(text: str, row: Sequence[str] | None = None) -> str:
    """Return the ISO 639-1 code of a text's most likely language; English without any evidence. `row` are its words, if known."""
    start = text[: SAMPLE * 10]
    script = _script_of(start)
    if script and script not in _TOGETHER:
        return script
    row = (words(start) if row is None else row)[:SAMPLE]
    if len(row) >= ENOUGH and _english_words(row) >= SURE * len(row):
        return DEFAULT  # most items are English: they need not be compared with every language
    return _by_words(row, _TOGETHER.get(script, _LATIN), start) or script or DEFAULT


def said_or_detected(said: str, text: str, row: Sequence[str] | None = None) -> str:
    """Return the language that a feed says a text is in, unless the text is in another script or holds no English word.

    Programs that write feeds often say English, whatever their authors write. `row` are the words of the text, if known.
    """
    code = said[:2].lower()
    code = _NORMAL.get(code, code)
    if not code or (_writes_latin(code) and _is_foreign(text)) or (code in _OTHER_SCRIPTS and text.isascii()):
        return language_of(text, row)
    if code == DEFAULT:
        row = (words(text[: SAMPLE * 10]) if row is None else row)[:SAMPLE]
        if len(row) >= ENOUGH and not _english_words(row):
            return language_of(text, row)
    return code


def _writes_latin(code: str) -> bool:
    return code in _LATIN


def _is_foreign(text: str) -> bool:
    """Whether a text has many letters of other scripts than Latin."""
    return not text.isascii() and len(_FOREIGN.findall(text)) * SHARE > len(text)


def _script_of(text: str) -> str:
    if not _is_foreign(text):
        return ""
    found = (code for code, letters in _OF_SCRIPT if len(letters.findall(text)) * SHARE > len(text))
    code = next(found, "")
    return "ja" if code == "zh" and _KANA.search(text) else code


def _english_words(row: Sequence[str]) -> int:
    return sum(map(_english().__contains__, row))


def _by_words(row: Sequence[str], among: Sequence[str], text: str) -> str:
    """Return the language in which words are commonest; empty if none of them is common in any."""
    known = _common_words()
    points: dict[str, float] = defaultdict(float)
    for word in row:
        for code, more in known.get(word, ()):
            points[code] += more
    if not text.isascii():
        letters = set(text.lower())
        for code, its in _LETTERS.items():
            points[code] += 2 * len(letters.intersection(its))
    return max((code for code in among if points.get(code)), key=lambda code: points[code], default="")


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """Return the words that are common in English and in no other language."""
    return frozenset(
        word
        for word, its in _common_words().items()
        if (own := dict(its).get(DEFAULT)) is not None
        and all(own >= more + ONLY_ENGLISH for code, more in its if code != DEFAULT)
    )


@lru_cache(maxsize=1)
def _common_words() -> Mapping[str, Sequence[tuple[str, float]]]:
    """Return for each common word the languages it is common in, each with how much commoner it is than an unseen word."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    same: dict[
        tuple[str, float], tuple[tuple[str, float], ...]
    ] = {}  # equal values share one object, a third of the memory
    for code in sorted(languages() & {*_LATIN, *_TOGETHER["ru"], *_TOGETHER["ar"]}):
        for word, zipf in commonest(code, most=COMMONEST):
            if zipf > UNSEEN:
                pair = (code, zipf - UNSEEN)
                its = same.setdefault(pair, (pair,))
                found[word] = found[word] + its if word in found else its
    return found
