"""Repairs common mistakes of OPML exporters: wrong declarations, HTML entities, unescaped text.

No repair adds or removes a line, so that errors and feeds keep their line numbers.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING

from monitor.polling.parsing.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

DECLARATION = re.compile(r"\A(\s*)<\?xml\b[^>]*\?>")
# An attribute ends at the quote before the next attribute or before the end of the tag.
ATTRIBUTE = re.compile(
    r"(\s[A-Za-z:_-]+=\")(.{0,10000}?)(\"(?=\s+[A-Za-z:_-]+=\"|\s*/?>\s*(?:<|$)))", re.DOTALL
)
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # not allowed in XML 1.0
NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
NUMBERED = re.compile(r"&#(?:([0-9]{1,9})|[xX]([0-9A-Fa-f]{1,8}));")
OF_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]+|#[xX][0-9A-Fa-f]+|amp|lt|gt|quot|apos);)")


def as_xml(body: bytes) -> str:
    """Return the text of a list without its XML declaration and with HTML's entities as numbers.

    If the bytes contradict the declared encoding, as in UTF-8 files that declare `utf-16`, the bytes decide.
    """
    text = decode(body)
    declared = DECLARATION.match(text)
    if declared is not None:
        text = declared[1] + "\n" * declared[0].count("\n", len(declared[1])) + text[declared.end() :]
    return NAMED.sub(_as_numbers, text)


def repairs(text: str) -> Iterator[str]:
    """Yield the text with increasing repairs: characters and ampersands first, then quotes in attributes."""
    text = BARE_AMPERSAND.sub("&amp;", NUMBERED.sub(_if_allowed, NOT_XML.sub("", text)))
    yield text
    yield ATTRIBUTE.sub(_escaped, text)


def _as_numbers(entity: re.Match[str]) -> str:
    if entity[1] in OF_XML:
        return entity[0]
    meant = html5.get(entity[1])
    return entity[0] if meant is None else "".join(f"&#{ord(char)};" for char in meant)


def _if_allowed(reference: re.Match[str]) -> str:
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - the bounds of Unicode
    return reference[0] if is_character and number and not NOT_XML.match(chr(number)) else ""


def _escaped(attribute: re.Match[str]) -> str:
    value = attribute[2].replace("<", "&lt;").replace('"', "&quot;")
    return attribute[1] + value + attribute[3]
