"""Explains an unknown key: the nearest known key, or the section that it belongs to."""

from __future__ import annotations

from monitor.config.errors import suggestion
from monitor.config.schema import LISTS, TABLES, known_keys


def unknown_key(key: str, section: str) -> tuple[str, str]:
    """Return cause and remedy for an unknown key of a section, `""` for the top of the file."""
    known = known_keys(section)
    remedy = suggestion(key, known)
    if remedy.startswith("did you mean"):
        return "unknown key", remedy
    sections = [
        section_ for section_ in (*TABLES, *LISTS) if section_ != section and key in known_keys(section_)
    ]
    if sections:
        written = " or ".join(
            f"[{section_}]" if section_ in TABLES else f"[[{section_}]]" for section_ in sections
        )
        return "unknown key", f"it belongs to {written}"
    return "unknown key", remedy
