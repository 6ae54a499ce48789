"""Word lists of languages: how frequent a word is, and which words there are at all."""

from __future__ import annotations

import zlib
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "monitor.text.lexicons"
TENTHS = 10
GZIP = zlib.MAX_WBITS | 16  # says to zlib that data has a header of gzip
SHARED = {
    "no": "nb",
    "nn": "nb",
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
    return dict(commonest(language)) or NO_WORDS


def frequency(word: str, language: str) -> float:
    """Return the frequency of a word in lower case on the Zipf scale; 0 for a word that is not in the list."""
    words = lexicon(language)
    return words.get(word) or words.get(word.replace("ß", "ss").replace("\u03c2", "\u03c3"), 0.0)


def commonest(language: str, *, most: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the words in a list's first `most` bytes (0 for all), the commonest first, with their frequency."""
    code = code_of(language)
    if code not in languages():
        return
    packed = files(FOLDER).joinpath(f"{code}.gz").read_bytes()
    text = zlib.decompressobj(GZIP).decompress(packed, most).decode("utf-8", "ignore")
    if most:
        text = text[: text.rindex(" ")]  # the last word may be cut
    for line in text.splitlines():
        tenths, *words = line.split(" ")
        zipf = int(tenths) / TENTHS
        for word in words:
            yield word, zipf


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Return the simplified form of each traditional Chinese character, for `str.translate`."""
    text = zlib.decompress(files(FOLDER).joinpath("simplified.gz").read_bytes(), GZIP).decode()
    return {ord(one): other for one, other in zip(text[::2], text[1::2], strict=True)}
