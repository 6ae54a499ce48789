"""Bodies are decoded to the intended text and cleaned of characters that parsers and terminals must not get."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.repair import clean_document, clean_text
from monitor.polling.parsing.split_items import cut, first_items

WORD = "Überraschung: «café» costs 5 €"
DOCUMENT = f"<rss><channel><title>{WORD}</title></channel></rss>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (DOCUMENT.encode(), ""),
        (b"\xef\xbb\xbf" + DOCUMENT.encode(), "text/xml; charset=iso-8859-1"),
        (DOCUMENT.encode("utf-16"), "text/xml"),
        (DOCUMENT.encode("utf-16-le"), ""),
        (DOCUMENT.encode("utf-16-be"), "application/rss+xml; charset=utf-8"),
        (b"\xfe\xff" + DOCUMENT.encode("utf-16-be"), ""),
        (DOCUMENT.encode("utf-32"), ""),
        (DOCUMENT.encode("cp1252"), "text/xml; charset=iso-8859-1"),
        (DOCUMENT.encode("cp1252"), 'text/xml; charset="WINDOWS-1252"'),
        (DOCUMENT.encode("cp1252"), ""),
        (DOCUMENT.encode("cp1252"), "text/xml; charset=utf-8"),
        (DOCUMENT.encode(), "text/xml; charset=no-such-charset"),
        (DOCUMENT.encode(), "text/xml; charset=us-ascii"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + DOCUMENT.encode(), ""),
        (b'<?xml version="1.0" encoding="punycode"?>' + DOCUMENT.encode(), ""),
        (b'<?xml version="1.0" encoding="unicode_escape"?>' + DOCUMENT.encode(), ""),
        (b"<?xml version='1.0' encoding='iso-8859-15'?>" + DOCUMENT.encode("iso-8859-15"), ""),
    ],
)
def test_a_body_is_read_in_its_true_charset(body: bytes, content_type: str) -> None:
    """Byte order marks and patterns beat labels, valid UTF-8 beats wrong labels, unknown charsets are ignored."""
    assert WORD in decode(body, content_type)


@pytest.mark.parametrize(
    ("charset", "word"),
    [
        ("windows-1251", "Новости сегодня"),
        ("koi8-r", "Новости сегодня"),
        ("gb2312", "今天的新闻"),
        ("shift_jis", "今日のニュース"),
        ("iso-2022-jp", "今日のニュース"),
        ("euc-kr", "오늘의 뉴스"),
        ("big5", "今天的新聞"),
        ("iso-8859-9", "İstanbul'da şiddetli yağış"),  # noqa: RUF001 (a Turkish letter)
    ],
)
def test_declared_charsets_are_read(charset: str, word: str) -> None:
    """The declaration in the document alone suffices, and so does the header alone."""
    document = f"<?xml version='1.0' encoding='{charset}'?><rss><title>{word}</title></rss>"
    assert word in decode(document.encode(charset))
    assert word in decode(f"<rss>{word * 3}</rss>".encode(charset), f"text/xml; charset={charset}")


def test_utf8_with_stray_windows_1252_bytes_is_read() -> None:
    """Valid UTF-8 with a few Windows-1252 bytes loses neither."""
    text = decode("<a>naïve ünïcode</a>".encode() + b"<b>caf\xe9 \x93quoted\x94</b>")
    assert "naïve ünïcode" in text
    assert "café \u201cquoted\u201d" in text


def test_text_that_may_be_stored_has_no_control_characters() -> None:
    """C0 and C1 are removed except tab and newline, C1 bytes are read as Windows-1252, and surrogates are removed."""
    assert (
        clean_text("a\x00\x1b[31m\x07b\tc\r\nd\re\x85\x93f\x94\ud800\ufffe\x0bg")
        == "ab\tc\nd\ne…\u201cf\u201d g"
    )


@given(st.text(alphabet=st.characters(), max_size=60))
def test_cleaning_text_is_total_and_idempotent(text: str) -> None:
    """Any text becomes encodable, and clean text is unchanged."""
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
    assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) <= 0x9F for c in cleaned)


def test_every_character_is_cleaned_alike_with_and_without_an_unfit_one() -> None:
    """A text that needs no cleaning is recognised as such, and only such a text."""
    edges = [0x00, 0x20, 0x7F, 0xA0, 0xD800, 0xE000, 0xFFFE, 0x10000, 0x10FFFF]
    near = {edge + step for edge in edges for step in range(-34, 34)} & set(range(0x110000))

    different = [code for code in near if clean_text(chr(code)) != clean_text("\x00" + chr(code))]

    assert not different


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("&#xD800;", "&#65533;"),
        ("&#99999999999;", "&#65533;"),
        ("&#x110000;", "&#65533;"),
        ("&#0;", "&#65533;"),
        ("&#x1b;", "&#65533;"),
        ("&#" + "9" * 9000 + ";", "&#65533;"),
        ("&#146;", "&#8217;"),
        ("&#x20AC;", "&#8364;"),
        ("&#65", "&#65;"),
        ("&nbsp;", "&#160;"),
        ("&eacute;", "&#233;"),
        ("&amp;&lt;&apos;", "&amp;&lt;&apos;"),
        ("&mine;", "&amp;mine;"),
        ("?a=1&b=2&lang=en", "?a=1&amp;b=2&amp;lang=en"),
        ("R&D", "R&amp;D"),
        ("<![CDATA[?a=1&b=2]]>", "<![CDATA[?a=1&b=2]]>"),
    ],
)
def test_character_references_are_repaired(reference: str, meant: str) -> None:
    """Invalid ones become the replacement character, HTML names numbers; other ampersands are escaped."""
    assert clean_document(f"<rss>{reference}</rss>").endswith(f"<rss>{meant}</rss>")


DECLARED = '<!ENTITY a "ha"><!ENTITY % p SYSTEM "http://127.0.0.1/p"> %p;'


@pytest.mark.parametrize(
    "prolog",
    [
        f"<!DOCTYPE rss [{DECLARED}]>",
        f'<!doctype rss SYSTEM "http://127.0.0.1/x.dtd" [{DECLARED}]>',
        f'<!DOCTYPE rss PUBLIC "-//x//]>" "a>b" [ <!-- ]> \' --> <?pi ]> ?> {DECLARED} ]>',
        f"<?xml version='1.0'?>\n<!-- <rss> --><?style x?><!DOCTYPE rss [{DECLARED}]  >",
        f"junk <!DOCTYPE rss [{DECLARED}]>",
        f"<!-- <rss> -->junk<!DOCTYPE rss [{DECLARED}]>",
        f"<!DOCTYPE rss [{DECLARED}]><!DOCTYPE rss [{DECLARED}]>",
    ],
)
def test_no_declaration_reaches_a_parser(prolog: str) -> None:
    """Entities, parameter entities and external subsets are dropped from every form of DOCTYPE."""
    document = clean_document(f"{prolog}<rss>&a;</rss>")
    assert "<!ENTITY" not in document
    assert "<!DOCTYPE" not in document.upper()
    assert document.endswith("<rss>&amp;a;</rss>")


@pytest.mark.parametrize(
    "before",
    [
        " \n\t",
        "\ufeff",
        "\ufeff \x00\n",
        "<br />\n<b>Warning</b>: no session in <b>/srv/x.php</b><br />\n",
        "junk ",
    ],
)
def test_text_before_the_document_is_dropped(before: str) -> None:
    """White space, byte order marks and warnings of a broken script do not hide a feed."""
    document = clean_document(f"{before}<?xml version='1.0' encoding='latin1'?><rss>x</rss>")
    assert document == "<?xml version='1.0' encoding='utf-8'?>\n<rss>x</rss>"


def test_cleaning_hostile_prologs_takes_linear_time() -> None:
    """Megabytes of opening tags, quotes and references are scanned once."""
    started = time.process_time()
    for piece in (
        "<!DOCTYPE ",
        "<!DOCTYPE x [",
        "<!--",
        "<?",
        "&#",
        "<!ENTITY ",
        "'",
        '"',
        "]>",
        "&a",
        "<![CDATA[",
    ):
        text = piece * (200_000 // len(piece))
        clean_document(text)
        clean_document("<!DOCTYPE x [" + text)
        first_items("<rss><item>" + text + "<item>" * 20, 10)
    assert time.process_time() - started < 1.5


ITEMS = [f"<item><title>{n}</title></item>" for n in range(5)]


def test_only_real_item_tags_are_found() -> None:
    """Tags in CDATA and comments are text; prefixes, attributes and empty items are recognised."""
    tricky = "<item><d><![CDATA[</item><item>]]></d><!-- <item> --></item>"
    document = f"<rss><items/>{tricky}<rss:item a='1'>x</rss:item> <item/></rss>"
    parts = cut(document)
    assert parts.items == [tricky, "<rss:item a='1'>x</rss:item>", "<item/>"]
    assert (parts.head, parts.tail) == ("<rss><items/>", "</rss>")


def test_the_first_items_are_kept_and_the_rest_counted() -> None:
    """A document over the limit keeps everything before, between and after its first items."""
    document = "<rss><channel>" + "".join(ITEMS) + "</channel></rss>"
    assert first_items(document, 2) == ("<rss><channel>" + "".join(ITEMS[:2]) + "</channel></rss>", 3)
    assert first_items(document, 5) == (document, 0)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(["<item>", "</item>", "<entry/>", "<![CDATA[", "]]>", "<!--", "-->", "x", "<items>"])
    )
)
def test_a_document_is_the_sum_of_its_parts(pieces: list[str]) -> None:
    """The items found never overlap and are in document order, whatever is between them."""
    document = "".join(pieces)
    parts = cut(document)
    position = len(parts.head)
    for item in parts.items:
        position = document.index(item, position) + len(item)
    assert document.startswith(parts.head)
    assert document.endswith(parts.tail)
    assert position <= len(document) - len(parts.tail)
