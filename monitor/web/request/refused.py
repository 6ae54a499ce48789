"""The answer to a request that a page cannot serve."""

from __future__ import annotations

from monitor.config.errors import Refusal


class PageRefused(Exception):  # noqa: N818 - an answer to a visitor
    """A request is answered with an error page: the HTTP status, the cause and the remedy."""

    def __init__(self, status: int, cause: str, remedy: str = "") -> None:
        self.status = status
        self.cause = cause
        self.remedy = remedy
        super().__init__(f"{cause} {remedy}".strip())


def sentence(error: Exception) -> str:
    """Return the message of an error as a sentence; of a refusal without the commands that help at a terminal."""
    words = error.cause if isinstance(error, Refusal) else str(error)
    first, _, _ = words.partition(" ")
    if first.isalpha():  # not an id or a name, such as s12
        words = f"{words[:1].upper()}{words[1:]}"
    return words + ("" if words.endswith((".", "?", "!")) else ".")
