"""Addresses in which a part contains an encoded slash, such as `/feeds/https%3A%2F%2Fexample.org%2Ffeed`.

Servers decode `%2F` before routing, and a router would then take one part for several.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import Scope

ENCODED = re.compile("%2f", re.IGNORECASE)
PLACEHOLDER = "\ufdd0"  # a noncharacter, which no text contains


def sent_path(scope: Scope) -> str:
    """Return the path of a request as it was sent, percent-encoded."""
    return str(scope["raw_path"], "latin-1")


def path_for_routing(scope: Scope) -> str:
    """Return the decoded path of a request, with a placeholder for each encoded slash."""
    sent = sent_path(scope)
    if not ENCODED.search(sent):
        return str(scope["path"])
    return unquote(ENCODED.sub(PLACEHOLDER, sent))


def with_slashes(part: str) -> str:
    """Return a part of a routed path as it was meant."""
    return part.replace(PLACEHOLDER, "/")
