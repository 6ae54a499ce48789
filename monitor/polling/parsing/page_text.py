"""Extracts an article's text from its page, without menus, advertisements and comments; the only user of trafilatura.

It runs in a worker process like feed parsing, since a page may be as hostile as a feed.
"""

from __future__ import annotations

from monitor.text.words import clean_line

KEPT_CHARACTERS = 20_000  # of an article; grouping needs only 150 words


def article_text(body: bytes) -> str:
    """Return the text of a page's article on one line, or an empty string."""
    import trafilatura  # noqa: PLC0415 (an extra, and half a second)

    found = trafilatura.extract(body, include_comments=False, include_tables=False, fast=True)
    return clean_line(found or "")[:KEPT_CHARACTERS]
