"""Addresses of the pages of a topic."""

from __future__ import annotations

from urllib.parse import quote


def topic_path(name: str) -> str:
    """Return the address of a topic's page."""
    return f"/topics/{quote(name, safe='')}"
