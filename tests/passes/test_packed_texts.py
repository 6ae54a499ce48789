"""Texts that are packed where a body is read are stored like others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from builders import NOON
from fakes import subscribe

from storage.database import Database
from storage.model import Publication
from storage.model.packed import packed_texts
from storage.stores.item_rows import NewItem

if TYPE_CHECKING:
    from pathlib import Path


def test_texts_that_were_packed_before_are_stored_alike(tmp_path: Path) -> None:
    """The file holds the same bytes, and the item has the same text."""
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    subscribe(database, "https://example.org/feed")
    with closing(database), database.write() as ledger:
        texts = Publication(title="A title", summary="A long summary. " * 60, content="Short")
        items = [
            NewItem(publication=texts, key=str(packed), content_hash="", title_key=None, packed=packed)
            for packed in (None, packed_texts(texts))
        ]
        [feed] = ledger.feeds.subscribed()
        ids = ledger.items.add(feed.id, items, now=NOON, at_first_poll=True)
        found = [ledger.items.get(item_id) for item_id in ids]
        assert [one and (one.summary, one.content) for one in found] == 2 * [(texts.summary, texts.content)]
    with closing(sqlite3.connect(tmp_path / "a.db")) as file:
        plain, packed = file.execute("SELECT summary, content FROM items ORDER BY id")
        assert plain == packed
        assert isinstance(packed[0], bytes)
