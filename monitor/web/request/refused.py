"""The answer to a request that a page cannot serve."""

from __future__ import annotations


class PageRefused(Exception):  # noqa: N818 - an answer to a visitor
    """A request is answered with an error page: the HTTP status, what is wrong, and what to do."""

    def __init__(self, status: int, cause: str, remedy: str = "") -> None:
        self.status = status
        self.cause = cause
        self.remedy = remedy
        super().__init__(f"{cause} {remedy}".strip())
