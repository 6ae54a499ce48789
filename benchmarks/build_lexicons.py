"""Write the word lists of monitor/text/lexicons: `python benchmarks/build_lexicons.py [LANGUAGE ...]`.

Needs the packages wordfreq and pythainlp, which storywatch itself does not. A list holds words with their frequency in tenths
of the Zipf scale (the decimal logarithm of occurrences in a thousand million words), the commonest first.
"""

from __future__ import annotations

import gzip
import math
import sys
import unicodedata
from collections import defaultdict
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[1] / "monitor" / "text" / "lexicons"
LANGUAGES = [
    "en",
    "de",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "hu",
    "fr",
    "es",
    "it",
    "pt",
    "ro",
    "ca",
    "pl",
    "cs",
    "sk",
    "ru",
    "uk",
    "bg",
    "tr",
    "ar",
    "fa",
    "he",
    "hi",
    "bn",
    "ta",
    "id",
    "vi",
    "el",
    "zh",
    "ja",
    "ko",
    "th",
]
# Lists that also split compounds and texts without spaces hold rarer words.
OTHER_SCRIPTS = frozenset(
    ("ru", "uk", "bg", "ar", "fa", "he", "hi", "bn", "ta", "el", "zh", "ja", "ko", "th")
)
SPLITTING = frozenset(("de", "nl", "sv", "da", "nb", "zh", "ja", "ko", "th"))
RAREST = {"en": 4.0, "th": 2.7, "ta": 3.7} | dict.fromkeys(SPLITTING - {"th"}, 3.0)
USUALLY_RAREST = 3.5  # Zipf; rarer words are expected in less than one item of 10,000
TENTHS = 10
THOUSAND_MILLION = 1e9


def main(languages: list[str]) -> None:
    """Write a file for each language, and print its size."""
    total = 0
    for language in languages or LANGUAGES:
        rarest = RAREST.get(language, USUALLY_RAREST)
        classes: dict[int, list[str]] = defaultdict(list)
        for word, zipf in counted(language):
            if zipf >= rarest and is_word(word) and not (word.isascii() and language in OTHER_SCRIPTS):
                classes[round(zipf * TENTHS)].append(word)
        lines = [f"{zipf} {' '.join(sorted(classes[zipf]))}\n" for zipf in sorted(classes, reverse=True)]
        target = FOLDER / f"{language}.gz"
        target.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))
        total += target.stat().st_size
        print(f"{language}: {sum(map(len, classes.values()))} words, {target.stat().st_size} bytes")
    (FOLDER / "simplified.gz").write_bytes(gzip.compress(simplified().encode(), compresslevel=9, mtime=0))
    print(f"{total} bytes, and the simplified characters")


def counted(language: str) -> Iterator[tuple[str, float]]:
    """Yield the words of a language with their Zipf frequency."""
    if language == "th":
        yield from thai()
        return
    for centibels, words in enumerate(import_module("wordfreq").get_frequency_list(language, "small")):
        for word in words:
            yield word, 9 - centibels / 100


def thai() -> Iterator[tuple[str, float]]:
    """Yield the words of the Thai National Corpus."""
    text = files("pythainlp.corpus").joinpath("tnc_freq.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
    counts = {word: int(count) for word, count in rows}
    whole = sum(counts.values())
    for word, count in counts.items():
        if len(word) > 1:  # single consonants are no words
            yield word, math.log10(count / whole * THOUSAND_MILLION)


def simplified() -> str:
    """Return the traditional Chinese characters, each followed by its simplified one."""
    packed = files("wordfreq").joinpath("data/_chinese_mapping.msgpack.gz").read_bytes()
    table = import_module("msgpack").loads(gzip.decompress(packed), strict_map_key=False)
    return "".join(f"{chr(traditional)}{simple}" for traditional, simple in sorted(table.items()))


def is_word(text: str) -> bool:
    """Whether a text is made of letters and their marks only."""
    return all(unicodedata.category(letter)[0] in "LM" for letter in text)


if __name__ == "__main__":
    main(sys.argv[1:])
