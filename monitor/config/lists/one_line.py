"""Titles and tags as one line."""


def one_line(text: str) -> str:
    """Return the text in one line without characters that cannot be printed."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
