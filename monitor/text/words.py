"""Splitting, folding and cleaning of text, as every part of storywatch uses it.

Words are whole, in order, casefolded and without accents. Scripts written without spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese) become overlapping pairs of characters, so that phrases and single words match there too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache, partial
from sys import intern
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from monitor.text.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Iterable

STEM_CACHE_WORDS = 1 << 17  # cached distinct words; a busy news archive has about 100,000
LONGEST_STEMMED = 40  # letters; no language needs more, and the time for stemming grows with the length

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

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
# Common English lists contain face, fire, interest and state; this one has function words and news filler only.
_ENGLISH = frozenset(
    """
    a about above after again against all almost along already also although always am among an and another any anyone
    anything are arent around as at away b back be became because become been before behind being below between both but
    by c can cannot cant could couldnt d did didnt do does doesnt doing done dont down during e each either else etc
    even ever every everyone everything f far few for from further g get gets getting give given go goes going gone got h
    had has hasnt have havent having he hed hell her here hers herself hes him himself his how however i id if ill im in
    indeed instead into is isnt it itll its itself ive j just k keep kept know l least less let like likely ll m made
    make makes making many may maybe me might mine more most much must my myself n neither never no none nor not nothing
    now o of off often on once one only onto or other others our ours ourselves out over own p per perhaps put q quite r
    rather re really s said same say saying says see seem seemed seen several shall she should shouldnt since so some
    someone something soon still such t take taken takes taking tell than that thats the their theirs them themselves then
    there theres these they theyre theyve thing things this those though three through thus to together told too took
    toward towards two u under until up upon us use used uses using v ve very via w want was wasnt way we well went were
    werent weve what whatever when where whether which while who whole whom whose why will with within without wont would
    wouldnt x y yes yet you youll your youre yours yourself youve z according added including amid amidst
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december today yesterday tomorrow day days week weeks month months year years time times
    ap afp upi reuter reuters mln bln pct cts dlrs stg vs first last new
    """.split()  # noqa: SIM905 (a paragraph of words reads better than 400 quoted ones)
)
_SIGNS = (("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", "-"), ("\u2014", "-"),
          ("\u2026", " "), ("\u00a0", " "), ("\u02bc", "'"), ("\uff07", "'"))  # fmt: skip

# Terminal colours, then C0 and C1 without the blanks, soft hyphen, zero-width and bidi controls, surrogates, interlinear marks, tags.
_UNPRINTABLE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_TAG_OR_ENTITY = re.compile(r"<[a-zA-Z!/?]|&(?:#\w|\w+;)")
_BLOCKS = (
    "p, div, br, li, ul, ol, dl, dt, dd, tr, td, th, table, h1, h2, h3, h4, h5, h6, blockquote, pre, hr, section, "
    "article, header, footer, aside, nav, figure, figcaption, form, option, title"
)
_UNREAD = "script, style, template, noscript, iframe, object, embed, svg, math, head > meta"


def words(text: str) -> list[str]:
    """Return the words of plain text, casefolded and without accents; `Amazon's` gives `amazon`."""
    if not text.isascii():
        text = _with_plain_signs(text)
        if not text.isascii():
            return _words_of_any_script(text)
    folded = text.lower()
    if "." in folded or "," in folded:
        folded = _joined(folded)
    found = _PLAIN_WORD.findall(folded)
    if "'" in folded:
        return [part for word in found for part in (_without_apostrophe(word) if "'" in word else (word,))]
    return found


def without_accents(text: str) -> str:
    """Return text without accents, otherwise unchanged."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))


def _with_plain_signs(text: str) -> str:
    """Return text with common typographic signs replaced by ASCII, which makes most English text fast to process."""
    for sign, plain_sign in _SIGNS:
        text = text.replace(sign, plain_sign)
    return text


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


@lru_cache(maxsize=64)
def _stems(language: str) -> Memo[str]:
    return Memo(partial(_stemmed, _ALGORITHMS.get(language[:2].lower())), most=STEM_CACHE_WORDS)


def _stemmed(algorithm: str | None, word: str) -> str:
    if algorithm is None or not word.isalpha() or len(word) > LONGEST_STEMMED:
        return word
    # Imported here, like the lists of stop words: reading feeds needs neither.
    import Stemmer  # noqa: PLC0415

    # A stemmer keeps state, so each call makes one for thread safety; the cache makes calls rare.
    return intern(Stemmer.Stemmer(algorithm, 0).stemWord(word))


def stem(word: str, language: str = "en") -> str:
    """Return the Snowball stem of a folded word, or the word itself for a language without a stemmer."""
    return _stems(language)[word]


def stems(row: Iterable[str], language: str = "en") -> list[str]:
    """Return the stems of folded words, in order."""
    return [*map(_stems(language).__getitem__, row)]


def phrase_stems(text: str, language: str) -> tuple[str, ...]:
    """Return the stems of a phrase's words; two phrases with the same stems are the same term."""
    return tuple(stems(words(text), language))


@lru_cache(maxsize=64)
def stop_words(language: str = "en") -> frozenset[str]:
    """Return the folded stop words of a language; none for a language without a list."""
    code = language[:2].lower()
    if code == "en":
        return _ENGLISH
    import stopwordsiso  # noqa: PLC0415  # see _Stems

    if not stopwordsiso.has_lang(code):
        return frozenset()
    return frozenset(part for word in stopwordsiso.stopwords(code) for part in words(word))


def is_stop_word(word: str, language: str = "en") -> bool:
    """Return whether a folded word is a stop word of its language."""
    return word in stop_words(language)


_TOLD_APART = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu", "tr", "ru",
               "uk", "el", "ar", "he", "hi", "ja", "ko", "zh", "th")  # fmt: skip
_SCRIPTS = (("ja", "[\u3041-\u30fa]"), ("ko", "[\uac00-\ud7a3]"), ("zh", "[\u4e00-\u9fff]"), ("th", "[\u0e00-\u0e7f]"),
            ("el", "[\u0370-\u03ff]"), ("he", "[\u05d0-\u05ea]"), ("hi", "[\u0900-\u097f]"),
            ("uk", "[\u0456\u0457\u0454\u0491]"), ("ru", "[\u0400-\u04ff]"), ("ar", "[\u0600-\u06ff]"))  # fmt: skip
_SAMPLE = 400  # words, or characters of a script, that are enough to detect a language


@lru_cache(maxsize=1)
def _called_empty() -> dict[str, list[str]]:
    """Return, by word, the languages in which it is a stop word."""
    codes: dict[str, list[str]] = {}
    for code in _TOLD_APART:
        for word in stop_words(code):
            codes.setdefault(word, []).append(code)
    return codes


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's most likely language; English without any evidence."""
    start = text[: _SAMPLE * 10]
    for code, letters in () if start.isascii() else _SCRIPTS:
        if len(re.findall(letters, start)) * 5 > len(start):
            return code
    row = words(start)[:_SAMPLE]
    if not row:
        return "en"
    # Hits are weighted by the length of the language's list, so that a long list has no advantage.
    empty = _called_empty()
    hits = Counter([code for word in row if word in empty for code in empty[word]])
    shares = {code: hits[code] / len(stop_words(code)) ** 0.25 for code in _TOLD_APART if code in hits}
    return max(shares, key=lambda code: shares[code], default="en")


def plain(html_or_text: str) -> str:
    """Return the text of an HTML fragment on one line: no tags, scripts or styles, entities decoded once."""
    if not _TAG_OR_ENTITY.search(html_or_text):
        return " ".join(html_or_text.split())  # at blanks of every kind; a tenth of an expression's time
    tree = LexborHTMLParser(html_or_text)
    for node in tree.css(_UNREAD):
        node.decompose()
    for node in tree.css(_BLOCKS):
        node.insert_before(" ")
        node.insert_after(" ")
    root = tree.root
    return " ".join(root.text().split()) if root is not None else ""


def clean_line(text: str) -> str:
    """Return text as one line that is safe to print and to put into a header.

    Line breaks of every kind (NEL, U+2028) become spaces; control, zero-width and bidi characters (UAX #9) and
    lone surrogates are removed.
    """
    if (
        text.isascii() and text.isprintable()
    ):  # true for most ids and titles: the space is the only printable blank
        return " ".join(text.split()) if "  " in text else text.strip()
    return " ".join(_UNPRINTABLE.sub("", text).split())
