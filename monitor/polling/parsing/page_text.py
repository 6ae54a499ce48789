"""Extracts an article's text from its page, without menus, advertisements and comments; the only user of trafilatura.

It runs in a worker process, as reading feeds does: a page is as hostile as a feed.
"""

from __future__ import annotations

from monitor.text.words import clean_line

KEPT_CHARACTERS = 20_000  # of an article: grouping reads 150 words, people the rest on the page


def article_text(body: bytes) -> str:
    """Return the text of a page's article on one line, empty where there is none."""
    import trafilatura  # noqa: PLC0415 (an extra, and half a second)

    found = trafilatura.extract(body, include_comments=False, include_tables=False, fast=True)
    return clean_line(found or "")[:KEPT_CHARACTERS]
