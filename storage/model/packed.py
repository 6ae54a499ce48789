"""Long texts in the form in which SQLite stores them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from storage.model import Publication

COMPRESSED = 600  # characters of a text from which it is compressed: shorter ones can be read by any program


@value
class PackedTexts:
    """The texts of a publication as SQLite stores them."""

    summary: str | bytes
    content: str | bytes


def packed(words: str) -> str | bytes:
    """Return a long text as compressed bytes, and a short one as it is."""
    return words if len(words) < COMPRESSED else zlib.compress(words.encode())


def packed_texts(publication: Publication) -> PackedTexts:
    """Return the texts of a publication, the long ones compressed."""
    return PackedTexts(summary=packed(publication.summary), content=packed(publication.content))
