"""Stems: the forms of a word, and the parts of a compound, in many languages."""

from __future__ import annotations

import pytest

from monitor.text.folding import fold
from monitor.text.stems import pieces, stem, stems
from monitor.text.words import words


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("strikes", "en", "strike"),
        ("cafés", "en", "cafe"),
        ("Häuser", "de", "haus"),
        ("strikes", "xx", "strikes"),
        ("b2b", "en", "b2b"),
    ],
)
def test_a_stem_follows_its_language(word, language, expected):
    """Endings are removed by the language's own rules; a language without rules keeps the word."""
    assert stem(words(word)[0], language) == expected
    assert stems([words(word)[0]], language) == [expected]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("fr", "fermée", "fermées"),
        ("tr", "Iş\u0131klar", "\u0131ş\u0131k"),
        ("tr", "Ankara'da", "Ankara"),
        ("ru", "мостов", "мосты"),
        ("hi", "दरारें", "दरारों"),
        ("hi", "सड़क", "सडक"),
        ("ne", "पहाडहरू", "पहाड"),
        ("ta", "பாலங்கள்", "பாலங்களை"),
        ("ar", "الجســـر", "جسر"),
        ("ar", "مدينة", "مدينه"),
        ("ar", "والجسر", "الجسر"),
        ("th", "น้ำ", "น\u0e49\u0e4d\u0e32"),
        ("ko", "다리를", "다리"),
        ("ko", "폐쇄됐다", "폐쇄"),
        ("zh", "大橋", "大桥"),
        ("pl", "zamknięcie", "zamknięty"),
        ("uk", "мости", "мостів"),
        ("bg", "мостът", "мост"),
        ("he", "והגשר", "הגשר"),
        ("ru", "Садыков", "Садыковым"),
        ("ru", "Сандорский", "Сандора"),
        ("ru", "Воссен", "Воссену"),
        ("ru", "рынок", "рынка"),
        ("pl", "Koslarek", "Koslarkowi"),
        ("pl", "Warenka", "Warence"),
        ("pl", "olszynowskiego", "Olszynowie"),
        ("uk", "Дніпровець", "Дніпровця"),
        ("tr", "Ankara", "Ankarada"),
        ("fi", "Virtanen", "Virtaselle"),
        ("hi", "कंपनी", "कंपनियों"),
        ("ar", "وزير", "الوزير"),
        ("ar", "فوسان", "لفوسان"),
        ("ar", "شواطئ", "الشاطئ"),
        ("ar", "شركات", "شركة"),
        ("ar", "بنوك", "البنك"),
        ("ar", "قرية", "القرية"),
        ("ar", "سكان", "السكان"),
        ("ar", "قوات", "القوات"),
        ("ar", "بحارا", "البحار"),
        ("ar", "يطالبون", "ويطالب"),
        ("ar", "تعلن", "أعلن"),
        ("ar", "أطفال", "الطفل"),
        ("ar", "الوزراء", "وزيرة"),
        ("ar", "صواريخ", "صاروخ"),
        ("de", "führte", "führen"),
        ("de", "gezeigt", "zeigen"),
        ("de", "besuchte", "besucht"),
        ("nl", "grote", "groot"),
        ("nl", "woorden", "woord"),
        ("nl", "plaats", "plaatsen"),
        ("nl", "volgt", "volgen"),
        ("ru", "журнал", "журнала"),
        ("ru", "альбомов", "альбом"),
        ("ru", "систему", "система"),
        ("sv", "kvinnans", "kvinnor"),
        ("sv", "barnets", "barn"),
        ("de", "Kulturen", "Kultur"),
    ],
)
def test_forms_of_a_word_have_one_stem(language, one, other):
    """Stemmers see accents and vowel signs; letters that stand for others, particles and prefixes do not count."""
    assert stems(words(one, language), language) == stems(words(other, language), language)


def test_different_arabic_words_keep_different_stems():
    """A minister is no hair, and a boat is not near."""
    assert len({*stems(words("وزير زير قارب قرب بلدية", "ar"), "ar")}) == len("abcde")


@pytest.mark.parametrize(
    ("one", "other"), [("سكان", "كان"), ("تحسين", "حسين"), ("فلمورا", "مور"), ("بيروت", "بيرو")]
)
def test_the_letters_of_an_arabic_name_or_noun_are_not_those_of_other_words(one, other):
    """Inhabitants are no `was`, and Velmora, whose first letters look like `so` and `to`, stays whole."""
    assert stems([one], "ar") != stems([other], "ar")


def test_a_thai_name_is_one_word_wherever_it_stands():
    """Syllables that are words of their own are not cut off, and a verb after a name is not joined to it."""
    assert words("เรือคอร์วานาถึงทลมาศ", "th") == ["เรือ", "คอร์วานา", "ถึง", "ทลมาศ"]
    assert words("คอร์วานาเกยหินโสโครก", "th")[0] == "คอร์วานา"


def test_a_thai_word_with_a_tone_mark_is_no_syllable_of_a_name():
    """A verb of two rare words (to run aground) is those words, since foreign names are mostly written without tone marks."""
    assert words("เรือสินค้าเกยตื้น", "th") == ["เรือ", "สินค้า", "เกย", "ตื้น"]


def test_letters_without_a_plain_form_in_unicode_are_folded_too():
    """Polish, Danish and Turkish letters equal those that people type instead."""
    assert [fold(word) for word in ("łódź", "brød", "\u0131ğd\u0131r", "straße", "œuvre")] == [
        "lodz", "brod", "igdir", "strasse", "oeuvre"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "compound", "parts"),
    [
        ("de", "Autobahnbrücke", ["autobahn", "brücke"]),
        ("de", "Verkehrsministerium", ["verkehrs", "ministerium"]),
        ("de", "Landstraße", ["land", "straße"]),
        ("nl", "treinongeluk", ["trein", "ongeluk"]),
        ("sv", "skogsbränder", ["skogs", "bränder"]),
        ("sv", "oljeutsläppet", ["olja", "utsläppet"]),
        ("sv", "accepterande", ["accepterande"]),
        ("de", "Grenzkontrollen", ["grenze", "kontrollen"]),
        ("de", "demokratischer", ["demokratischer"]),
        ("de", "Nordholm", ["nordholm"]),
        ("de", "Mitarbeiter", ["mitarbeiter"]),
        ("en", "motorway", ["motorway"]),
        ("de", "festgenommen", ["festgenommen"]),
        ("de", "Festland", ["fest", "land"]),
        ("de", "zurückgetreten", ["zurückgetreten"]),
        ("nl", "neergeschoten", ["neergeschoten"]),
        ("nl", "doodstraf", ["dood", "straf"]),
        ("sv", "söndersliten", ["söndersliten"]),
        ("nb", "løslatt", ["løslatt"]),
    ],
)
def test_a_compound_becomes_its_parts(language, compound, parts):
    """A German bridge over a motorway is a bridge too; names of places and verbs with a prefix or particle stay whole."""
    assert [word for word, _ in pieces(words(compound, language), language)] == parts
