"""Words, stems and clean lines, on which topics and stories are based."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from monitor.text.languages import language_of
from monitor.text.lexicon import lexicon
from monitor.text.segments import UNKNOWN, _cost, _cut
from monitor.text.stems import is_stop_word, stop_words
from monitor.text.words import clean_line, plain, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amazon\u2019s facial-recognition", ["amazon", "facial", "recognition"]),
        ("O'Brien didn't", ["obrien", "didnt"]),
        ("l\u2019état d'Orléans", ["état", "orléans"]),
        ("un'altra, all'alba, dall'Italia, jusqu'à", ["altra", "alba", "italia", "à"]),
        ("U.S. police, 1,000 officers", ["us", "police", "1000", "officers"]),
        ("COVID-19 Straße ﬁne", ["covid", "19", "straße", "fine"]),
        ("警方用ABC", ["警方", "用", "abc"]),
        ("경찰 얼굴", ["경찰", "얼굴"]),
        ("पुलिस ने", ["पुलिस", "ने"]),
        ("… — !", []),
    ],
)
def test_words_are_whole_in_lower_case_and_in_order(text, expected):
    """Case, apostrophes and typographic signs do not count; accents stay; scripts without spaces are cut into words."""
    assert words(text) == expected


@given(st.text())
def test_words_are_total_and_stable(text):
    """Any text gives words, and splitting these words again gives the same ones where scripts use spaces."""
    found = words(text)
    assert all(found)
    if text.isascii():
        assert words(" ".join(found)) == found


@given(
    st.text(alphabet="aZ3 '.,\u2019éÀßÿªº²µ÷\u00d7_-\u0301", max_size=40),
    st.sampled_from(["", "fr", "tr", "de"]),
)
def test_words_do_not_depend_on_other_words_scripts(text, language):
    """A text with Latin letters has the same words beside a word in another script, which takes another way."""
    assert words(f"é {text} ж", language) == [*words(f"é {text}", language), "ж"]


def test_typographic_signs_do_not_change_words():
    """A curly apostrophe equals a straight one, in plain and in accented text."""
    assert words("the mayor\u2019s plan") == words("the mayor's plan")
    assert words("the café\u2019s plan") == words("the café's plan")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ja", "東京都庁で火災", ["東京", "都庁", "で", "火災"]),
        ("zh", "高速公路上的大桥", ["高速公路", "上", "的", "大桥"]),
        ("zh", "市长柯丽雯", ["市长", "柯丽", "丽雯"]),
        ("th", "เรือสินค้าเกาะ", ["เรือ", "สินค้า", "เกาะ"]),
    ],
)
def test_scripts_without_spaces_are_cut_into_words(language, text, expected):
    """Known words are whole; unknown characters, mostly names, become pairs."""
    assert words(text, language) == expected


@given(st.text(alphabet="人脸识别警察的在", min_size=1, max_size=6))
def test_a_run_is_cut_into_the_likeliest_words(run):
    """No other way to cut a run of characters without spaces into words is likelier."""

    def cost(row):
        return sum(_cost(lexicon("zh").get(word, -math.inf) if known else UNKNOWN) for word, known in row)

    def all_ways(rest):
        if not rest:
            yield []
        for length in range(1, len(rest) + 1):
            for way in all_ways(rest[length:]):
                yield [(rest[:length], True), *way]
                if length == 1:
                    yield [(rest[:length], False), *way]

    found = _cut([*run], "zh")
    assert "".join(word for word, _ in found) == run
    assert cost(found) == pytest.approx(min(map(cost, all_ways(run))))


def test_thousands_are_one_number_as_a_language_writes_them():
    """40.000 and 40 000 are 40000 where a point or a space divides thousands."""
    assert words("40.000 Fahrzeuge", "de") == ["40000", "fahrzeuge"]
    assert words("40\u00a0000 véhicules", "fr") == ["40000", "véhicules"]
    assert words("4.5 percent") == ["4", "5", "percent"]


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
        ("京都府庁で火災", "ja"),
        ("O governo anunciou ontem que vai fechar a ponte durante um ano", "pt"),
        ("Il governo ha deciso di chiudere il ponte per un anno", "it"),
        ("De brug over de rivier blijft een jaar dicht", "nl"),
        ("Rząd zamknie most na rok", "pl"),
        ("Köprü bir y\u0131l boyunca kapal\u0131 kalacak", "tr"),
        ("Уряд закриє міст на рік", "uk"),
        ("پل یک سال بسته می‌شود", "fa"),
        ("Broen er stengt i ett år fordi den er skadet", "nb"),
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


BLOCKS = (
    "p, div, br, li, ul, ol, dl, dt, dd, tr, td, th, table, h1, h2, h3, h4, h5, h6, blockquote, pre, hr, section, "
    "article, header, footer, aside, nav, figure, figcaption, form, option, title"
)
UNREAD = "script, style, template, noscript, iframe, object, embed, svg, math, head > meta"
NAMES = sorted(
    {*BLOCKS.split(", "), *UNREAD.split(", ")[:-1], "meta", "b", "a", "span", "select", "tbody", "body"}
)
PIECES = st.sampled_from(
    [*(f"<{name}>" for name in NAMES), *(f"</{name.upper()}>" for name in NAMES), "a", "b ", "&lt;p>"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_every_block_and_unread_element_of_a_fragment_is_found(html):
    """The text is the same as with selectors of all such elements, however the tags are nested."""
    tree = LexborHTMLParser(html)
    for node in tree.css(UNREAD):
        node.decompose()
    for node in tree.css(BLOCKS):
        node.insert_before(" ")
        node.insert_after(" ")
    assert plain(html) == " ".join(tree.root.text().split() if tree.root else ())
