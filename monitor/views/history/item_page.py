"""The page of an item: all of its texts, and its score on every topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.render.formats.escape import plain
from monitor.matching.item_document import document_of
from monitor.text.ids import id_number
from monitor.views.history.items import ItemDetail, read_item
from monitor.views.history.path import path_of_item
from monitor.views.topics.judgement import JudgementView, judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.topics.topic import Topic
    from monitor.views.history.path import Step
    from storage.database import Ledger
    from storage.model import Item, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierText:
    """An earlier text of an edited item; summary and content without markup."""

    replaced_at: datetime
    title: str
    summary: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicVerdict:
    """A topic's present judgement of an item, its match if there is one (with its `story`), and the owner's verdict."""

    judgement: JudgementView
    matched: bool
    story: str | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """An item with its texts, its judgements (highest score first), and its history in chronological order.

    `summary` and `content` are without markup; `content` is empty if it contains no more than the summary.
    """

    item: ItemDetail
    feed: int
    summary: str
    content: str
    earlier: tuple[EarlierText, ...]
    verdicts: tuple[TopicVerdict, ...]
    steps: tuple[Step, ...]


def read_item_page(
    ledger: Ledger, ident: str, *, configs: Sequence[TopicConfig], topics: Mapping[str, Topic]
) -> ItemPage:
    """Return the item with this id (`i12`), judged by the present topics.

    Raises:
        ViewRefused: there is no such item.
    """
    detail = read_item(ledger, ident)
    number = id_number(ident, "i")
    stored = None if number is None else ledger.items.get(number)
    assert stored is not None
    summary, content = plain(stored.summary), plain(stored.content)
    return ItemPage(
        item=detail,
        feed=stored.feed_id,
        summary=summary,
        content="" if content == summary else content,
        earlier=tuple(
            EarlierText(
                replaced_at=one.replaced_at,
                title=one.title,
                summary=plain(one.summary),
                content=plain(one.content),
            )
            for one in ledger.search.texts_before(stored.id)
        ),
        verdicts=_verdicts(ledger, detail, stored, configs, topics),
        steps=tuple(path_of_item(ledger, stored)),
    )


def _verdicts(
    ledger: Ledger,
    detail: ItemDetail,
    stored: Item,
    configs: Sequence[TopicConfig],
    topics: Mapping[str, Topic],
) -> tuple[TopicVerdict, ...]:
    document = document_of(stored)
    on = {one.topic: one.story for one in detail.topics}
    said = {one.topic: one.verdict for one in ledger.marks.active() if one.item_id == stored.id}
    judged = (judge(config, topics[config.name], document) for config in configs if config.name in topics)
    found = [
        TopicVerdict(
            judgement=one, matched=one.topic in on, story=on.get(one.topic), verdict=said.get(one.topic)
        )
        for one in judged
    ]
    return tuple(sorted(found, key=lambda one: (not one.matched, -one.judgement.score, one.judgement.topic)))
