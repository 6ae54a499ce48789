"""The explanation of an item, a story or an alert: its history, and the scores of an unmatched item on the topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.render.parts.phrases import reasons
from monitor.matching.item_document import document_of
from monitor.text.ids import id_number
from monitor.topics.judging.score import OUTSIDE
from monitor.views.history.path import Step, path_of_alerts, path_of_item, path_of_story
from monitor.views.iso import iso
from monitor.views.refused import ViewRefused
from monitor.views.topics.scores import shown_score
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config.settings import Settings
    from storage.database import Ledger
    from storage.model import Item

NEAREST = 3  # near misses listed


@value
class Explanation:
    """The kind of a thing (`item`, `story` or `alert`), its title, and the steps of its history in order."""

    id: str
    kind: str
    title: str
    steps: tuple[Step, ...]


def read_explanation(ledger: Ledger, settings: Settings, ident: str) -> Explanation:
    """Return the explanation of an item (`i34`), a story (`s12`), an alert (`a5`), a delivery or a message.

    Raises:
        ViewRefused: there is no such thing.
    """
    found = _item(ledger, settings, ident) or _story(ledger, ident) or _alerts(ledger, ident)
    if found is None:
        raise ViewRefused(
            f"no item, story or alert {ident!r}",
            "`storywatch items search`, `stories list` and `alerts list` show ids",
        )
    return found


def _item(ledger: Ledger, settings: Settings, ident: str) -> Explanation | None:
    number = id_number(ident, "i") if ident.startswith("i") else None
    item = None if number is None else ledger.items.get(number)
    if item is None:
        return None
    steps = path_of_item(ledger, item)
    if not any(step.what == "matched" for step in steps):
        steps += near_misses(ledger, settings, item)
    return Explanation(id=ident, kind="item", title=item.title, steps=tuple(steps))


def _story(ledger: Ledger, ident: str) -> Explanation | None:
    number = id_number(ident, "s") if ident.startswith("s") else None
    stories = [] if number is None else ledger.stories.get([number])
    if number is None or not stories:
        return None
    steps = tuple(path_of_story(ledger, number))
    return Explanation(id=ident, kind="story", title=stories[0].title, steps=steps)


def _alerts(ledger: Ledger, ident: str) -> Explanation | None:
    number = id_number(ident, "a") if ident.startswith("a") else None
    alerts = [] if number is None else ledger.alerts.get([number])
    if not alerts and ident:
        alerts = ledger.alerts.get(_named(ledger, ident))
    if not alerts:
        return None
    titles = [story.title for story in ledger.stories.get(list({one.story_id for one in alerts}))]
    steps = tuple(path_of_alerts(ledger, [one.id for one in alerts]))
    return Explanation(id=ident, kind="alert", title=" · ".join(titles), steps=steps)


def _named(ledger: Ledger, ident: str) -> list[int]:
    """Return the ids of the alerts in the message with this id, or the only one whose id begins with it.

    Raises:
        ViewRefused: there are several.
    """
    messages = ledger.history.alerts_named(ident)
    if len(messages) > 1:
        raise ViewRefused(f"{ident!r} begins the ids of {len(messages)} messages; write more of it")
    return next(iter(messages.values()), [])


def near_misses(ledger: Ledger, settings: Settings, item: Item) -> Iterator[Step]:
    """Yield the scores of an unmatched item on the topics by their present rules, the highest first."""
    from monitor.matching.current import open_topics  # noqa: PLC0415
    from monitor.matching.read_topics.load_topics import load_topic  # noqa: PLC0415 - brings the learner, for misses only

    marks = ledger.marks.active()
    topics = {topic.name: load_topic(topic, marks) for topic in settings.topics}
    judged = open_topics(ledger, topics, before=item.id).judge(document_of(item), item.first_seen)
    scored = sorted(((judged[name], name) for name in topics), key=lambda one: (-one[0].score, one[1]))
    for judgement, name in scored[:NEAREST]:
        found = reasons(judgement.why) or "none of its terms"
        missed = f"; missed: {', '.join(judgement.missed)}" if judgement.missed else ""
        off = [why.term.removesuffix(OUTSIDE) for why in judgement.why if why.term.endswith(OUTSIDE)]
        others = f"; not in the cast: {', '.join(off)}" if off else ""
        verb = "would match now" if judgement.matched else "no match"
        words = f"{verb}: {name} with {shown_score(judgement.score)} of 0.50 needed, found {found}{missed}{others}"
        yield Step(at=None, what="silent", words=words, rule=f"topic {name}", about=f"i{item.id}")


def explanation_json(found: Explanation) -> dict[str, Any]:
    """Return the output of `why --format json`."""
    return {
        "id": found.id,
        "kind": found.kind,
        "title": found.title,
        "steps": [
            {
                "at": iso(step.at),
                "step": step.what,
                "words": step.words,
                "rule": step.rule,
                "about": step.about,
            }
            for step in found.steps
        ],
    }
