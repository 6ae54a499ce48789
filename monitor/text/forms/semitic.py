"""Arabic and Hebrew words without the letters of other words, and Arabic words without their endings.

Both languages write short words (and, in, to, the) together with the next word. Arabic is stemmed here and by no library, so
that a noun has one stem with and without its article.
"""

from __future__ import annotations

import re

from monitor.text.lexicon import frequency, lexicon

# Letters that stand for other words: and, in, to, from, that, and the persons of Arabic verbs.
_PREFIXES = {"ar": "وفبليتس", "he": "ובלכמשה"}
_CONJUNCTIONS = frozenset("\u0648\u05d5")  # and; further prefixes follow these only
_HEBREW_ARTICLE = "\u05d4"
_ALMOST = 0.5  # on the Zipf scale: with an article, a noun is about as common as without
_MOST_PREFIXES = 3  # letters
_LEAST_REST = 3  # letters of a word without such a prefix

_ARTICLE = "\u0627\u0644"
_LEAST_NOUN = 2  # letters after an article
_GOD = "\u0627\u0644\u0644\u0647"  # no noun with an article
_WITH_ARTICLE = re.compile("^(?:\u0648|\u0628|\u0643|\u0641)\u0627\u0644(?=..)|^\u0648?\u0644\u0644(?=..)")
_OF_LAM = re.compile(
    "\u0627\u0644\u062a.\u0627."
)  # iltizam, obligation, whose first letters look like an article
# Of the prefixes, the letters that are taken off unknown words, mostly names.
_OF_UNKNOWN = re.compile("^(?:\u0648?[\u0628\u0644]|\u0648)(?=.{4})")
_SO = "\u0641"  # before few words other than particles, but the first letter of many names and nouns
_MUCH_COMMONER = 1.5  # on the Zipf scale
_PERSONS = "\u064a\u062a"
_OTHER_WORD = 1.0  # on the Zipf scale: a verb is about as common with its person as without
_ACTION = re.compile("\u062a..\u064a.")  # tahsin, improvement, is no `you become good`
_NO_FUTURE = re.compile("\u0633(?![\u064a\u062a\u0646\u0623])")  # the future's letter stands before a person
_PLURAL_VERB = re.compile("([\u064a\u062a]...+)(?:\u0648\u0646|\u0648\u0627)")
_ALEF = "\u0627"
_ALEFS = "\u0627\u0623"  # with which the past of a longer verb begins
# Endings of nouns and verbs, with the letters that stay at least: pronouns, plurals, duals, relation, gender.
_ENDINGS = (("هما", 3), ("ها", 3), ("هم", 3), ("وا", 2), ("ان", 3), ("ات", 2), ("ون", 3), ("ين", 3), ("ة", 2), ("ه", 3), ("ي", 3),
            ("ا", 3), ("ت", 3))  # fmt: skip
_FEMALE = "\u0629"
_PLURAL = "\u0627\u062a"
# Plurals with other vowels inside, and what their singulars may be; one that the list holds is taken. A dot is a consonant
# of the root, a star one that begins no verb, a colon one that ends no other form.
_BROKEN_PLURALS = tuple(
    (
        re.compile(plural.replace(".", "([^اة])").replace("*", "([^اةيتنأم])").replace(":", "([^اةيى])")),
        singulars.split(),
    )
    for plural, singulars in (
        ("أ..ا:", r"\1\2\3"),  # atfal, children, of tifl
        ("*.:اء", r"\1\2ي\3"),  # wuzara', ministers, of wazir
        ("أ..:اء", r"\1\2ي\3"),  # asdiqa', friends, of sadiq
        ("أ.:اء", r"\1\2ي\2"),  # atibba', doctors, of tabib
        ("أ*:.ة", r"\1\2ا\3"),  # ajhiza, devices, of jihaz
        ("*وا.:", r"\1ا\2\3 \1ا\2\3ة"),  # shawati', beaches, of shati'
        ("*وا.ي:", r"\1ا\2و\3"),  # sawarikh, rockets, of sarukh
        ("م.ا.:", r"م\1\2\3 م\1\2\3ة"),  # masani', factories, of masna'
        ("م.ا.ي:", r"م\1\2و\3 م\1\2ا\3"),  # mashari', projects, of mashru'
        ("ت.ا.ي:", r"ت\1\2ي\3"),  # taqarir, reports, of taqrir
        ("*.ائ:", r"\1\2ي\3ة \1\2ا\3ة"),  # jara'im, crimes, of jarima
        ("*.و:", r"\1\2\3"),  # bunuk, banks, of bank; junuh of the verb janaha
        ("*.ا.:", r"\1\2\3\4"),  # khanadiq, ditches, of khandaq
    )
)


def hebrew(word: str) -> str:
    """Return a Hebrew word without the letters of other words."""
    return _without_prefix(word, "he")


def arabic(word: str) -> str:
    """Return an Arabic word without the letters of other words, its article and its endings."""
    bare = _bare(word)
    singular = _singular(bare)
    return _without_endings(_singular(_without_endings(bare)) if singular == bare else singular)


def _bare(word: str) -> str:
    word = _WITH_ARTICLE.sub(_ARTICLE, word)
    if _has_article(word):
        return word.removeprefix(_ARTICLE)
    word = _singular_verb(_without_mark(word))
    bare = _past(_without_prefix(word, "ar"))
    if bare == word and bare not in lexicon("ar"):
        bare = _OF_UNKNOWN.sub("", bare)
    return bare


def _has_article(word: str) -> bool:
    if not word.startswith(_ARTICLE) or len(word) < len(_ARTICLE) + _LEAST_NOUN or word == _GOD:
        return False
    return not (
        _OF_LAM.fullmatch(word) and word in lexicon("ar") and word.removeprefix(_ARTICLE) not in lexicon("ar")
    )


def _without_mark(word: str) -> str:
    """Return an Arabic word without the letter that marks an object: bahharan is bahhar, a sailor."""
    bare = word[:-1]
    is_marked = word[-1:] == _ALEF and frequency(bare, "ar") > frequency(word, "ar")
    return bare if is_marked else word


def _singular_verb(word: str) -> str:
    """Return an Arabic verb of the present in the singular: yutalibun is yutalib."""
    plural = _PLURAL_VERB.fullmatch(word)
    return plural[1] if plural and plural[1] in lexicon("ar") else word


def _past(word: str) -> str:
    """Return a verb of the present in the past: yu'lin and tu'lin are a'lan; what both `he` and `she` begin is a verb."""
    words, rest = lexicon("ar"), word[1:]
    is_verb = word[:1] in _PERSONS and len(word) > _LEAST_REST and _ARTICLE + word not in words
    if not is_verb or any(person + rest not in words for person in _PERSONS):
        return word
    return max((rest, *(letter + rest for letter in _ALEFS)), key=lambda form: words.get(form, 0.0))


def _without_prefix(word: str, code: str) -> str:
    """Return a word without a letter for another word, if what remains is the commoner word."""
    words = lexicon(code)
    found = word
    for number in range(1, _MOST_PREFIXES + 1):
        rest = word[number:]
        letter = word[number - 1 : number]
        # A second prefix follows a conjunction only; in Arabic, short rests are mostly other words.
        is_other = number > 1 and (
            word[0] not in _CONJUNCTIONS or (code == "ar" and len(rest) <= _LEAST_REST)
        )
        if letter not in _PREFIXES[code] or len(rest) < _LEAST_REST or is_other:
            break
        almost = _ALMOST if letter == _HEBREW_ARTICLE else 0.0
        commoner = words.get(rest, 0.0) - words.get(found, 0.0)
        if commoner > -almost and not (code == "ar" and _is_own_letter(word[number - 1 :], commoner)):
            found = rest
    return found


def _is_own_letter(word: str, commoner: float) -> bool:
    """Whether the first letter of an Arabic word belongs to it, though the rest is a commoner word."""
    words = lexicon("ar")
    if _ARTICLE + word in words:  # nothing stands between an article and its noun
        return True
    if word[0] == _SO:
        return commoner < _MUCH_COMMONER
    if word[0] in _PERSONS:
        is_verb = commoner <= _OTHER_WORD and _ACTION.fullmatch(word) is None
        return word in words and not is_verb
    return _NO_FUTURE.match(word) is not None


def _singular(word: str) -> str:
    words = lexicon("ar")
    for plural, singulars in _BROKEN_PLURALS:
        found = plural.fullmatch(word)
        if found:
            return next((one for form in singulars if (one := found.expand(form)) in words), word)
    return word


def _without_endings(word: str) -> str:
    """Return an Arabic word without its endings; of a known word, only those that leave a commoner one come off.

    So a name (Husayn, Beirut) stays whole, though it ends like a plural.
    """
    for ending, least in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest == word or len(rest) < least:
            continue
        known = _frequency(word)
        left = max(_frequency(rest), _frequency(rest + _FEMALE))
        if ending == _FEMALE or not known or left >= known or (ending == _PLURAL and left):
            word = rest
    return word


def _frequency(word: str) -> float:
    """Return how common an Arabic noun is, with or without its article."""
    words = lexicon("ar")
    return max(words.get(word, 0.0), words.get(_ARTICLE + word, 0.0))
