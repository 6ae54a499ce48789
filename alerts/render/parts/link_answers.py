"""The uses of links in messages, as a digest reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.render.formats.columns import columns, wrap
from alerts.render.formats.escape import clip, one_line
from alerts.render.parts import phrases
from storage.model import LinkAction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from alerts.render.formats.ansi import Style
    from storage.model import LinkUse

HEADING = "Done through links"
MAX_NAME = 100  # characters of a topic, a channel or an address
MAX_ENTRIES = 20  # in a webhook body
WORDS = {
    LinkAction.YES: "{target} was marked as meant by {topic}",
    LinkAction.NO: "{target} was marked as not meant by {topic}",
    LinkAction.MUTE: "{target} on {topic} was muted for 7 days",
    LinkAction.UNSUBSCRIBE: "{target} gets no more alerts on {topic}",
}
NO_DIGESTS = "{target} gets no more digests"


def answers(uses: Iterable[LinkUse], *, now: datetime) -> list[str]:
    """Return a sentence for each use, with times in the zone of `now`."""
    return [_words(use, now=now) for use in uses]


def _words(use: LinkUse, *, now: datetime) -> str:
    words = NO_DIGESTS if not use.topics else WORDS[use.action]
    target, topics, channel = map(_short, (use.target, ", ".join(use.topics), use.channel))
    done = words.format(target=target, topic=topics)
    return f"{done} (a link sent to {channel}, {phrases.moment(use.done_at, now=now)})"


def _short(name: str) -> str:
    return clip(one_line(name), MAX_NAME)


def answer_lines(uses: Sequence[LinkUse], *, now: datetime, width: int, style: Style) -> list[str]:
    """Return the uses as lines of text; none if there were none."""
    if not uses:
        return []
    lines = [style.paint_topic(HEADING), style.paint_faint("─" * min(columns(HEADING), width))]
    for words in answers(uses, now=now):
        lines += wrap(words, width, indent="  ")
    return [*lines, ""]


def answer_objects(uses: Sequence[LinkUse]) -> list[dict[str, Any]]:
    """Return the uses as JSON objects."""
    return [
        {
            "action": use.action.value,
            "target": _short(use.target),
            "topics": [_short(topic) for topic in use.topics],
            "channel": _short(use.channel),
            "at": phrases.instant(use.done_at),
        }
        for use in uses[:MAX_ENTRIES]
    ]
