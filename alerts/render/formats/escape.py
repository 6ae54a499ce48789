"""Makes foreign text safe for headers, terminals, chats and links. All functions are total and idempotent."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

MAX_MARKUP = 20_000  # characters of a summary that are read; at most 500 are shown
MAX_LINK = 2048  # bytes; all browsers and mail clients follow links up to this length
UNTITLED = "(untitled)"
SCHEMES = frozenset({"http", "https", "mailto"})

# Invisible characters without a blank's category: fillers, joiners, variation selectors used to hide text.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U000e0000-\U000e0fff\ufe00-\ufe0d]")
UNSHOWN = re.compile(f"[\"'<>` ]|{INVISIBLE.pattern}")
NON_CHARACTER = 0xFFFE  # the last two code points of each plane
BLOCKS = re.compile(r"<(?=/?(?:br|p|div|li|tr|td|th|h[1-6]|ul|ol|dt|dd|blockquote|figure)\b)", re.IGNORECASE)
MENTION = re.compile(r"@(?=\w)")
# Similar-looking characters that are not markup in any chat: angle quotes, full-width brackets, operators.
LOOKALIKES = str.maketrans("<>`*~|[]\\", "\u2039\u203a\u02cb\u2217\u223c\u00a6\uff3b\uff3d\uff3c")
FULLWIDTH_AT = "\uff20"


def one_line(text: str) -> str:
    """Return `text` as one line free of control, bidi, zero-width and other invisible characters (R16, R17)."""
    text = INVISIBLE.sub("", text)
    # Nearly every text is printable already; checking each character costs fifty times as much.
    shown = text if text.isprintable() else "".join(map(_visible, text))
    return " ".join(shown.split())


def _visible(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    # Lone surrogates cannot be encoded as UTF-8; non-characters are not allowed in XML.
    if kind == "Cs" or ord(character) & NON_CHARACTER == NON_CHARACTER:
        return "\ufffd"
    return "" if kind == "Cf" else character


def clip(text: str, limit: int) -> str:
    """Return `text` cut to `limit` characters, if possible between words, with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > limit * 2 // 3 else cut).rstrip(" ,;:-\u2013") + "…"


def titled(title: str) -> str:
    """Return a title as one line, and words in place of one that is empty."""
    return one_line(title) or UNTITLED


def header(text: str) -> str:
    """Return `text` for a mail header: one line without encoded-words (RFC 2047).

    Python before 3.11.15, 3.12.13 and 3.13 decodes `=?utf-8?q?=0d=0aBcc:…?=` into a header of its own (CVE-2024-6923).
    """
    return one_line(text).replace("=?", "= ?")


def chat(text: str) -> str:
    """Return `text` for a chat: one line whose mentions and markup are replaced by look-alikes (R18)."""
    return MENTION.sub(FULLWIDTH_AT, one_line(text).translate(LOOKALIKES))


def chat_text(text: str) -> str:
    """Return a text of many lines for a chat: each line without markup, except lines that are only a link (R18)."""
    return "\n".join(
        line
        if link(line.strip()) == line.strip()
        else f"{line[: len(line) - len(line.lstrip())]}{chat(line)}"
        for line in text.split("\n")
    )


def plain(markup: str) -> str:
    """Return the text of an HTML fragment as one line: scripts dropped, entities decoded."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup[:MAX_MARKUP])
    import html  # noqa: PLC0415  # lists show titles, which hold no markup

    import nh3  # noqa: PLC0415

    spaced = BLOCKS.sub(" <", markup[:MAX_MARKUP])
    return one_line(html.unescape(nh3.clean(spaced.encode("utf-8", "replace").decode(), tags=set())))


def link(url: str | None) -> str | None:
    """Return `url` if it is safe to follow, with its true host and without credentials, else None (R15, R17)."""
    if not url or "\\" in url:
        return None  # browsers read \ as /, parsers do not, so that the shown host would not be the true one
    try:
        parts = urlsplit(_escaped(url.strip()))
        if parts.scheme not in SCHEMES:
            return None
        netloc = _authority(parts.hostname, parts.port) if parts.scheme != "mailto" else ""
    except (ValueError, UnicodeError):
        return None
    if netloc is None:
        return None
    same = netloc == parts.netloc.lower()  # then no byte is changed; urlunsplit would drop an empty query
    whole = _escaped(url.strip()) if same else urlunsplit(parts._replace(netloc=netloc))
    return whole if len(whole.encode()) <= MAX_LINK else None


def host(url: str | None) -> str:
    """Return the host a link leads to, as DNS spells it (`xn--…`), or an empty string."""
    checked = link(url)
    return (urlsplit(checked).hostname or "").removeprefix("www.") if checked else ""


def _authority(name: str | None, port: int | None) -> str | None:
    if not name:
        return None
    ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    if re.search(r"[^a-z0-9.:_%-]", ascii_name):
        return None
    bracketed = f"[{ascii_name}]" if ":" in ascii_name else ascii_name
    return bracketed if port is None else f"{bracketed}:{port}"


def _escaped(url: str) -> str:
    """Percent-encode blanks, controls, invisible characters, quotes and angle brackets."""
    return UNSHOWN.sub(_encoded, url) if url.isprintable() else "".join(map(_escaped_character, url))


def _escaped_character(character: str) -> str:
    hidden = not character.isprintable() or _visible(character) != character or UNSHOWN.match(character)
    return quote(character, errors="replace") if hidden else character


def _encoded(found: re.Match[str]) -> str:
    return quote(found[0])
