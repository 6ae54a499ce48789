"""Creates a match from a judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.stores.matches import NewMatch

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.topics.judging.score import Judgement
    from storage.model import Item
    from storage.stores.matches import RuleVersion


def new_match(
    item: Item,
    topic: str,
    version: RuleVersion,
    judgement: Judgement,
    *,
    now: datetime,
    rule_version: int | None = None,
) -> NewMatch:
    """Return the match of a judgement; it is silent for items seen before the topic was watched.

    `rule_version` is the fitted version, if there is one. A topic watched since a future time was stored by a clock that
    ran ahead, so it silences nothing.
    """
    return NewMatch(
        item_id=item.id,
        topic=topic,
        rule_version=version.id if rule_version is None else rule_version,
        score=judgement.score,
        why=judgement.why,
        article_id=item.article,
        before_topic=item.first_seen < version.watched_since <= now,
    )
