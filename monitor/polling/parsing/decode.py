"""Decodes the bytes of a feed to text.

`decode(body, content_type)` never fails. The bytes count more than labels, since feeds are mislabelled more often
than they are unreadable.
"""

from __future__ import annotations

import codecs
import re

import webencodings

_BOMS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# The first bytes of `<?` or `<r` without a byte order mark (XML 1.0, appendix F).
_SHAPES = (
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"(?:\x00[\t\n\r ])*\x00<\x00[!-~]"), "utf-16-be"),
    (re.compile(rb"(?:[\t\n\r ]\x00)*<\x00[!-~]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)

# Labels that browsers read as a larger character set than Python's codec of that name has.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_SEVEN_BIT = re.compile(r"iso2022_|hz")  # their bytes are valid ASCII, so that only the label tells
# Names of Python codecs that are not charsets of feeds; some process escape sequences.
_UNFIT = re.compile(r"idna|punycode|.*escape|undefined|mbcs|oem|utf-7|palmos|ptcp154|x-user-defined")
_WIDE = re.compile(r"utf-(16|32)")

_FEW = 200  # one broken character in so many is damage; more means a wrong charset


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a body: by its byte order mark, its first bytes, valid UTF-8, its labels, else a guess."""
    marked = _marked(body)
    if marked is not None:
        return marked
    labels = _labels(body, content_type)
    for label in labels:
        if _SEVEN_BIT.match(label):
            return body.decode(label, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _by_label(body, labels)


def _marked(body: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return _mostly_utf8(rest) if encoding == "utf-8" else rest.decode(encoding, "replace")
    head = body[:4096]
    for shape, encoding in _SHAPES:
        if shape.match(head):
            return body.decode(encoding, "replace")
    return None


def _labels(body: bytes, content_type: str) -> list[str]:
    """Return the usable charsets that the header (RFC 7303: it comes first) and the XML declaration name."""
    found = []
    header = _CHARSET.search(content_type)
    if header:
        found.append(header.group(1))
    declared = _XML_ENCODING.search(body[:1024])
    if declared:
        found.append(declared.group(1).decode("ascii"))
    return [codec for codec in map(codec_of, found) if codec is not None]


def codec_of(label: str) -> str | None:
    """Return Python's name of the charset that a label means to browsers, else to Python, else None.

    https://encoding.spec.whatwg.org/#names-and-labels; Python may read what browsers refuse ("replacement").
    """
    known = webencodings.lookup(label)
    try:
        codec = codecs.lookup(label) if known is None or known.name == "replacement" else known.codec_info
    except (LookupError, ValueError):
        return None
    if not codec._is_text_encoding or _UNFIT.fullmatch(codec.name) or _WIDE.match(codec.name):  # noqa: SLF001 (its only mark)
        return None
    return _MEANT.get(codec.name, codec.name)


def _by_label(body: bytes, labels: list[str]) -> str:
    for label in labels:
        try:
            return body.decode(label)
        except UnicodeDecodeError:
            continue
    for label in labels:
        text = body.decode(label, "replace")
        if label != "utf-8" and text.count("\ufffd") * _FEW < len(text):
            return text
    return _mostly_utf8(body)


def _mostly_utf8(body: bytes) -> str:
    """Decode UTF-8, and invalid bytes as Windows-1252: some feeds mix two sources."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("utf-8", _AS_WINDOWS_1252)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


_AS_WINDOWS_1252 = "storywatch.windows-1252"
codecs.register_error(_AS_WINDOWS_1252, _as_windows_1252)
