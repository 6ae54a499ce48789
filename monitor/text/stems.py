"""Stems: words without endings and accents, which makes the forms of a word comparable, and stop words.

A word is stemmed by its language's own rules before its accents are removed, since these tell endings apart. Compounds become
their parts.
"""

from __future__ import annotations

from functools import lru_cache, partial
from sys import intern
from threading import local
from typing import TYPE_CHECKING

from monitor.text.folding import fold
from monitor.text.forms.compounds import LINKS, parts
from monitor.text.forms.endings import settled, without_endings
from monitor.text.forms.known_forms import bare_noun, base_form, corrected
from monitor.text.lexicon import code_of, simplified
from monitor.text.memo import Memo
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import Stemmer

_of_thread = local()
STEM_CACHE_WORDS = 1 << 17  # cached distinct words; a busy news archive has about 100,000
LONGEST_STEMMED = 40  # letters; no language needs more, and the time for stemming grows with the length

_ALGORITHMS = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "uk": "russian", "yi": "yiddish",
}  # fmt: skip

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


def stem(word: str, language: str = "en") -> str:
    """Return the stem of a word as a whole, though it may be a compound."""
    return _stems(language)[word]


def stems(row: Iterable[str], language: str = "en") -> list[str]:
    """Return the stems of words, in order; with an empty language, the words without accents. A compound has several."""
    if code_of(language) in LINKS:
        return [one for word in row for _, one in _compounds(language)[word]]
    return [*map(_stems(language).__getitem__, row)]


def pieces(row: Iterable[str], language: str = "en") -> list[tuple[str, str]]:
    """Return the words of a row, compounds as their parts, each with its stem; `stems` returns the same stems."""
    if code_of(language) in LINKS:
        return [piece for word in row for piece in _compounds(language)[word]]
    found = [(word, _stems(language)[word]) for word in row]
    # A Korean word is shown without its particles, which belong to the sentence.
    return [(one, one) for _, one in found] if code_of(language) == "ko" else found


def phrase_stems(text: str, language: str) -> tuple[str, ...]:
    """Return the stems of a phrase's words; two phrases with the same stems are the same term."""
    return tuple(stems(words(text, language), language))


@lru_cache(maxsize=64)
def _stems(language: str) -> Memo[str]:
    return Memo(partial(_stemmed, code_of(language)), most=STEM_CACHE_WORDS)


@lru_cache(maxsize=16)
def _compounds(language: str) -> Memo[tuple[tuple[str, str], ...]]:
    return Memo(partial(_pieces, language), most=STEM_CACHE_WORDS)


def _pieces(language: str, word: str) -> tuple[tuple[str, str], ...]:
    return tuple((part, _stems(language)[part]) for part in parts(word, language))


def _stemmed(code: str, word: str) -> str:
    algorithm = _ALGORITHMS.get(code)
    if code == "zh":
        word = word.translate(simplified())
    # English accents tell nothing: cafés are cafes.
    bare = fold(word) if code == "en" else without_endings(base_form(word, code), code)
    if len(word) > LONGEST_STEMMED or any(map(str.isdigit, word)):
        return fold(bare)
    found = bare_noun(bare, code) or (_stemmer(algorithm).stemWord(bare) if algorithm else bare) or bare
    return intern(fold(settled(corrected(found, bare, code), code)))


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer: a stemmer keeps state, and to make one takes as long as to stem twenty words."""
    made: dict[str, Stemmer.Stemmer] = _of_thread.__dict__
    if algorithm not in made:
        # Imported here, like the lists of stop words: reading feeds needs neither.
        import Stemmer  # noqa: PLC0415

        made[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return made[algorithm]


@lru_cache(maxsize=64)
def stop_words(language: str = "en") -> frozenset[str]:
    """Return the stop words of a language, with and without accents; none for a language without a list."""
    code = language[:2].lower()
    if code == "en":
        return _ENGLISH
    import stopwordsiso  # noqa: PLC0415  # see _stemmed

    listed = "no" if code in ("nb", "nn") else code
    if not stopwordsiso.has_lang(listed):
        return frozenset()
    found = {part for word in stopwordsiso.stopwords(listed) for part in words(word, language)}
    return frozenset(found | {*map(fold, found)})


def is_stop_word(word: str, language: str = "en") -> bool:
    """Return whether a word in lower case is a stop word of its language."""
    return word in stop_words(language)
