"""Full-text search of items, with their topics and revisions: FTS5 on SQLite, text search on PostgreSQL.

Both index title, summary and the beginning of the content, without stemming (migration 0003). On SQLite an item is
found at the end of the pass that matched it (`storage.stores.item_words`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, literal_column, select, text

from storage import schema
from storage.model.value import value
from storage.stores.folding import without_marks
from storage.stores.item_rows import article_of, item_of, item_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.model import Item

_items = schema.items.c
_matches = schema.matches.c
NEWEST = 2_000  # items; to compute the words of so many takes 0.2 s
TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
# Exactly as in migration 0011: PostgreSQL uses an index only for the same expression.
SIMPLE: ColumnElement[str] = literal_column("'simple'")
VECTOR: ColumnElement[str] = literal_column(
    "to_tsvector('simple', without_marks(items.title || ' ' || items.summary || ' ' || left(items.content, 1000)))"
)


@value
class SearchTerm:
    """A word or a phrase; with `begins`, every word that begins with it; `absent` terms must not occur."""

    words: str
    begins: bool = False
    absent: bool = False


@value
class Revision:
    """A text that an item had until it was edited."""

    replaced_at: datetime
    title: str
    summary: str
    content: str


@value
class Topical:
    """A topic that an item is on, with the score and the story."""

    topic: str
    score: float
    story_id: int | None


def read_search(query: str) -> tuple[SearchTerm, ...]:
    """Return the terms of a search: `word`, `"a phrase"`, `begin*`, `-absent`; anything else is plain text (R20)."""
    terms = []
    for minus, phrase, word in TERM.findall(query):
        words = " ".join(re.findall(r"[^\W_]+", phrase or word))
        if words:
            begins = not phrase and word.endswith("*") and " " not in words
            terms.append(SearchTerm(words=words, begins=begins, absent=bool(minus)))
    return tuple(terms)


class Search:
    """Searches within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def items(
        self,
        terms: Sequence[SearchTerm],
        *,
        limit: int,
        since: datetime | None = None,
        feed_id: int | None = None,
        below: int | None = None,
    ) -> list[Item]:
        """Return the items in which every term holds, newest first; at least one term must not be `absent`.

        `below` leaves out the items from this id on.
        """
        is_postgresql = self._connection.dialect.name == "postgresql"
        conditions = [_in_postgresql(terms) if is_postgresql else _in_sqlite(terms)]
        if since is not None:
            conditions.append(_items.first_seen > since)
        if feed_id is not None:
            conditions.append(_items.feed_id == feed_id)
        if below is not None:
            conditions.append(_items.id < below)
        found = item_rows().where(*conditions).order_by(_items.id.desc()).limit(limit)
        if not is_postgresql:
            return [item_of(row) for row in self._connection.execute(found)]
        return self._newest_or_indexed(found, conditions, limit=limit, below=below)

    def _newest_or_indexed(
        self, found: Select[Any], conditions: Sequence[ColumnElement[bool]], *, limit: int, below: int | None
    ) -> list[Item]:
        """Look through the newest items for common words; if these have too few, ask the index, for rare words.

        With a limit, PostgreSQL takes words for common that no item has, and computes the words of every item.
        """
        newest = select(_items.id).order_by(_items.id.desc()).limit(NEWEST)
        if below is not None:
            newest = newest.where(_items.id < below)
        oldest = self._connection.execute(select(func.min(newest.subquery().c.id))).scalar() or 0
        rows = self._connection.execute(found.where(_items.id >= oldest)).all()
        if len(rows) < limit:
            ids = select(_items.id).where(*conditions).cte("found").prefix_with("MATERIALIZED")
            chosen = item_rows().where(_items.id.in_(select(ids.c.id)))
            rows = self._connection.execute(chosen.order_by(_items.id.desc()).limit(limit)).all()
        return [item_of(row) for row in rows]

    def topics_of(self, item_id: int) -> list[Topical]:
        """Return the topics that an item is on, ordered by name."""
        rows = self._connection.execute(
            select(_matches.topic, _matches.score, _matches.story_id)
            .where(_matches.article_id == article_of(item_id))
            .order_by(_matches.topic)
        )
        return [Topical(topic=row.topic, score=row.score, story_id=row.story_id) for row in rows]

    def texts_before(self, item_id: int) -> list[Revision]:
        """Return an item's earlier texts, latest first."""
        edits = schema.revisions.c
        rows = self._connection.execute(
            select(schema.revisions).where(edits.item_id == item_id).order_by(edits.id.desc())
        )
        return [
            Revision(replaced_at=row.replaced_at, title=row.title, summary=row.summary, content=row.content)
            for row in rows
        ]

    def revisions_of(self, item_id: int) -> list[tuple[datetime, str]]:
        """Return an item's earlier titles with the time they were replaced, latest first."""
        edits = schema.revisions.c
        rows = self._connection.execute(
            select(edits.replaced_at, edits.title).where(edits.item_id == item_id).order_by(edits.id.desc())
        )
        return [(row.replaced_at, row.title) for row in rows]


def _in_sqlite(terms: Sequence[SearchTerm]) -> ColumnElement[bool]:
    wanted = " AND ".join(_quoted(term) for term in terms if not term.absent)
    unwanted = "".join(f" NOT {_quoted(term)}" for term in terms if term.absent)
    rows: Select[int] = (
        select(literal_column("rowid", Integer))
        .select_from(text("item_words"))
        .where(text("item_words MATCH :words"))
    )
    return _items.id.in_(rows.params(words=f"({wanted}){unwanted}").scalar_subquery())


def _quoted(term: SearchTerm) -> str:
    """Return a term as a quoted string of FTS5, in which no character has a special meaning."""
    return f'"{term.words}"{"*" if term.begins else ""}'


def _in_postgresql(terms: Sequence[SearchTerm]) -> ColumnElement[bool]:
    query: ColumnElement[str] | None = None
    for number, term in enumerate(terms):
        plain = without_marks(term.words)
        words: ColumnElement[str] = bindparam(f"term_{number}", f"{plain}:*" if term.begins else plain)
        asked: ColumnElement[str] = (func.to_tsquery if term.begins else func.phraseto_tsquery)(SIMPLE, words)
        if term.absent:
            asked = func.tsquery_not(asked)
        query = asked if query is None else func.tsquery_and(query, asked)
    assert query is not None
    return VECTOR.op("@@")(query)
