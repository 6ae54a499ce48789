"""Follows a link in a message, and undoes its action. Both are idempotent and do only what the token allows.

yes, no       mark the items of a story for its topic
mute          hold the alerts about a story for 7 days
unsubscribe   send a recipient no more alerts on the topics of a message, or no more digests
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alerts.deciding.policy import MUTED
from alerts.links.key import link_key
from alerts.links.target import target_of
from alerts.links.token import read_token, token_id
from alerts.links.writer import MUTE_SPAN
from monitor.actions.topics.mark import ItemVerdict, mark, mark_things
from storage.model import LinkAction, LinkUse, Mute, MuteKind, RecipientMute, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from storage.database import Database, Ledger

VERDICTS = {LinkAction.YES: Verdict.YES, LinkAction.NO: Verdict.NO}


def follow_link(
    database: Database, topics: Mapping[str, TopicConfig], text: str, *, now: datetime
) -> LinkUse:
    """Do a link's action unless it was done before, and return what was done.

    Raises:
        LinkForged: the token is not ours, or the key was changed since.
        LinkExpired: the token is too old, or its target is no longer stored.
        MarkRefused: its topic is no longer configured.
    """
    use, is_done = _read(database, text, now=now)
    if is_done:
        return use
    if use.action in VERDICTS:
        mark_things(
            database,
            topics,
            [use.target],
            verdict=VERDICTS[use.action],
            undo=False,
            only=use.topics[0],
            write=False,
            since=now,  # the effect of the change is not shown
            now=now,
        )
    with database.write() as ledger:
        _write(ledger, use)
        ledger.link_uses.note(use)
    return use


def undo_link(
    database: Database, topics: Mapping[str, TopicConfig], text: str, *, now: datetime
) -> LinkUse | None:
    """Undo a link's action and return what was undone; None if there is nothing to undo.

    Later changes by other means are kept.

    Raises:
        LinkForged, LinkExpired: as for `follow_link`.
    """
    use, is_done = _read(database, text, now=now)
    if not is_done:
        return None
    if use.action in VERDICTS and use.topics[0] in topics:
        _unmark(database, topics[use.topics[0]], use, now=now)
    with database.write() as ledger:
        _take_back(ledger, use, now=now)
        ledger.link_uses.undo(use.token, now=now)
    return replace(use, undone_at=now)


def _read(database: Database, text: str, *, now: datetime) -> tuple[LinkUse, bool]:
    """Return the action of a link, and whether it was done already."""
    with database.read() as ledger:
        token = read_token(text, key=link_key(ledger), now=now)
        known = ledger.link_uses.of(token_id(text))
        if known is not None and known.undone_at is None:
            return known, True
        target = target_of(ledger, token)
    use = LinkUse(
        token=token_id(text),
        action=token.action,
        target=target.name,
        topics=target.topics,
        channel=token.channel,
        done_at=now,
    )
    return use, False


def _write(ledger: Ledger, use: LinkUse) -> None:
    match use.action:
        case LinkAction.YES | LinkAction.NO:
            pass  # marks have a transaction of their own
        case LinkAction.MUTE:
            ledger.mutes.add(_mute(use))
        case LinkAction.UNSUBSCRIBE:
            for one in _recipient_mutes(use):
                ledger.recipient_mutes.add(one)
        case _:
            assert_never(use.action)


def _take_back(ledger: Ledger, use: LinkUse, *, now: datetime) -> None:
    match use.action:
        case LinkAction.YES | LinkAction.NO:
            pass
        case LinkAction.MUTE:
            ledger.mutes.take_back(_mute(use), now=now)
            ledger.alerts.release([MUTED], now=now)
        case LinkAction.UNSUBSCRIBE:
            for one in _recipient_mutes(use):
                ledger.recipient_mutes.lift(one.channel, one.recipient, one.topic, now=now)
        case _:
            assert_never(use.action)


def _mute(use: LinkUse) -> Mute:
    story = use.target.removeprefix("s")
    return Mute(kind=MuteKind.STORY, target=story, since=use.done_at, until=use.done_at + MUTE_SPAN)


def _recipient_mutes(use: LinkUse) -> Sequence[RecipientMute]:
    topics: Sequence[str | None] = use.topics or (None,)
    return [
        RecipientMute(channel=use.channel, recipient=use.target, topic=topic, since=use.done_at)
        for topic in topics
    ]


def _unmark(database: Database, topic: TopicConfig, use: LinkUse, *, now: datetime) -> None:
    """Restore the earlier verdicts of items that the link marked, unless they were marked again since."""
    with database.read() as ledger:
        ours = [
            one.item_id
            for one in ledger.marks.active()
            if one.topic == topic.name and one.marked_at == use.done_at
        ]
        before = {one.item_id: one.verdict for one in ledger.marks.standing_before(topic.name, use.done_at)}
        items = [item for item_id in ours if (item := ledger.items.get(item_id)) is not None]
    verdicts = [ItemVerdict(item=item, verdict=before.get(item.id, Verdict.UNDONE)) for item in items]
    if verdicts:
        mark(database, topic, verdicts, write=False, since=now, now=now)
