"""Matches: items on topics, with the rule version that decided and the story they belong to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select

from storage import schema
from storage.engine.sql import in_lists, insert, insert_for
from storage.model import Match, MatchOutline, Why
from storage.model.value import value
from storage.stores.item_rows import ARTICLE, NAMES_OF_SOURCES, item_of, outlet_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Select
    from sqlalchemy.sql.dml import ReturningInsert

    from storage.engine.sql import AnyRow

_matches = schema.matches.c
_items = schema.items.c
_versions = schema.rule_versions.c
_MATCH_ROWS: Select[Any] = (
    select(
        schema.items,
        *NAMES_OF_SOURCES,
        _matches.id.label("match_id"),
        _matches.topic,
        _matches.score,
        _matches.why,
        _matches.rule_version_id,
        _matches.matched_at,
        _matches.story_id,
        _matches.position,
        schema.page_texts.c.text.label("page"),
        _matches.before_topic,
        _matches.text_of,
        _matches.same_meaning_as,
    )
    .join_from(schema.matches, schema.items, _items.id == _matches.item_id)
    .join(schema.feeds, schema.feeds.c.id == _items.feed_id)
    .outerjoin(schema.page_texts, schema.page_texts.c.item_id == _items.id)
)
_OUTLINE_ROWS = (
    select(
        _matches.story_id,
        _matches.id,
        _items.feed_id,
        ARTICLE.label("article"),
        _items.outlet,
        _items.source_name,
        *NAMES_OF_SOURCES,
        _items.gap_since,
        _matches.matched_at,
        or_(_matches.before_topic, _items.at_first_poll).label("is_backlog"),
    )
    .join_from(schema.matches, schema.items, _items.id == _matches.item_id)
    .join(schema.feeds, schema.feeds.c.id == _items.feed_id)
)


@cache
def _adding(dialect: str) -> Insert | ReturningInsert[tuple[int]]:
    """Return the statement that stores new matches, and returns a row for each; built once."""
    return insert_for(dialect, schema.matches).on_conflict_do_nothing().returning(_matches.id)


@value
class NewMatch:
    """An item found to be on a topic."""

    item_id: int
    topic: str
    rule_version: int
    score: float
    why: tuple[Why, ...]
    before_topic: bool = False  # the item is older than the topic, so it never causes an alert
    article_id: int | None = None  # the first item with the same article, if it is another


@value
class RuleVersion:
    """An immutable version of a topic's rule, and when the topic was first watched in any version."""

    id: int
    watched_since: datetime


class Matches:
    """The matches of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rule_versions(self, rules: Mapping[str, tuple[str, str]], *, now: datetime) -> dict[str, RuleVersion]:
        """Return the versions of topics' rules, given as (hash, rule) by topic; new ones are stored."""
        rows = [
            {"topic": topic, "hash": hash_, "rule": rule, "made_at": now}
            for topic, (hash_, rule) in rules.items()
        ]
        if rows:
            statement = insert(self._connection, schema.rule_versions).on_conflict_do_nothing()
            self._connection.execute(statement, rows)
        known = select(_versions.id, _versions.topic, _versions.hash, _versions.made_at)
        since: dict[str, datetime] = {}
        ids: dict[tuple[str, str], int] = {}
        for row in self._connection.execute(known):
            since[row.topic] = min(row.made_at, since.get(row.topic, row.made_at))
            ids[row.topic, row.hash] = row.id
        return {
            topic: RuleVersion(id=ids[topic, hash_], watched_since=since[topic])
            for topic, (hash_, _) in rules.items()
        }

    def items_on(self, topic: str, item_ids: Sequence[int]) -> set[int]:
        """Return which of the items match the topic already."""
        found: set[int] = set()
        for some in in_lists(item_ids):
            statement = select(_matches.item_id).where(_matches.topic == topic, _matches.item_id.in_(some))
            found |= set(self._connection.execute(statement).scalars())
        return found

    def topics_of(self, item_id: int) -> list[str]:
        """Return the topics that an item matches, in order."""
        statement = select(_matches.topic).where(_matches.item_id == item_id).order_by(_matches.topic)
        return list(self._connection.execute(statement).scalars())

    def of_delivery(self, delivery_id: str) -> list[Match]:
        """Return the matches that a delivery's message contains, in the order they joined their stories."""
        sent = (
            select(schema.alert_matches.c.match_id)
            .join(schema.alerts, schema.alerts.c.id == schema.alert_matches.c.alert_id)
            .join(schema.deliveries, schema.deliveries.c.message_id == schema.alerts.c.message_id)
            .where(schema.deliveries.c.id == delivery_id)
        )
        return self._load(match_rows().where(_matches.id.in_(sent)).order_by(_matches.position))

    def add(self, matches: Sequence[NewMatch], *, now: datetime) -> int:
        """Store matches and return how many are new.

        An article matches a topic once, whatever edits follow and by however many feeds it comes.
        """
        rows = [
            {
                "item_id": match.item_id,
                "topic": match.topic,
                "rule_version_id": match.rule_version,
                "score": match.score,
                "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in match.why],
                "matched_at": now,
                "before_topic": match.before_topic,
                "article_id": match.article_id or match.item_id,
            }
            for match in matches
        ]
        if not rows:
            return 0
        return len(self._connection.execute(_adding(self._connection.dialect.name), rows).all())

    def withdraw(self, item_id: int) -> bool:
        """Delete an item's matches that belong to no story yet; return whether it has others."""
        of_item = _matches.item_id == item_id
        self._connection.execute(delete(schema.matches).where(of_item, _matches.story_id.is_(None)))
        return self._connection.execute(select(_matches.id).where(of_item).limit(1)).first() is not None

    def get(self, match_ids: Sequence[int]) -> list[Match]:
        """Return these matches."""
        found: list[Match] = []
        for some in in_lists(match_ids):
            found += self._load(match_rows().where(_matches.id.in_(some)))
        return found

    def of_story(self, story_id: int) -> list[Match]:
        """Return a story's matches in the order they joined it."""
        return self._load(match_rows().where(_matches.story_id == story_id).order_by(_matches.position))

    def of_stories(self, story_ids: Sequence[int]) -> dict[int, list[Match]]:
        """Return each story's matches in the order they joined it."""
        found: dict[int, list[Match]] = {story_id: [] for story_id in story_ids}
        for some in in_lists(story_ids):
            statement = match_rows().where(_matches.story_id.in_(some))
            for row in self._connection.execute(statement.order_by(_matches.position)):
                found[row.story_id].append(match_of(row))
        return found

    def outlines_of(self, story_ids: Sequence[int]) -> dict[int, list[MatchOutline]]:
        """Return the outlines of each story's matches in the order they joined it: a fifth of the time."""
        found: dict[int, list[MatchOutline]] = {story_id: [] for story_id in story_ids}
        for some in in_lists(story_ids):
            statement = _OUTLINE_ROWS.where(_matches.story_id.in_(some))
            for row in self._connection.execute(statement.order_by(_matches.position)):
                found[row.story_id].append(_outline(row))
        return found

    def chosen_of(self, chosen: Mapping[int, AbstractSet[int]]) -> dict[int, list[Match]]:
        """Return those matches that are in the story given, {story id: match ids}, in the order they joined it."""
        found: dict[int, list[AnyRow]] = {story_id: [] for story_id in chosen}
        for some in in_lists(sorted({match_id for its in chosen.values() for match_id in its})):
            for row in self._connection.execute(match_rows().where(_matches.id.in_(some))):
                if row.match_id in chosen.get(row.story_id, ()):
                    found[row.story_id].append(row)
        return {
            story_id: [match_of(row) for row in sorted(rows, key=lambda row: row.position)]
            for story_id, rows in found.items()
        }

    def story_of(self, item_ids: Sequence[int]) -> dict[int, int]:
        """Return a story each item's article is in: {item id: story id}; items in none are left out."""
        found: dict[int, int] = {}
        for some in in_lists(item_ids):
            statement = (
                select(_items.id, _matches.story_id)
                .join_from(schema.items, schema.matches, _matches.article_id == ARTICLE)
                .where(_items.id.in_(some), _matches.story_id.is_not(None))
            )
            found |= {row.id: row.story_id for row in self._connection.execute(statement)}
        return found

    def count(self) -> int:
        """Return how many matches the database holds."""
        return self._connection.execute(select(func.count()).select_from(schema.matches)).scalar_one()

    def _load(self, statement: Select[Any]) -> list[Match]:
        return [match_of(row) for row in self._connection.execute(statement)]


def _outline(row: AnyRow) -> MatchOutline:
    return MatchOutline(
        id=row.id,
        feed_id=row.feed_id,
        article=row.article,
        outlet=row.outlet or f"feed:{row.feed_id}",
        outlet_name=outlet_name(row),
        gap_since=row.gap_since,
        matched_at=row.matched_at,
        is_backlog=row.is_backlog,
    )


def match_rows() -> Select[Any]:
    """Return the SELECT whose rows `match_of` reads."""
    return _MATCH_ROWS


def match_of(row: AnyRow) -> Match:
    """Return the match in a row of `match_rows`."""
    return Match(
        id=row.match_id,
        item=item_of(row, page=row.page or ""),
        topic=row.topic,
        score=row.score,
        why=tuple([Why(**why) for why in row.why]),
        rule_version=row.rule_version_id,
        matched_at=row.matched_at,
        before_topic=row.before_topic,
        text_of=row.text_of,
        same_meaning_as=row.same_meaning_as,
    )
