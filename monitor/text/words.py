"""Splitting and cleaning of text, as every part of storywatch uses it.

Words are whole, in order, in lower case and with their accents; `monitor.text.stems` makes them comparable. Scripts written
without spaces are cut into words by `monitor.text.segments`.
"""

from __future__ import annotations

import re
import unicodedata

# Letters of scripts that are written without spaces.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
# Letters and digits, plus the vowel signs of Indic scripts, which `\w` leaves out.
_LETTER = "[^\\W_\u00aa\u00ba]|[\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1000-\u109f\u1780-\u17d3]"
_WORD = re.compile(f"(?:{_LETTER})(?:{_LETTER}|'(?=[^\\W\\d_]))*|\\d+(?:[.,]\\d+)+")
# The same in text of Latin-1, in lower case and normalised (NFKC).
_LATIN_WORD = re.compile(
    "[a-z0-9\u00df-\u00f6\u00f8-\u00ff]+(?:'(?=[a-z\u00df-\u00f6\u00f8-\u00ff])[a-z0-9\u00df-\u00f6\u00f8-\u00ff]+)*"
)
_PLAIN_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
# 1,000 is the word 1000. The pattern begins with the comma, which is found seven times as fast as a digit before it.
_NUMBER = re.compile(r",(?<=\d,)(?=\d{3}\b)")
_TWO_DOTS = re.compile(r"\.[^\W\d_]\.")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S. is the word us
# 40.000 and 40 000 are the word 40000 in languages that write thousands so.
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[. ]\d{3})+(?![\d.,]*\d)")
_POINTED = frozenset(("bg", "ca", "cs", "da", "de", "el", "es", "fi", "fr", "hu", "id", "it", "nb", "nl", "nn", "no", "pl", "pt",
                      "ro", "ru", "sk", "sv", "tr", "uk"))  # fmt: skip
# Shortened words before a vowel in French, Italian and Catalan: l', d', dell', jusqu'.
_ELISION = re.compile(
    r"^(?:[ldjcnsmt]|(?:jus|lors|puis|quoi|quel|pres)?qu|entr|gl|un|nessun|ciascun|quest|quell|bell|sant|grand|tutt|mezz|"
    r"senz|anch|[cd]om|dov|cos|[dns]ell|d?all|coll|sull)'(?=\w)"
)
LATIN = "\u00ff"  # the last letter of Latin-1
TURKIC = frozenset(("tr", "az"))  # languages with an i without a dot
_SUFFIX = re.compile(r"'\w+")  # Turkish endings of names: Ankara'da
# Accents that no letter exists with, Hebrew and Arabic vowel points, and the stroke that stretches Arabic words.
_LOOSE_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]"
)
_DIGITS = {
    first + digit: ord("0") + digit
    for first in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)  # Arabic, Persian, Devanagari, Bengali, Thai
    for digit in range(10)
}
_SIGNS = (("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", "-"), ("\u2014", "-"),
          ("\u2026", " "), ("\u00a0", " "), ("\u02bc", "'"), ("\uff07", "'"))  # fmt: skip

# Terminal colours, then C0 and C1 without the blanks, soft hyphen, zero-width and bidi controls, surrogates, interlinear marks, tags.
_UNPRINTABLE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_TAG_OR_ENTITY = re.compile(r"<[a-zA-Z!/?]|&(?:#\w|\w+;)")
_TAG_NAME = re.compile("</?([a-zA-Z][a-zA-Z0-9]*)")
_TABLE = frozenset(("table", "tr", "td", "th"))  # a table may have rows without a tag
_BLOCKS = _TABLE | frozenset((
    "p", "div", "br", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr",
    "section", "article", "header", "footer", "aside", "nav", "figure", "figcaption", "form", "option", "title",
))  # fmt: skip
_UNREAD = frozenset(("script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math"))


def words(text: str, language: str = "") -> list[str]:
    """Return the words of plain text in lower case; `Amazon's` gives `amazon`. Without a language, its habits are not known."""
    if not text.isascii():
        text = _with_plain_signs(text)
    if language in TURKIC:
        text = _SUFFIX.sub("", text.replace("I", "\u0131").replace("\u0130", "i"))
    if not text.isascii():
        return _words_of_any_script(text, language)
    lower = text.lower()
    if "." in lower or "," in lower:
        lower = _joined(lower)
    if language in _POINTED:
        lower = _THOUSANDS.sub(_run_together, lower)
    found = _PLAIN_WORD.findall(lower)
    return _without_apostrophes(found) if "'" in lower else found


def habits_of(language: str) -> str:
    """Return the language under which `words` splits text: two languages with the same one split alike."""
    code = language[:2].lower()
    return code if code in _POINTED or code in TURKIC or code in ("ja", "zh") else ""


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


def _run_together(found: re.Match[str]) -> str:
    return found.group().replace(".", "").replace(" ", "")


def _words_of_any_script(text: str, language: str) -> list[str]:
    lower = unicodedata.normalize("NFKC", text).lower()
    # What a text has decides which steps it needs: to try each step on the whole text takes several times as long.
    others = "".join(letter for letter in set(lower) if letter > LATIN)
    if others and _LOOSE_MARKS.search(others):
        lower = _LOOSE_MARKS.sub("", lower)
    if others and not _DIGITS.keys().isdisjoint(map(ord, others)):
        lower = lower.translate(_DIGITS)
    lower = _joined(lower)
    if "\u0e4d" in others or "\u0ecd" in others:  # Thai and Lao am, which normalisation takes apart
        lower = lower.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    if language in _POINTED:
        lower = _THOUSANDS.sub(_run_together, lower)
    found = (_WORD if others else _LATIN_WORD).findall(lower)
    if _UNSPACED_RUN.search(others):
        from monitor.text.segments import unspaced_language  # noqa: PLC0415  # few texts need it

        by = unspaced_language(lower, language)
        return [part for word in found for part in _unspaced(word, by)]
    return _without_apostrophes(found) if "'" in lower else found


def _without_apostrophes(found: list[str]) -> list[str]:
    return [bare for word in found if (bare := _bare(word) if "'" in word else word)]


def _bare(word: str) -> str:
    """Return a word without its apostrophes and what stands before or after them; empty if nothing is left."""
    return _ELISION.sub("", word.removesuffix("'s")).replace("'", "")


def _unspaced(word: str, by: str) -> list[str]:
    """Return the parts of a word in spaced scripts whole, and its runs of unspaced scripts cut into words."""
    if _UNSPACED_RUN.search(word) is None:
        return _without_apostrophes([word])
    from monitor.text.segments import segmented  # noqa: PLC0415  # as above

    parts: list[str] = []
    last = 0
    for run in _UNSPACED_RUN.finditer(word):
        if run.start() > last:
            parts.append(word[last : run.start()])
        parts += segmented(run.group(), by)
        last = run.end()
    if last < len(word):
        parts.append(word[last:])
    return parts


def plain(html_or_text: str) -> str:
    """Return the text of an HTML fragment on one line: no tags, scripts or styles, entities decoded once."""
    if not _TAG_OR_ENTITY.search(html_or_text):
        return " ".join(html_or_text.split())  # at blanks of every kind; a tenth of an expression's time
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # no word of a rule needs it

    tree, (unread, blocks) = LexborHTMLParser(html_or_text), _selectors_of(html_or_text)
    for node in tree.css(unread) if unread else ():
        node.decompose()
    for node in tree.css(blocks) if blocks else ():
        node.insert_before(" ")
        node.insert_after(" ")
    root = tree.root
    return " ".join(root.text().split()) if root is not None else ""


def _selectors_of(html: str) -> tuple[str, str]:
    """Return selectors of the elements that are not read, and of blocks, without those that the fragment cannot have.

    A selector of forty names takes half of the time of a short text.
    """
    names = {name.lower() for name in set(_TAG_NAME.findall(html))}
    unread = [*(names & _UNREAD), *(["head > meta"] if "meta" in names else [])]
    blocks = names & _BLOCKS | (_TABLE if "table" in names else frozenset())
    return ", ".join(unread), ", ".join(blocks)


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
