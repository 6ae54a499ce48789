"""Repairs a feed's text for the XML parser, and cleans parsed text for storage.

`clean_document` drops document type declarations (so no declared entity is ever expanded), anything before the first
tag, control characters and references to characters that do not exist. Every stored string passes `clean_text`.
"""

from __future__ import annotations

import re
from html.entities import html5

_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"
REPLACEMENT = "\ufffd"

_C1 = range(0x80, 0xA0)
_UNICODE = range(0x110000)
_UNICODE_DIGITS = 8  # a reference with more significant digits is not a character
# C0 except tab and newline, DEL, C1, surrogates, non-characters.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# All others. To match a whole text takes a third of the time of searching it for an unfit character.
_FIT = re.compile("[\t\n\r -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*+")
_TERMINAL = re.compile(r"\x1b\[[0-?]{0,40}[ -/]{0,9}[@-~]")  # colours and cursor movements (ECMA-48)
_REFERENCE = re.compile(r"&#(?:[0-9]+|[xX][0-9a-fA-F]+);?")
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")  # not XML's own names
_NO_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7});)")
_BARE_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7});)", re.DOTALL
)
_CDATA_MARKS = re.compile(r"<!\s{0,9}\[\s{0,9}CDATA\s{0,9}\[(.*?)(?:\]\]>|\Z)", re.DOTALL | re.IGNORECASE)
_ESCAPED_CDATA = re.compile(r"\s*&lt;!\[CDATA\[(.*?)(?:\]\](?:>|&gt;)\s*)?\Z", re.DOTALL | re.IGNORECASE)
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]{0,1000}>")
_ROOT = re.compile(r"<(?:\?xml\b|rss\b|feed\b|rdf:RDF\b|channel\b|[A-Za-z]{1,10}:(?:rss|feed|RDF)\b)")
_FIRST_ELEMENT = re.compile(r"<\w")
_ENTITY_OR_DOCTYPE = re.compile(r"<!\s*(?:ENTITY|DOCTYPE)", re.IGNORECASE)
_BLANK = re.compile(r"[\s\ufeff\u200b\x00]*")
_NEXT_IN_DOCTYPE = re.compile(r"""["'\[\]>]|<!--|<\?""")
_CLOSES = {'"': '"', "'": "'", "<!--": "-->", "<?": "?>"}

MAX_PREAMBLE = 4_096  # characters of warnings a broken script may print before the feed begins


def clean_text(text: str) -> str:
    """Return text that can be encoded as UTF-8, without C0 and C1 characters except tab and newline."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    return text if _FIT.fullmatch(text) else _UNFIT.sub(_fit, text)


def _fit(unfit: re.Match[str]) -> str:
    code = ord(unfit.group())
    if code in (0x0B, 0x0C):
        return " "
    if code in _C1:  # Windows-1252 decoded as Latin-1; HTML reads it this way too
        return bytes([code]).decode("cp1252", "ignore")
    return ""


def clean_document(text: str) -> str:
    """Return the document with a correct XML declaration at its start, no DOCTYPE, and only valid XML characters."""
    text = clean_text(text)
    text = text[_start(text) :]
    text = _XML_DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text
    text = _without_declarations(text)
    if "&" in text:
        text = _NAMED.sub(_known_entity, _REFERENCE.sub(_existing, text))
        if _NO_REFERENCE.search(text):
            text = _BARE_AMPERSAND.sub(_escaped, text)
    return _DECLARATION + text


def without_cdata_marks(text: str) -> str:
    """Return a parsed value without CDATA marks that the publisher escaped; their content is kept."""
    if "[" not in text or "CDATA" not in text.upper():
        return text
    return _ESCAPED_CDATA.sub(r"\1", _CDATA_MARKS.sub(r"\1", text))


def _start(text: str) -> int:
    """Return where the document begins: after blanks, or after a script's warnings if a feed follows them."""
    blank = _BLANK.match(text)
    begin = blank.end() if blank else 0
    if text.startswith(("<?xml", "<rss", "<feed", "<rdf"), begin):
        return begin
    root = _ROOT.search(text, begin, begin + MAX_PREAMBLE)
    before = text[begin : root.start()].lower() if root else ""
    is_page = "<html" in before or "<body" in before
    has_own_prolog = before.startswith(("<!--", "<!doctype", "<?")) or not before
    return root.start() if root and not is_page and not has_own_prolog else begin


def _without_declarations(text: str) -> str:
    """Drop every DOCTYPE of the prolog, and anything else before the first element that could declare an entity."""
    kept: list[str] = []  # a copy of the whole for each of a million DOCTYPEs would take minutes
    position = begin = 0
    while True:
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        if text.startswith("<?", position):
            position = _position_after(text, "?>", position)
        elif text.startswith("<!--", position):
            position = _position_after(text, "-->", position)
        elif text[position : position + 9].lower() == "<!doctype":
            kept.append(text[begin:position])
            begin = position = end_of_doctype(text, position + 9)
        else:
            break
    # Comments too: feedparser's loose parser expands entities that it finds in them.
    element = _FIRST_ELEMENT.search(text, position)
    end = element.start() if element else len(text)
    return _ENTITY_OR_DOCTYPE.sub(" ", "".join(kept) + text[begin:end]) + text[end:]


def _position_after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def end_of_doctype(text: str, position: int) -> int:
    """Return the position after a DOCTYPE's `>`, skipping quotes, comments and its internal subset, in one scan."""
    in_subset = False
    while (found := _NEXT_IN_DOCTYPE.search(text, position)) is not None:
        mark = found.group()
        position = found.end()
        if mark in _CLOSES:
            position = _position_after(text, _CLOSES[mark], position)
        elif mark in "[]":
            in_subset = mark == "["
        elif not in_subset:
            return position
    return len(text)


def _existing(reference: re.Match[str]) -> str:
    """Keep a reference to a valid character; read C1 as Windows-1252 (HTML 13.2.5.80); drop any other."""
    digits = reference.group()[2:].rstrip(";")
    base = 16 if digits[0] in "xX" else 10
    significant = digits.lstrip("xX").lstrip("0") or "0"
    code = int(significant, base) if len(significant) <= _UNICODE_DIGITS else _UNICODE.stop
    if code not in _UNICODE or _UNFIT.match(chr(code)):
        fit = _fit_code(code)
        return f"&#{ord(fit)};"
    return f"&#{code};"


def _fit_code(code: int) -> str:
    if code in _C1:
        return bytes([code]).decode("cp1252", "replace")
    return REPLACEMENT


def _escaped(found: re.Match[str]) -> str:
    """Escape an ampersand that begins no reference, outside CDATA sections and comments."""
    return "&amp;" if found.group() == "&" else found.group()


def _known_entity(reference: re.Match[str]) -> str:
    """Replace HTML's named characters by numeric references: feeds use them without declaring them."""
    characters = html5.get(reference.group(1) + ";")
    return "".join(f"&#{ord(c)};" for c in characters) if characters else reference.group()
