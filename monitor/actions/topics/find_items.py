"""Resolves the things an owner marks (a delivery's id, a story, an item) to items and their topics."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.text.ids import id_number

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from storage.database import Ledger
    from storage.model import Item, Verdict


class MarkRefused(ActionRefused):
    """A thing cannot be marked; the message names the cause and the fix."""


def items_to_mark(
    ledger: Ledger, things: Sequence[str], *, topics: Collection[str], only: str | None
) -> dict[str, list[Item]]:
    """Return the items to mark, by topic. `topics` are the configured topics; `only` names a single one of them.

    Raises:
        MarkRefused: a thing does not exist or is on no configured topic, or `only` is unknown.
    """
    if only is not None and only not in topics:
        raise MarkRefused(f"no topic {only!r}; the configuration has {', '.join(topics) or 'none'}")
    meant: dict[str, dict[int, Item]] = defaultdict(dict)
    for thing in things:
        found = _find(ledger, thing, topics, only)
        for topic, item in found:
            if only in (None, topic):
                meant[topic][item.id] = item
        if only is not None and only not in {topic for topic, _ in found}:
            meant[only] |= {item.id: item for _, item in found}
    return {topic: list(items.values()) for topic, items in meant.items()}


def items_marked(
    ledger: Ledger, items: Mapping[str, Sequence[Item]], verdict: Verdict | None
) -> dict[str, list[Item]]:
    """Return those of the items that have this mark now, or any mark if `verdict` is None.

    Raises:
        MarkRefused: none does.
    """
    marks = {(one.topic, one.item_id) for one in ledger.marks.active() if verdict in {None, one.verdict}}
    found = {
        topic: [item for item in its if (topic, item.id) in marks]
        for topic, its in items.items()
        if any((topic, item.id) in marks for item in its)
    }
    if not found:
        raise MarkRefused(f"none of these is marked{f' {verdict}' if verdict else ''}: nothing to undo")
    return found


def _find(ledger: Ledger, thing: str, topics: Collection[str], only: str | None) -> list[tuple[str, Item]]:
    kind = thing[:1]
    story_id, item_id = id_number(thing, "s"), id_number(thing, "i")
    if kind == "s" and story_id is not None:
        found = [(match.topic, match.item) for match in ledger.matches.of_story(story_id)]
    elif thing.removeprefix("i").isdecimal():
        item = None if item_id is None else ledger.items.get(item_id)
        if item is None:
            raise MarkRefused(
                f"no item {thing}", "`storywatch stories show STORY` lists its items with their ids"
            )
        found = [(topic, item) for topic in _topics_of(ledger, item, topics, only)]
    else:
        found = [(match.topic, match.item) for match in ledger.matches.of_delivery(thing)]
    if not found:
        raise MarkRefused(
            f"no alert, story or item {thing!r}", "`storywatch alerts list` and `stories list` show them"
        )
    removed = [topic for topic, _ in found if topic not in topics]
    if removed:
        raise MarkRefused(f"{thing} is on {removed[0]!r}, which is no longer in the configuration")
    return found


def _topics_of(ledger: Ledger, item: Item, topics: Collection[str], only: str | None) -> list[str]:
    on = [topic for topic in ledger.matches.topics_of(item.id) if topic in topics]
    if not on and only is not None:
        return [only]
    if not on and len(topics) == 1:
        return list(topics)
    if not on:
        raise MarkRefused(f"i{item.id} is on no topic", "name one with --topic")
    return on
