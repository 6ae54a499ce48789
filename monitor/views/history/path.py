"""The history of an item, a story or an alert: when it was seen, matched, grouped, and alerted or held, and why.

    path_of_item(ledger, item)     path_of_story(ledger, story_id)     path_of_alerts(ledger, alert_ids)

Each returns a list of steps in chronological order. A decision not to alert is a step too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding import policy
from alerts.render.formats.escape import titled
from alerts.render.parts.phrases import count
from alerts.render.parts.whats_new import in_words
from monitor.views.history.reasons import HOLDINGS, SILENCES
from monitor.views.history.translations import translations
from monitor.views.matches import match_view
from monitor.views.topics.fit_sentences import fit_sentences
from storage.model import MuteKind, Reason
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from monitor.views.history.translations import Translation
    from storage.database import Ledger
    from storage.model import Item
    from storage.stores.alerts import Alert, Holding
    from storage.stores.history import DeliveryRecord, PlacedMatch, Silence

EVERY_CHANNEL = "*"


@value
class Step:
    """One step: its time (None if it is still to come), kind, text and rule; `about` is an id that commands accept."""

    at: datetime | None
    what: str
    words: str
    rule: str | None = None
    about: str | None = None


def path_of_item(ledger: Ledger, item: Item) -> list[Step]:
    """Return the history of an item on all its topics."""
    steps = [_seen(item), *_seen_elsewhere(ledger, [item]), *_head(ledger, item)]
    if ledger.history.is_waiting(item.id):
        steps.append(Step(at=None, what="waiting", words="will be matched by the next match pass"))
    placed = ledger.history.of_article(item.article)
    match_ids = [one.match.id for one in placed]
    steps += _placed(ledger, placed)
    steps += _muted_before(ledger, placed)
    steps += _alerted(ledger, ledger.history.alerts_of(match_ids), match_ids)
    stories = dict.fromkeys(one.story_id for one in placed if one.story_id is not None)
    return _in_order([*steps, *_due(ledger, stories)])


def path_of_story(ledger: Ledger, story_id: int) -> list[Step]:
    """Return the history of a story: its items, and the decisions about it."""
    placed = ledger.history.of_story(story_id)
    steps = [*_seen_all(ledger, placed), *_placed(ledger, placed, story_id=story_id)]
    steps += _muted(ledger, placed)
    alert_ids = [one.id for one in ledger.alerts.of_stories([story_id]).get(story_id, [])]
    steps += _alerted(ledger, alert_ids, [one.match.id for one in placed])
    return _in_order([*steps, *_due(ledger, [story_id])])


def path_of_alerts(ledger: Ledger, alert_ids: Sequence[int]) -> list[Step]:
    """Return the history of alerts: their items, the decision, why they were held, and their deliveries."""
    match_ids = {match_id for one in ledger.alerts.get(alert_ids) for match_id in one.match_ids}
    placed = ledger.history.of_matches(sorted(match_ids))
    steps = [*_seen_all(ledger, placed), *_placed(ledger, placed)]
    steps += _muted_before(ledger, placed)
    return _in_order([*steps, *_alerted(ledger, alert_ids, [])])


def _in_order(steps: Iterable[Step]) -> list[Step]:
    """Sort by time; steps that are still to come are last."""
    known = [step for step in steps if step.at is not None]
    known.sort(key=lambda step: step.at.timestamp() if step.at else 0.0)
    return [*known, *(step for step in steps if step.at is None)]


def _seen(item: Item) -> Step:
    first = "at the first poll of" if item.at_first_poll else "in"
    late = f", which had not been read since {item.gap_since:%Y-%m-%d %H:%M} UTC" if item.gap_since else ""
    return Step(
        at=item.first_seen,
        what="seen",
        words=f"{first} {item.feed}{late}: {titled(item.title)}",
        about=f"i{item.id}",
    )


def _head(ledger: Ledger, item: Item) -> Iterator[Step]:
    """Yield the result of reading the head of an item's page, if it was requested."""
    head = ledger.page_heads.of(item.id)
    if head is None:
        return
    wanted = "its title matches or nearly matches, and its feed has no text"
    if head.done_at is None:
        words = f"the head of its page will be read: {wanted}"
    elif head.error:
        words = f"the head of its page was not read: {head.error}"
    elif head.description:
        words = (
            f"the head of its page was read, since {wanted}; the item was judged again with its description"
        )
    else:
        words = "the head of its page was read and has no description"
    yield Step(at=head.done_at, what="page head", words=words, rule="heads_per_hour", about=f"i{item.id}")


def _seen_all(ledger: Ledger, placed: Sequence[PlacedMatch]) -> Iterator[Step]:
    """Yield the feeds in which items were seen, and the other feeds that contained their articles."""
    items = [one.match.item for one in placed]
    yield from map(_seen, items)
    yield from _seen_elsewhere(ledger, items)


def _seen_elsewhere(ledger: Ledger, items: Sequence[Item]) -> Iterator[Step]:
    """Yield the other feeds that contained the articles of these items, which are matched and alerted only once."""
    own = {item.id for item in items}
    for sightings in ledger.articles.sightings([item.article for item in items]).values():
        for one in sightings:
            if one.item_id not in own:
                words = f"the same article in {one.feed}"
                yield Step(at=one.first_seen, what="seen", words=words, about=f"i{one.item_id}")


def _placed(ledger: Ledger, placed: Sequence[PlacedMatch], *, story_id: int | None = None) -> Iterator[Step]:
    """Yield the items' matches, the stories that they joined, and the owner's later merges and splits."""
    moves = ledger.history.moves([one.match.id for one in placed], story_id=story_id)
    joined = {match_id: move.source for move in reversed(moves) for match_id in move.match_ids}
    fits = fit_sentences(ledger, {one.match.rule_version for one in placed})
    meant = translations(ledger, [one.match for one in placed])
    for one in placed:
        yield _matched(one, fits.get(one.match.rule_version))
        yield _joined(one, joined.get(one.match.id, one.story_id), meant.get(one.match.id))
    for move in moves:
        items = count(len(move.match_ids), "item")
        words = f"{items} from story s{move.source} to s{move.target}, by your {move.kind}"
        yield Step(at=move.made_at, what="moved", words=words, about=f"s{move.target}")


def _matched(one: PlacedMatch, fitted: str | None) -> Step:
    match = match_view(one.match)
    found = match.words or "the text as a whole"
    return Step(
        at=match.matched_at,
        what="matched",
        words=f"{match.topic} with score {match.score:.2f} (0.50 is needed): {found}{f'; {fitted}' if fitted else ''}",
        rule=f"version {match.rule_version} of topic {match.topic}",
        about=f"i{one.match.item.id}",
    )


def _joined(one: PlacedMatch, story_id: int | None, meant: Translation | None) -> Step:
    about = f"i{one.match.item.id}"
    if story_id is None:
        return Step(
            at=None, what="waiting", words="will be grouped into a story by the next match pass", about=about
        )
    reason = f": {meant.words}" if meant else ""
    return Step(at=one.match.matched_at, what="joined", words=f"story s{story_id}{reason}", about=about)


def _muted(ledger: Ledger, placed: Sequence[PlacedMatch]) -> Iterator[Step]:
    """Yield the mutes that apply to these matches and ended after the first item was seen."""
    if not placed:
        return
    stories = {one.story_id for one in placed if one.story_id is not None}
    feeds = {one.match.item.feed_id: one.match.item.feed for one in placed}
    mutes = ledger.mutes.about(
        topics={one.match.topic for one in placed},
        story_ids=stories,
        feed_ids=feeds,
        since=min(one.match.item.first_seen for one in placed),
    )
    for mute in mutes:
        name = feeds[int(mute.target)] if mute.kind is MuteKind.FEED else mute.target
        if mute.kind is MuteKind.STORY:
            name = (
                f"s{mute.target}"
                if int(mute.target) in stories
                else f"s{mute.target}, since merged into this story"
            )
        yield Step(
            at=mute.since, what="muted", words=f"{mute.kind} {name}, until {mute.until:%Y-%m-%d %H:%M} UTC"
        )


def _muted_before(ledger: Ledger, placed: Sequence[PlacedMatch]) -> list[Step]:
    """Return the mutes that were in force when these matches were decided; later ones had no effect on them."""
    matched = max((one.match.matched_at for one in placed), default=None)
    return [step for step in _muted(ledger, placed) if step.at and matched and step.at < matched]


def _due(ledger: Ledger, stories: Iterable[int]) -> Iterator[Step]:
    for story_id in stories:
        due = ledger.history.due_at(story_id)
        if due is not None:
            words = f"will be decided by the first alert pass after {due:%Y-%m-%d %H:%M:%S} UTC"
            rule = "group_wait, or a feed's mute"
            yield Step(at=None, what="waiting", words=words, rule=rule, about=f"s{story_id}")


def _alerted(ledger: Ledger, alert_ids: Sequence[int], match_ids: Sequence[int]) -> Iterator[Step]:
    """Yield the decisions, holds and deliveries of alerts, and the reasons for matches without an alert."""
    alerts = ledger.alerts.get(alert_ids)
    for one in alerts:
        yield _decided(one)
    routes = {one.id: one for one in alerts}
    for holding in ledger.alerts.holdings(alert_ids):
        yield _held(holding, routes[holding.alert_id])
    messages = {one.message_id: one for one in alerts if one.message_id is not None}
    carried = ledger.history.carried(list(messages))
    for delivery in carried:
        yield from _carried(delivery)
    reached = {(one.message_id, one.recipient) for one in carried}
    yield from _muted_recipients(ledger, [one for one in alerts if one.message_id is not None], reached)
    alerted = {(match, one.channel) for one in alerts for match in one.match_ids}
    for silence in ledger.history.silences(match_ids):
        if (silence.match_id, silence.channel) not in alerted:
            yield _silent(silence)


def _decided(one: Alert) -> Step:
    new = (
        "to alert about a new story"
        if one.reason is Reason.NEW
        else f"to send an update: {in_words(one.brings) or 'a further item'}"
    )
    return Step(
        at=one.decided_at,
        what="decided",
        words=f"{new}, on {one.channel} (story s{one.story_id}, {count(len(one.match_ids), 'item')})",
        rule=one.route,
        about=f"a{one.id}",
    )


def _held(holding: Holding, one: Alert) -> Step:
    until = (
        f"until {holding.until:%Y-%m-%d %H:%M} UTC" if holding.until else "until the channel's next digest"
    )
    if holding.reason == policy.REMOVED:
        until = "until a route does"
    words = f"{HOLDINGS.get(holding.reason, holding.reason)}, on {one.channel}, {until}"
    return Step(at=holding.since, what="held", words=words, rule=one.route, about=f"a{one.id}")


def _carried(one: DeliveryRecord) -> Iterator[Step]:
    yield Step(
        at=one.sealed_at,
        what="written",
        words=f"as a message ({one.kind}) on {one.channel} to {one.recipient}",
        about=one.id,
    )
    tries = count(one.attempts, "try").replace("trys", "tries")
    error = f": {one.last_error}" if one.last_error else ""
    following = f", next try {one.next_at:%Y-%m-%d %H:%M} UTC" if one.next_at else ""
    yield Step(at=one.finished_at, what=one.state, words=f"after {tries}{following}{error}", about=one.id)


def _muted_recipients(
    ledger: Ledger, alerts: Sequence[Alert], reached: Collection[tuple[str, str]]
) -> Iterator[Step]:
    """Yield the recipients who did not get these messages because they had muted the topic."""
    mutes = ledger.recipient_mutes.all()
    times = ledger.history.sealed_at([one.message_id for one in alerts if one.message_id]) if mutes else {}
    for one in alerts if mutes else ():
        sealed = times[str(one.message_id)]
        for mute in mutes:
            was_muted = mute.channel == one.channel and mute.topic == one.topic and mute.was_active(sealed)
            if was_muted and (one.message_id, mute.recipient) not in reached:
                words = (
                    f"not sent to {mute.recipient} on {one.channel}: this recipient muted topic {one.topic} "
                    f"on {mute.since:%Y-%m-%d %H:%M} UTC"
                )
                yield Step(at=sealed, what="muted", words=words, about=f"a{one.id}")


def _silent(silence: Silence) -> Step:
    where = "" if silence.channel == EVERY_CHANNEL else f", on {silence.channel}"
    return Step(
        at=silence.decided_at,
        what="silent",
        words=f"{SILENCES.get(silence.reason, silence.reason)}{where}",
        rule=silence.reason,
    )
