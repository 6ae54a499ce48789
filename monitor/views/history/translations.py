"""The items in other languages by which items joined their stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.item_document import document_of
from monitor.text.language_names import language_name
from monitor.topics.vocabulary.document import spoken_in
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Ledger
    from storage.model import Match


@value
class Translation:
    """An item with the same meaning; its language is empty if the item was pruned."""

    item: str
    language: str

    @property
    def words(self) -> str:
        """The reason for joining, for people."""
        return f"means the same as {self.item}{f' in {self.language}' if self.language else ''}"


def translations(ledger: Ledger, matches: Sequence[Match]) -> dict[int, Translation]:
    """Return, by match, the item in another language by which it joined its story; matches that joined by words have none."""
    return {
        match.id: _translation(ledger, match.same_meaning_as)
        for match in matches
        if match.same_meaning_as is not None
    }


def _translation(ledger: Ledger, item_id: int) -> Translation:
    item = ledger.items.get(item_id)
    language = "" if item is None else language_name(spoken_in(document_of(item)))
    return Translation(item=f"i{item_id}", language=language)
