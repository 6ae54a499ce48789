"""`storywatch demo --month`: thirty invented days in virtual time, printed line by line, and a folder to explore."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import clip, one_line
from monitor.cli.shared.context import say
from monitor.cli.shared.phrases import count
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from monitor.demo.month.perform import MonthEnd, MonthEvent
    from monitor.demo.month.plan import MonthPlan

INTRODUCTION = """\
Thirty invented days, on a web that this machine serves to itself. Every pass is real; only the clock jumps.
The topic is police use of face recognition. It takes about a minute; no network is needed.

Each line is a message that a webhook received, or (--) what happened on the web:
"""
EXPLORE = (
    ("the pages, in a browser", "storywatch pages serve"),
    ("the stories of the month", "storywatch stories list --since 31d"),
    ("everything that happened to one", "storywatch why {story}"),
    ("the topic on the month's items", "storywatch backtest {topic} --since 31d"),
    ("the feeds and their problems", "storywatch feeds list"),
    ("the messages", "storywatch alerts list"),
)
LAST_DAYS = timedelta(days=5)  # of the closing digest, after the flood
WIDTH = 90  # characters of a headline


def run_month(folder: Path, *, now: datetime, color: bool, plan: MonthPlan | None = None) -> None:
    """Run the month in a folder, and print its events and the commands with which to explore the folder.

    Raises:
        click.UsageError: the folder holds a database.
    """
    if (folder / "storywatch.db").exists():
        raise click.UsageError(f"{folder} holds a database; fix: name another folder with --keep")
    folder.mkdir(parents=True, exist_ok=True)
    say(INTRODUCTION)
    asyncio.run(_print_events(folder, now=now, color=color, plan=plan))


async def _print_events(folder: Path, *, now: datetime, color: bool, plan: MonthPlan | None) -> None:
    from monitor.demo.month.perform import MonthEvent, perform_month
    from monitor.demo.month.plan import MONTH
    from monitor.demo.prepare import CONFIGURATION

    folded = _Folded()
    async for event in perform_month(folder, now=now, plan=plan or MONTH):
        if isinstance(event, MonthEvent):
            folded.add(event)
            continue
        folded.flush()
        names = _print_digest(event, color=color)
    options = {"config": folder / CONFIGURATION}
    say(f"\nThe month is in {folder}. Look into it:\n")
    for words, command in EXPLORE:
        say(f"  {words + ':':34}{as_typed(command.format(**names), options=options)}")


def _print_digest(end: MonthEnd, *, color: bool) -> dict[str, str]:
    """Print the digest of the last days; return the names of the topic and of the largest story."""
    from alerts.digest import collect
    from monitor.cli.alerts.digest import printed
    from monitor.views.history.stories import read_stories

    with end.app.database.read() as ledger:
        digest = collect(ledger, since=end.at - LAST_DAYS, until=end.at)
        stories = read_stories(ledger, since=end.at - timedelta(days=31))
    say(f"\nThe last {LAST_DAYS.days} days as a digest:\n")
    text = printed(digest, "text", color=color)
    assert isinstance(text, str)
    click.echo(text, nl=False)
    largest = max(stories, key=lambda row: row.sources, default=None)
    return {"topic": end.app.routing.topics[0], "story": largest.id if largest is not None else "STORY"}


class _Folded:
    """Prints events as lines; events of one kind about feeds, one after another, are one line."""

    def __init__(self) -> None:
        self._waiting: list[MonthEvent] = []

    def add(self, event: MonthEvent) -> None:
        """Print an event, or keep it if the next may be of its kind."""
        if self._waiting and _kind(event) != _kind(self._waiting[0]):
            self.flush()
        self._waiting.append(event)
        if not _kind(event).startswith("feed."):
            self.flush()

    def flush(self) -> None:
        """Print what was kept."""
        if self._waiting:
            first = self._waiting[0]
            say(f"{first.at:%b %d %H:%M}  {_kind(first):17} {'; '.join(_words(self._waiting))}")
        self._waiting.clear()


def _kind(event: MonthEvent) -> str:
    return "--" if event.message is None else str(event.message["type"])


def _words(events: list[MonthEvent]) -> Iterator[str]:
    """Yield the words for events of one kind."""
    if _kind(events[0]).startswith("feed."):
        names = [one_line(event.message["data"]["feed"]["title"]) for event in events if event.message]
        yield names[0] if len(names) == 1 else f"{count(len(names), 'feed')}: {clip(', '.join(names), WIDTH)}"
        return
    for event in events:
        yield event.words if event.message is None else _message_words(event.message["data"])


def _message_words(data: dict[str, Any]) -> str:
    if "story" in data:
        outlets = count(data["story"]["sources"], "outlet")
        return f"{clip(one_line(data['story']['title']), WIDTH)} ({outlets})" + _late(data)
    if "stories" in data:
        held = f", {count(data['held'], 'alert')} held back" if data["held"] else ""
        return count(len(data["stories"]), "story", "stories") + held + _late(data)
    if "channel" in data:
        return one_line(data["channel"]["name"])
    return one_line(data.get("error") or data.get("means", ""))


def _late(data: dict[str, Any]) -> str:
    return ", late after an outage" if "gap" in data else ""
