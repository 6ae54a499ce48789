"""The reason why a document is left to feedparser."""

from __future__ import annotations


class Doubt(Exception):  # noqa: N818 (what happened)
    """The fast reader cannot be sure to read a document as feedparser does."""
