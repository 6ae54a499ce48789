"""The README's pictures are drawn by the program."""

from __future__ import annotations

import sys
from pathlib import Path

from chromium import Browser

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import pictures

WEBP = b"WEBP"  # bytes 8 to 12 of a file


def test_the_alert_is_drawn_without_anything_from_elsewhere() -> None:
    """The SVG holds the alert's text and loads no font."""
    svg = pictures.alert_svg()
    assert "Allard" in svg
    assert "storywatch&#160;mute" in svg
    assert "url(http" not in svg
    assert "@font-face" not in svg


def test_the_digest_is_drawn_by_the_browser(browser: Browser, tmp_path: Path) -> None:
    """The picture is a WebP small enough for a README."""
    path = tmp_path / "digest.webp"
    pictures.photograph(browser, path)
    assert path.read_bytes()[8:12] == WEBP
    assert path.stat().st_size < 190_000
