"""Compounds of German, Dutch and Scandinavian languages: `Talbrücke` is also a `Brücke`."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.text.lexicon import code_of, frequency

# Endings of a word before another in a compound.
LINKS = {
    "de": ("", "s", "es", "n", "en", "er", "e"),
    "nl": ("", "s", "en", "e", "n"),
    "sv": ("", "s", "e", "o"),
    "da": ("", "s", "e"),
    "nb": ("", "s", "e"),
}
# Last vowels of nouns, and what stands for them before another word.
VOWELS = {"de": ("e", ("",)), "sv": ("a", ("e", "o", "u", ""))}
LONG_TAIL = 5  # letters of the word after such a noun, which could be an ending otherwise …
# … that looks like a word.
_ENDING = re.compile("and(?:e[nst]?|ets?)|ing(?:ar|en)|sam|liga|maste|sch|losen|ichen|endes|annien")
ENDINGS = ("", "n", "en", "e", "s", "es", "er", "ern", "et", "ne", "ene", "erna", "arna", "or", "ar")
SHORTEST_HEAD, SHORTEST_TAIL = 3, 4  # letters
LONGEST = 40  # letters; longer ones are no words
COMMON = 3.3  # frequency of a part, on the Zipf scale
SHORT_COMMON = 4.2  # of a part of three letters, since many short words are accidents
MOST_COMMON = 6.0  # of the first part: commoner words are prepositions, which make a word of another meaning
RARE = 0.0
# Endings of places, whose names are no compounds.
PLACE = "bach|hausen|furt|werder|holm|hagen|rode|stedt|büttel|münde|weiler|walde|felde|stad|vik|by|drecht|wijk|oog"
_PLACE = re.compile(f"...(?:{PLACE})(?:er|s)?$")
# Endings that make words, not words themselves.
_NO_WORD = re.compile(
    "(?:lich|isch|bar|haft|ig)(?:e[nrs]?)?|(?:heit|keit|igkeit|schaft|tion|sion)(?:en)?|ungen|ende[nr]?|ismus|i?eren|i?ert(?:en?)?"
    "|linge?r?|lijke?|heid|igheid|heden|n?ingen|ning|isten|heten|elser?|sions"
)

# Verbs with a particle, whose meaning is not that of their parts: `festgenommen` (arrested) has nothing to do with `genommen`
# (taken). Particles that also begin nouns (Festland) count only before a participle.
_PARTICLE_VERB = {
    "de": re.compile(
        "(?:fort|nieder|zurück|zusammen|weiter)|(?:bekannt|fest|frei|heim|hoch|krank|lahm|los|statt|still|teil|tot|weg)ge...+(?:t|en)$"
    ),
    "nl": re.compile(
        "(?:neer|samen|terug)|(?:bekend|binnen|dood|los|open|stil|vast|vrij|weg)ge...+(?:[dt]|en)$"
    ),
    "sv": re.compile("fastst|fri(?:g[ai]v|kän|släpp)|igång|ihop|ned|sönder"),
    "da": re.compile("fastsl|fri(?:g[ai]v|kend)|løs(?:lad|riv)|ned|sammen"),
    "nb": re.compile("fastsl|fri(?:g[ai]|kjen)|løs(?:lat|riv)|ned|sammen"),
}


def parts(word: str, language: str) -> tuple[str, ...]:
    """Return the words that a compound is made of; a word that is none is returned as it is."""
    code = code_of(language)
    if code not in LINKS or len(word) < SHORTEST_HEAD + SHORTEST_TAIL or len(word) > LONGEST:
        return (word,)
    return _parts(word, code)


@lru_cache(maxsize=1 << 15)
def _parts(word: str, code: str) -> tuple[str, ...]:
    best: tuple[float, tuple[str, ...]] = (_frequency(word, code, ENDINGS), (word,))
    if _PLACE.search(word) or _PARTICLE_VERB[code].match(word):
        return best[1]
    for place in range(SHORTEST_HEAD, len(word) - SHORTEST_TAIL + 1):
        tail = word[place:]
        common = RARE if _NO_WORD.fullmatch(tail) else _frequency(tail, code, ENDINGS)
        if common < COMMON:
            continue
        heads = _heads(word[:place], code)
        if not heads and len(tail) >= LONG_TAIL and not _ENDING.match(tail):
            heads = _with_vowel(word[:place], code)
        for head, its in heads:
            share = min(common, its)
            if share > best[0]:
                best = (share, (*head, tail))
    return best[1]


def _heads(text: str, code: str) -> list[tuple[tuple[str, ...], float]]:
    """Return the ways to read the beginning of a compound, with the frequency of the rarest part."""
    if frequency(text, code) > MOST_COMMON:
        return []
    known = _frequency(text, code, LINKS[code])
    found: list[tuple[tuple[str, ...], float]] = (
        [((text,), known)] if known >= (COMMON if len(text) > SHORTEST_HEAD else SHORT_COMMON) else []
    )
    if not found and len(text) >= SHORTEST_HEAD + SHORTEST_TAIL:
        inner = _parts(text, code)
        if len(inner) > 1:
            found.append((inner, COMMON))
    return found


def _with_vowel(text: str, code: str) -> list[tuple[tuple[str, ...], float]]:
    """Return the noun whose last vowel a compound changes or drops: olja of oljeutsläpp, Grenze of Grenzkontrolle."""
    vowel, links = VOWELS.get(code, ("", ()))
    forms = [text.removesuffix(link) + vowel for link in links if text.endswith(link)]
    found: list[tuple[tuple[str, ...], float]] = [
        ((form,), frequency(form, code)) for form in forms if len(form) > SHORTEST_HEAD
    ]
    return [one for one in found if one[1] >= COMMON][:1]


def _frequency(text: str, code: str, endings: tuple[str, ...]) -> float:
    """Return the frequency of a word in a compound, with or without one of some endings."""
    forms = (text[: len(text) - len(ending)] for ending in endings if text.endswith(ending))
    return max((frequency(form, code) for form in forms if len(form) >= SHORTEST_HEAD), default=RARE)
