"""Words as the identities of stored items know them: in lower case, without accents, and pairs where a script has no spaces.

Databases hold keys made of these words, so that this module never changes: an item whose key changed would be new again.
"""

from __future__ import annotations

import re
import unicodedata

# Scripts without spaces between words. Hangul is spaced and stays whole.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
# Letters and digits, plus the vowel signs of Indic scripts, which `\w` leaves out.
_LETTER = "[^\\W_\u00aa\u00ba]|[\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1000-\u109f\u1780-\u17d3]"
_WORD = re.compile(f"(?:{_LETTER})(?:{_LETTER}|'(?=[^\\W\\d_]))*|\\d+(?:[.,]\\d+)+")
_PLAIN_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
# 1,000 is the word 1000. The pattern begins with the comma, which is found seven times as fast as a digit before it.
_NUMBER = re.compile(r",(?<=\d,)(?=\d{3}\b)")
_TWO_DOTS = re.compile(r"\.[^\W\d_]\.")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S. is the word us
_ELISION = re.compile(r"^(?:l|d|j|qu|c|n|s|m|t|dell|nell|sull)'(?=\w)")  # French and Italian l', d', dell'
_MARKS = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0670\u0591-\u05bd]"
)  # accents, Arabic and Hebrew vowel points
_SIGNS = (("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", "-"), ("\u2014", "-"),
          ("\u2026", " "), ("\u00a0", " "), ("\u02bc", "'"), ("\uff07", "'"))  # fmt: skip


def identity_words(text: str) -> list[str]:
    """Return the words of plain text as keys of items hold them."""
    if not text.isascii():
        for sign, plain_sign in _SIGNS:
            text = text.replace(sign, plain_sign)
        if not text.isascii():
            return _words_of_any_script(text)
    folded = text.lower()
    if "." in folded or "," in folded:
        folded = _joined(folded)
    found = _PLAIN_WORD.findall(folded)
    if "'" in folded:
        return [part for word in found for part in (_without_apostrophe(word) if "'" in word else (word,))]
    return found


def _joined(text: str) -> str:
    if "," in text:
        text = _NUMBER.sub("", text)
    if _TWO_DOTS.search(text) is None:
        return text
    return _ACRONYM.sub(lambda found: found.group().replace(".", "") + " ", text)


def _words_of_any_script(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    folded = _joined(unicodedata.normalize("NFC", _MARKS.sub("", folded)))
    unspaced = _UNSPACED_RUN.search(folded) is not None
    found: list[str] = []
    for word in _WORD.findall(folded):
        found += _pairs(word) if unspaced else _without_apostrophe(word)
    return found


def _without_apostrophe(word: str) -> list[str]:
    if "'" not in word:
        return [word]
    bare = _ELISION.sub("", word.removesuffix("'s"))
    return [bare.replace("'", "")] if bare else []


def _pairs(word: str) -> list[str]:
    """Return the parts of a word in spaced scripts whole, and its runs of unspaced scripts as overlapping pairs."""
    if _UNSPACED_RUN.search(word) is None:
        return _without_apostrophe(word)
    parts: list[str] = []
    last = 0
    for run in _UNSPACED_RUN.finditer(word):
        if run.start() > last:
            parts.append(word[last : run.start()])
        letters = run.group()
        parts += [letters[i : i + 2] for i in range(len(letters) - 1)] or [letters]
        last = run.end()
    if last < len(word):
        parts.append(word[last:])
    return parts
