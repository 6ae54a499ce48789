"""Sentences for people: results of a round, failures, deliveries, and the time of the next poll.

`ago` and `ahead` print times in the zone of the machine, by `alerts.render.parts.times`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.escape import one_line, titled
from alerts.render.parts import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import Protocol

    from alerts.deliver import Delivered
    from monitor.matching.marks import RuleEffect
    from monitor.views.history.stories import StoryRow
    from monitor.views.poll_result import PollResult

    class Titled(Protocol):
        """A feed with its title and address."""

        @property
        def title(self) -> str: ...
        @property
        def url(self) -> str: ...


SHOWN_EFFECT = 5  # titles shown of the matches that a changed rule gains, and of those that it loses
NAMED_WAITING = 10  # feeds that are not polled; a host that asks to wait may have hundreds
SHOWN_STORIES = 10  # stories shown after the first round; the digest has them all


def count(number: int, thing: str, things: str = "") -> str:
    """Return `1 feed` or `3 feeds`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def shown_score(score: float) -> str:
    """Return a score as text; a score below the threshold is never rounded up to it."""
    from monitor.topics.judging.score import MATCHED, UNMET

    return f"{score if score >= MATCHED else min(score, UNMET):.2f}"


def shown_points(points: float, needed: float) -> str:
    """Return points as text; points below the needed ones are never rounded up to them."""
    return f"{points if points >= needed else min(points, needed - 0.01):.2f}"


def round_summary(polled: Sequence[PollResult]) -> list[str]:
    """Return the result of a round in one or two lines."""
    if not polled:
        return ["no feed was due"]
    good = [one for one in polled if not one.failed]
    fresh = sum(one.fresh for one in good)
    feeds = sum(not one.is_part for one in polled)
    lines = [f"polled {count(feeds, 'feed')}: {count(fresh, 'new item')}"]
    backlog = sum(one.backlog for one in good)
    if backlog:
        first = sum(one.first_poll and not one.is_part for one in good)
        lines.append(
            f"first poll of {count(first, 'feed')}: {count(backlog, 'item')} recorded without alerting; "
            "new items alert from now on"
        )
    truncated = sum(one.truncated for one in good)
    if truncated:
        lines.append(f"{count(truncated, 'item')} beyond the first 1,000 of a feed skipped")
    return lines


def failure_lines(polled: Iterable[PollResult]) -> list[str]:
    """Return a line with the reason for each failed feed; a single one if no feed could be reached."""
    everything = list(polled)
    failed = [one.failure for one in everything if one.failure is not None]
    named = [f"failed: {feed_name(one)}: {one_line(one.error)}" for one in failed]
    of_the_network = all(one.is_of_network for one in failed)
    if of_the_network and 1 < len(failed) == len(everything):
        return [f"none of {len(failed)} feeds could be reached: is the network up?", named[0]]
    return named


def delivery_lines(delivered: Delivered) -> list[str]:
    """Return a line on the delivered messages, and one for each failed delivery."""
    lines = [f"delivered {count(delivered.sent, 'message')}"] if delivered.sent else []
    return lines + [f"not delivered: {one_line(failed)}" for failed in delivered.failed]


def standing_lines(stories: Sequence[StoryRow]) -> list[str]:
    """Return lines on the largest stories that match the topics already, and the command that shows all."""
    if not stories:
        return ["no stories match your topics yet"]
    lines = [
        f"  [{story.topic}] {titled(story.title)} ({count(story.sources, 'outlet')})"
        for story in stories[:SHOWN_STORIES]
    ]
    if len(stories) > SHOWN_STORIES:
        lines.append(f"  … and {len(stories) - SHOWN_STORIES} more")
    return [
        f"{count(len(stories), 'story matches', 'stories match')} your topics already:",
        *lines,
        "read them: storywatch digest --since 30d",
    ]


def effect_lines(effect: RuleEffect, when: str) -> list[str]:
    """Return the difference between two rules' matches: `3 more, 11 fewer: …` and some titles of each."""
    lines = [f"{when}: {effect}{':' if effect.items else ''}"]
    for sign, documents in (("+", effect.more), ("-", effect.fewer)):
        lines += [f"  {sign} {titled(document.title)}" for document in documents[:SHOWN_EFFECT]]
        if len(documents) > SHOWN_EFFECT:
            lines.append(f"  {sign} … and {len(documents) - SHOWN_EFFECT} more")
    return lines


def feed_name(feed: Titled) -> str:
    """Return the name of a feed: its title and address, or its address."""
    return one_line(f"{feed.title} ({feed.url})" if feed.title else feed.url)


def next_poll(due: datetime | None, *, now: datetime) -> str:
    """Return a phrase that says when the next feed is polled."""
    if due is None:
        return "no feed is subscribed: add some to the configuration"
    return f"next poll {times.until(due, now=now.astimezone())}"


def waiting_lines(waiting: Sequence[tuple[Titled, datetime]], *, now: datetime) -> list[str]:
    """Return a line for each feed whose server asks to wait until a time; of more than ten, the number of the others."""
    lines = [
        f"not polled: {feed_name(feed)}; {asked_to_wait(until, now=now)}"
        for feed, until in waiting[:NAMED_WAITING]
    ]
    more = len(waiting) - NAMED_WAITING
    return (
        [*lines, f"not polled: {count(more, 'more feed')} whose servers ask to wait"] if more > 0 else lines
    )


def asked_to_wait(until: datetime, *, now: datetime) -> str:
    """Return a phrase that says until when a server asks not to be asked."""
    return f"its server asks to wait (Retry-After), so it is polled {ahead(until, now=now)}"


def ago(moment: datetime | None, *, now: datetime) -> str:
    """Return a past time in the machine's zone and its distance: see `alerts.render.parts.times.past`."""
    return times.past(moment, now=now.astimezone())


def ahead(moment: datetime | None, *, now: datetime) -> str:
    """Return a future time in the machine's zone and its distance: see `alerts.render.parts.times.coming`."""
    return times.coming(moment, now=now.astimezone())


def size(number: int) -> str:
    """Return a number of bytes in the largest unit that fits."""
    amount = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":  # noqa: PLR2004  # of the unit below
            return f"{amount:.3g} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes every size")
