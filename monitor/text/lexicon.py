"""Word lists of languages: how frequent a word is, and which words there are at all."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "monitor.text.lexicons"
TENTHS = 10
LINES = 1 << 20  # more characters than any list has
SHARED = {
    "no": "nb",
    "nn": "nb",
    "hr": "sl",
    "iw": "he",
    "in": "id",
    "ms": "id",
}  # codes without a list of their own
NO_WORDS: Mapping[str, float] = MappingProxyType({})


def code_of(language: str) -> str:
    """Return the code under which a language's list is kept: `nb` for `no`, `zh` for `zh-TW`."""
    code = language[:2].lower()
    return SHARED.get(code, code)


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """Return the languages that have a list."""
    names = (file.name for file in files(FOLDER).iterdir())
    return frozenset(name.removesuffix(".gz") for name in names if len(name) == len("xx.gz"))


@lru_cache(maxsize=64)
def lexicon(language: str) -> Mapping[str, float]:
    """Return the words of a language, in lower case, with their frequency on the Zipf scale; empty without a list.

    The scale is the decimal logarithm of a word's occurrences in a thousand million words: 6 is once in a thousand.
    """
    return dict(commonest(language, most=LINES)) or NO_WORDS


def frequency(word: str, language: str) -> float:
    """Return the frequency of a word in lower case on the Zipf scale; 0 for a word that is not in the list."""
    words = lexicon(language)
    return words.get(word) or words.get(word.replace("ß", "ss").replace("\u03c2", "\u03c3"), 0.0)


def commonest(language: str, *, most: int) -> Iterator[tuple[str, float]]:
    """Yield the words in a list's first `most` characters, the commonest first, with their frequency."""
    code = code_of(language)
    if code not in languages():
        return
    with files(FOLDER).joinpath(f"{code}.gz").open("rb") as packed, gzip.open(packed, "rt", "utf-8") as lines:
        for line in lines.read(most).split("\n"):
            tenths, *words = line.split(" ")
            for word in words:
                yield word, int(tenths) / TENTHS


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Return the simplified form of each traditional Chinese character, for `str.translate`."""
    text = gzip.decompress(files(FOLDER).joinpath("simplified.gz").read_bytes()).decode()
    return {ord(one): other for one, other in zip(text[::2], text[1::2], strict=True)}
