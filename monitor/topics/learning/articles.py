"""Reads examples: a text or HTML file becomes a title and clean paragraphs, or an error with the reason."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from monitor.text.words import clean_line, plain, words
from monitor.topics.learning.boilerplate import cleaned, date_in, is_date_line, without_boilerplate
from monitor.topics.vocabulary.document import Article

if TYPE_CHECKING:
    from datetime import date as Date  # noqa: N812 (as in Article)

MAX_BYTES = 2_000_000  # of a file that are read; an article has 10,000, its page perhaps a million
MAX_CHARACTERS = 60_000  # characters of an article that are kept: later text says little about the subject
MAX_LINES = 5_000  # of a text that are checked
LONGEST_TITLE = 300  # characters: a longer first line is a paragraph, whose first sentence is the title
BINARY_SHARE = 0.02  # share of control characters above which a file is not text

# Formats whose files begin with text: nearly all of it are instructions, not words of the article.
FORMATS = {b"%PDF-": "a PDF file", b"{\\rtf": "an RTF file", b"%!PS": "a PostScript file"}

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HTML = re.compile(r"<!doctype html|<html\b|</(?:head|body|article|main|div|p|h1)>", re.IGNORECASE)
_AROUND = (
    "script, style, template, noscript, iframe, svg, form, nav, footer, aside, button, select, figcaption, "
    "[class*=comment], [id*=comment], [class*=share], [class*=social], [class*=related], [class*=newsletter], "
    "[class*=sidebar], [class*=author-b], [class*=bio], [class*=breadcrumb], [class*=cookie], [class*=promo], [hidden]"
)
_PARAGRAPHS = "p, h2, h3, li, blockquote, pre, dd"


class ArticleError(ValueError):
    """A file that cannot serve as an example: `name: cause; remedy`."""


def read_article(body: bytes, name: str) -> Article:
    """Read an example from a text or HTML file; in a text file the first line that is not a date is the title.

    Raises:
        ArticleError: the file is empty or binary, or contains only boilerplate.
    """
    remarks: list[str] = []
    if len(body) > MAX_BYTES:
        remarks.append(f"only its first {MAX_BYTES // 1_000_000} MB were read")
    text = _decoded(body[:MAX_BYTES], name)
    if "\ufffd" in text:
        remarks.append("broken characters were dropped")
    lines, title, published = _of_html(text) if _HTML.search(text[:20_000]) else _of_text(text)
    kept, title = "\n".join(without_boilerplate(lines, title)), cleaned(title)
    if len(kept) > MAX_CHARACTERS:
        kept = kept[:MAX_CHARACTERS].rsplit(" ", 1)[0]
        remarks.append(f"only its first {MAX_CHARACTERS:,} characters were used")
    if not words(title) and not words(kept):
        raise ArticleError(f"{name}: it holds no words; give an article as text or HTML")
    return Article(
        name=name,
        title=title,
        text=kept,
        date=published,
        sha256=hashlib.sha256(body).hexdigest(),
        remarks=tuple(remarks),
    )


def _decoded(body: bytes, name: str) -> str:
    if not body.strip():
        raise ArticleError(f"{name}: empty; give an article as text or HTML")
    for beginning, kind in FORMATS.items():
        if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(beginning):
            raise ArticleError(f"{name}: {kind}, not text; open it and save its text as a text file")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # A cut at MAX_BYTES may split the last letter; anything else is not UTF-8.
            near_end = error.start > len(body) - 4
            text = body.decode("utf-8-sig" if near_end else "cp1252", "replace")
    if len(_CONTROL.findall(text)) > max(1, BINARY_SHARE * len(text)):
        raise ArticleError(f"{name}: a binary file, not text; give an article as text or HTML")
    return text


def _of_text(text: str) -> tuple[list[str], str, Date | None]:
    lines = [line for raw in text.splitlines()[:MAX_LINES] if (line := clean_line(raw))]
    place = next((place for place, line in enumerate(lines) if not is_date_line(line)), len(lines))
    published = next((day for line in lines if is_date_line(line) and (day := date_in(line))), None)
    title = lines[place] if place < len(lines) else ""
    if len(title) > LONGEST_TITLE:
        return lines, _first_sentence(title), published
    return lines[:place] + lines[place + 1 :], title, published


def _first_sentence(line: str) -> str:
    start = line[:LONGEST_TITLE]
    found = re.match(r".{20,}?[.!?\u3002](?=\s|$)", start)
    return found.group() if found else start.rsplit(" ", 1)[0]


def _of_html(text: str) -> tuple[list[str], str, Date | None]:
    tree = LexborHTMLParser(text)
    title = _title(tree)
    published = _published(tree)
    for node in tree.css(_AROUND):
        node.decompose()
    root = tree.css_first("article") or tree.css_first("main") or tree.body
    nodes = root.css(_PARAGRAPHS) if root is not None else []
    lines = [clean_line(plain(node.html or "")) for node in nodes[:MAX_LINES]]
    if not any(lines) and root is not None:
        lines = [clean_line(line) for line in root.text(separator="\n").splitlines()[:MAX_LINES]]
    found = [line for line in lines if line]
    if not title and found:
        title = found[0]
    return found, title, published


def _title(tree: LexborHTMLParser) -> str:
    meta = tree.css_first('meta[property="og:title"]')
    if meta is not None and (content := meta.attributes.get("content")):
        return clean_line(content)
    for selector in ("article h1", "h1", "title"):
        node = tree.css_first(selector)
        if node is not None and (found := clean_line(node.text())):
            return found
    return ""


def _published(tree: LexborHTMLParser) -> Date | None:
    for selector, attribute in (
        ('meta[property="article:published_time"]', "content"),
        ("time[datetime]", "datetime"),
    ):
        node = tree.css_first(selector)
        if node is not None and (day := date_in(node.attributes.get(attribute) or "")):
            return day
    return None
