"""Styles of text for a terminal: plain, or in colour."""

from __future__ import annotations

from storage.model.value import value


@value
class Style:
    """The escape sequences (ECMA-48 SGR) that begin each kind of text, and `end`, which ends it. Plain is all empty."""

    topic: str = ""
    headline: str = ""
    faint: str = ""
    warning: str = ""
    end: str = ""

    def paint_topic(self, text: str) -> str:
        """Return `text` as the name of a topic or a section."""
        return f"{self.topic}{text}{self.end}"

    def paint_headline(self, text: str) -> str:
        """Return `text` as a headline."""
        return f"{self.headline}{text}{self.end}"

    def paint_faint(self, text: str) -> str:
        """Return `text` as less important."""
        return f"{self.faint}{text}{self.end}"

    def paint_warning(self, text: str) -> str:
        """Return `text` as a warning."""
        return f"{self.warning}{text}{self.end}"


PLAIN = Style()
COLOUR = Style(topic="\x1b[36m", headline="\x1b[1m", faint="\x1b[2m", warning="\x1b[33m", end="\x1b[0m")
