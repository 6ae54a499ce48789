"""Endings and beginnings that stemmers leave on words: particles of Korean, articles of Bulgarian, prefixes of Arabic."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from monitor.text.forms.semitic import arabic, hebrew
from monitor.text.lexicon import frequency, lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Particles, by what a syllable before them ends with: a consonant, a vowel, or either.
_AFTER_CONSONANT = ("으로부터", "이라는", "이라고", "이라며", "이지만", "이었다", "으로서", "으로써", "으로는", "으로도", "이나", "이며",
                    "이다", "이란", "으로", "과의", "은", "이", "을", "과")  # fmt: skip
_AFTER_VOWEL = (
    "라는",
    "라고",
    "라며",
    "지만",
    "였다",
    "로부터",
    "로서",
    "로써",
    "로는",
    "로도",
    "와의",
    "란",
    "로",
    "는",
    "가",
    "를",
    "와",
)
_AFTER_ANY = ("에서는", "에서도", "에게서", "까지는", "까지도", "에서의", "에게", "에서", "에는", "에도", "께서", "한테", "까지", "부터", "마저",
              "조차", "처럼", "보다", "마다", "만큼", "들이", "들은", "들을", "들의", "들에게", "들도", "들과", "들", "의", "에", "도", "만")  # fmt: skip
_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28
_SHORTEST = 2  # syllables of an unknown word that stay
# Endings of sentences and clauses, on verbs.
_OF_VERBS = ("다고", "다는", "다며", "다면", "라며", "습니다", "면서", "지만", "도록", "려고", "는데", "다", "고", "며", "는", "던",
             "면", "자", "지", "게", "기", "어", "아", "여", "서")  # fmt: skip
# Forms of the verbs that make verbs of nouns: `do`, `become`, `undergo`, `cause`.
_KOREAN_VERB = re.compile(
    "(?:하|했|한|할|함|해|되|됐|된|될|됨|돼|당하|당했|당한|시키|시켰|시킨|시킬|받|입)"
    "(?:였|었|았|지)?(?:다|다고|다는|다며|습니다|고|며|면|면서|는|던|던데|기|기로|기도|게|여|어|야|서|도록|려|려고|자|지|지만|ㄴ다|니다|는데)?$"
)
_BULGARIAN_ARTICLE = re.compile("(?<=...)(?:ът|ят|та|то|те)$")
# Ukrainian is stemmed by the rules of Russian, which has the same endings in other letters.
_UKRAINIAN = str.maketrans("\u0456\u0457\u0454\u0491", "\u0438\u0438\u0435\u0433")  # i, yi, ye, g


_PARTICLES = sorted((*_AFTER_ANY, *_AFTER_CONSONANT, *_AFTER_VOWEL), key=len, reverse=True)
_KNOWN_ENDINGS = sorted((*_PARTICLES, *_OF_VERBS), key=len, reverse=True)
_TURKISH_ENDINGS = frozenset("\u0131iuü")
_LONG = 5  # letters
_ARTICLES = ("et", "en", "n", "t")
_KNOWN_NOUN = 3.5  # frequency of a noun on the Zipf scale
_LEAST_REST = 3  # letters of a noun without its article
_RUSSIAN = (
    (re.compile("(?<=....)ск$"), ""),  # сандорский, of Сандор
    (re.compile("(?<=..)[\u043e\u0435](?=[кц]$)"), ""),  # рынок, рынка; отец, отца
    (re.compile("(?<=...)[\u043e\u0435]в$|(?<=....)ен$"), ""),  # Садыков, Садыкова; Воссен, Воссену
    (re.compile("(?<=..)(?:ив|ыв|(?<=[ая])н)$"), ""),  # взрыв, взрыва; разлив, капитан
)
# What stemmers leave of the forms of a word, by language: each pattern is replaced in turn, in every stem. A pattern may also change
# stems that need no change, as long as it changes all forms of a word alike.
_SETTLED: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "fi": ((re.compile("(?<=...[a\u00e4iu])s$"), "n"),),  # Virtanen, Virtasen
    "hi": ((re.compile("(?<=...)\u0928$"), ""),),  # kampani, kampaniyon
    "pl": (
        (re.compile("(?<=..)ni\u0119c?$"), "ni\u0119t"),  # zamknięcie, zamknięty
        (re.compile("(?<=....)sk$"), ""),  # olszynowski, of Olszynów
        (re.compile("(?<=....)ow$"), ""),  # Olszynów, Olszynowie
        (re.compile("(?<=..)i?e(?=[kc]$)"), ""),  # Koslarek, Koslarka; Niemiec, Niemca
        (re.compile("(?<=[^aeiouy\u0105\u0119\u00f3])c$"), "k"),  # Warence, Warenka
    ),
    "ru": _RUSSIAN,
    "tr": ((re.compile("(?<=.....)[ae]$"), ""),),  # Ankara, Ankarada
    "uk": _RUSSIAN,
}


def without_endings(word: str, code: str) -> str:
    """Return a word in lower case without the particles of its language; the word itself where there are none."""
    strip = _STRIPPED.get(code)
    return strip(word) if strip else word


def _without_article(word: str, code: str) -> str:
    """Return a Scandinavian noun without the article at its end: vraket is vrak, oljan is olja."""
    for article in _ARTICLES:
        rest = word.removesuffix(article)
        if rest != word and len(rest) > _LEAST_REST and frequency(rest, code) >= _KNOWN_NOUN:
            return rest
    return word


def _korean(word: str) -> str:
    if not all(_FIRST <= ord(letter) <= _LAST for letter in word):
        return word
    verb = _KOREAN_VERB.search(word)
    if verb is not None and verb.start() >= _SHORTEST:
        return word[: verb.start()]
    words = lexicon("ko")
    if word in words:
        return word
    for ending in _KNOWN_ENDINGS:
        if word.endswith(ending) and word.removesuffix(ending) in words:
            return word.removesuffix(ending)
    for particle in _PARTICLES:
        stay = len(word) - len(particle)
        if stay >= _SHORTEST and word.endswith(particle) and _fits(word[stay - 1], particle):
            return word[:stay]
    return word


def _fits(syllable: str, particle: str) -> bool:
    final = (ord(syllable) - _FIRST) % _FINALS
    if particle in _AFTER_ANY:
        return True
    if particle in _AFTER_VOWEL:
        return final == 0 or (final == 8 and particle.startswith("로"))  # noqa: PLR2004 (the final consonant l)
    return final != 0


def settled(stem: str, code: str) -> str:
    """Return a stem in the form that it has in common with the other forms of its word, where a stemmer leaves several."""
    for pattern, common in _SETTLED.get(code, ()):
        stem = pattern.sub(common, stem)
    if code == "tr" and stem[-1:] in _TURKISH_ENDINGS and len(stem) > _LONG:
        # Loanwords keep endings: petrolü is petrol.
        bare = stem[:-1]
        return bare if frequency(bare, code) > frequency(stem, code) else stem
    return stem


def _bulgarian(word: str) -> str:
    return _BULGARIAN_ARTICLE.sub("", word)


def _ukrainian(word: str) -> str:
    return word.translate(_UKRAINIAN)


_STRIPPED: Mapping[str, Callable[[str], str]] = {
    "ar": arabic,
    "bg": _bulgarian,
    "da": partial(_without_article, code="da"),
    "he": hebrew,
    "ko": _korean,
    "nb": partial(_without_article, code="nb"),
    "sv": partial(_without_article, code="sv"),
    "uk": _ukrainian,
}
