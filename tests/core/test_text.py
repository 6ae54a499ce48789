"""Words, stems and clean lines, on which topics and stories are based."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.languages import language_of
from monitor.text.stems import is_stop_word, stem, stems, stop_words
from monitor.text.words import clean_line, plain, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amazon\u2019s facial-recognition", ["amazon", "facial", "recognition"]),
        ("O'Brien didn't", ["obrien", "didnt"]),
        ("l\u2019état d'Orléans", ["etat", "orleans"]),
        ("U.S. police, 1,000 officers", ["us", "police", "1000", "officers"]),
        ("COVID-19 straße ﬁne", ["covid", "19", "strasse", "fine"]),
        ("警方用ABC", ["警方", "方用", "abc"]),
        ("경찰 얼굴", ["경찰", "얼굴"]),
        ("पुलिस ने", ["पुलिस", "ने"]),
        ("… — !", []),
    ],
)
def test_words_are_whole_folded_and_in_order(text, expected):
    """Case, accents, apostrophes and typographic signs are folded; scripts without spaces become pairs."""
    assert words(text) == expected


@given(st.text())
def test_words_are_total_and_stable(text):
    """Any text gives words, and splitting these words again gives the same ones where scripts use spaces."""
    found = words(text)
    assert all(found)
    if text.isascii():
        assert words(" ".join(found)) == found


def test_typographic_signs_do_not_change_words():
    """A curly apostrophe equals a straight one, in plain and in accented text."""
    assert words("the mayor\u2019s plan") == words("the mayor's plan")
    assert words("the café\u2019s plan") == words("the cafe's plan")


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("strikes", "en", "strike"),
        ("häuser", "de", "haus"),
        ("strikes", "xx", "strikes"),
        ("b2b", "en", "b2b"),
    ],
)
def test_a_stem_follows_its_language(word, language, expected):
    """Endings are removed by the language's own rules; a language without rules keeps the word."""
    assert stem(words(word)[0], language) == expected
    assert stems([words(word)[0]], language) == [expected]


def test_stop_words_keep_the_words_that_news_is_about():
    """Function words are stop words; face, fire and interest are not."""
    assert is_stop_word("the")
    assert is_stop_word("der", "de")
    assert not any(is_stop_word(word) for word in ("face", "fire", "interest", "police", "amazon"))
    assert stop_words("xx") == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council of the city has voted to close the harbour for a year", "en"),
        ("Der Rat der Stadt hat beschlossen, den Hafen für ein Jahr zu schließen", "de"),
        ("Le conseil de la ville a décidé de fermer le port pendant un an", "fr"),
        ("El consejo de la ciudad ha decidido cerrar el puerto durante un año", "es"),
        ("Город закрыл порт на год", "ru"),
        ("市议会决定关闭港口", "zh"),
        ("", "en"),
    ],
)
def test_a_language_is_detected_from_its_function_words(text, expected):
    """A sentence is enough; a script of its own needs no words."""
    assert language_of(text) == expected


def test_plain_keeps_the_text_and_no_markup():
    """Tags, scripts and styles are removed, blocks stay separate, entities are decoded once."""
    html = "<p>One <b>t</b>wo</p><p>three &amp;lt;</p><script>x()</script><style>y</style>"
    assert plain(html) == "One two three &lt;"
    assert plain("5 < 6 and 7 > 3") == "5 < 6 and 7 > 3"
    assert plain("a &amp; b\n c") == "a & b c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nSubject: b", "a Subject: b"),
        ("a\u2028b\x85c", "a b c"),
        ("\x1b[31mred\x1b[0m\x07", "red"),
        ("a\u202eb\u200bc\ufeff\ud800d", "abcd"),
    ],
)
def test_a_clean_line_is_one_line_without_controls(text, expected):
    """Line breaks of every kind become blanks; invisible characters are removed."""
    assert clean_line(text) == expected


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=())))
def test_no_clean_line_holds_a_control_character(text):
    """No input leaves a character that a terminal or a header would interpret."""
    line = clean_line(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in line)
    assert clean_line(line) == line
