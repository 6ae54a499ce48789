"""What the documentation takes from elsewhere when it is built: the manual from the commands, the keys from the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from monitor.cli.main import storywatch

README = Path(__file__).parent.parent / "README.md"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the places that a page leaves for the manual and for a section of the README."""
    if "<!-- commands -->" in markdown:
        manual = CliRunner().invoke(storywatch, ["manual", "--format", "markdown"]).output
        markdown = markdown.replace("<!-- commands -->", manual)
    return re.sub(r"<!-- README: (.+?) -->", lambda found: _section(found[1]), markdown)


def _section(title: str) -> str:
    text = README.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"README.md has no section {title!r}")
    return found[1].strip().replace("](docs/", "](")
