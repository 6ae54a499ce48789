"""Headline, outlets and counts of a story grow with each item, and are those that computing anew gives."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import islice
from random import Random

import pytest
from builders import HOUR, MINUTE, NOON
from fakes import NOW, WordJudge, a_topic, store
from sqlalchemy import select, update
from statements import statements

from monitor.actions.corrections import merge, split
from monitor.matching.item_document import document_of, story_time
from monitor.matching.match import Matching
from monitor.polling.fill_outlets import fill_outlets
from monitor.stories.index import StoryIndex
from storage import schema
from storage.database import Database, Ledger
from storage.model import Publication, Story
from storage.stores.feeds import Subscription
from storage.stores.item_rows import NewItem

FEEDS = [f"https://paper{number}.example/feed" for number in range(8)]
CONTROL = FEEDS[7]
EVENTS = [
    "Brevik Tamsund harbour bridge barge pier collision",
    "Ganderol Silbrut ferry engine fire passengers rescue",
    "Orlvek Kestrun tunnel flood pumps closure commuters",
]
EXTRA = [
    "council",
    "inquiry",
    "cost",
    "repair",
    "witnesses",
    "minister",
    "report",
    "week",
    "closed",
    "union",
    "traffic",
    "detour",
]
REPORT = " ".join(
    ["The town of Brevik woke to a harbour without its bridge after a barge had torn away a pier"] * 2
)
STEPS = 30


class Newsroom:
    """Stories that items join and owners correct, by two processes that group in turn."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.random, self.now, self.number = database, Random(seed), NOW, 0
        self.processes = [self.process(), self.process()]
        subscriptions = [
            Subscription(
                url=url, title=url, host=url, access_hash=None, interval=HOUR, control=url == CONTROL
            )
            for url in FEEDS
        ]
        with database.write() as ledger:
            ledger.feeds.subscribe(subscriptions, now=NOON)

    def process(self) -> Matching:
        return Matching([a_topic("police")], WordJudge("police"))

    def group(self) -> set[int]:
        return set(self.random.choice(self.processes).run(self.database, now=self.now).stories)

    def arrive(self) -> None:
        """Store some items: reports, copies of an agency's text, and articles that another feed brought before."""
        for _ in range(self.random.randint(1, 4)):
            self.number += 1
            event = self.random.choice(EVENTS)
            words = [*event.split(), *self.random.sample(EXTRA, 4)]
            summary = REPORT if self.random.random() < 0.3 else " ".join(self.random.sample(words, 8))
            outlet, path = self.random.randrange(30), self.random.randrange(3)
            store(
                self.database,
                f"police {event} {self.random.choice(EXTRA)}",
                feed=self.random.choice(FEEDS),
                now=self.now,
                summary=summary,
                url=f"https://outlet{outlet}.example/{path}",
                publisher_id=f"{self.number}",
            )

    def edit(self) -> None:
        """Edit an item; it may now be another outlet's, and its match be withdrawn and found again."""
        self.number += 1
        with self.database.write() as ledger:
            item = self.random.choice(ledger.items.since(NOON))
            outlet = f"outlet{self.random.randrange(30)}.example"
            changed = NewItem(
                publication=Publication(
                    title=f"{item.title} {self.random.choice(EXTRA)}", summary=item.summary, url=item.url
                ),
                key=str(item.id),
                content_hash=str(self.number),
                title_key=None,
                outlet=outlet,
            )
            ledger.items.revise(item.id, changed, now=self.now)

    def merge(self) -> None:
        with self.database.write() as ledger:
            stories = [one for one in ledger.stories.since(NOON) if one.size]
            if len(stories) > 1:
                story, other = self.random.sample(stories, 2)
                merge(ledger, story, [other], now=self.now)

    def split(self) -> None:
        with self.database.write() as ledger:
            long = [one for one in ledger.stories.since(NOON) if one.size > 1]
            if long:
                story = self.random.choice(long)
                items = [match.item.id for match in ledger.matches.of_story(story.id)]
                split(
                    ledger,
                    story,
                    self.random.sample(items, self.random.randint(1, len(items) - 1)),
                    now=self.now,
                )

    def forget_outlets(self) -> None:
        """Let some items be from before outlets, and fill them in."""
        with self.database.write() as ledger:
            ids = [item.id for item in ledger.items.since(NOON)]
            some = self.random.sample(ids, min(3, len(ids)))
            ledger.items._connection.execute(
                update(schema.items).where(schema.items.c.id.in_(some)).values(outlet=None, article_link=None)
            )
        fill_outlets(self.database)

    def prune(self) -> None:
        """Delete an ended story with its items: one that was not grouped last, nor corrected lately."""
        with self.database.write() as ledger:
            *others, last = [one.match.item.id for one in ledger.placements.grouped_after("police", 0)]
            of_stories = ledger.matches.story_of([*others, last])
            moved = schema.corrections.c
            rows = ledger.stories._connection
            corrected = {one for row in rows.execute(select(moved.story_id, moved.into_id)) for one in row}
            if over := sorted({*of_stories.values()} - {of_stories[last]} - corrected):
                [ended] = ledger.stories.get([self.random.choice(over)])
                items = schema.items.c
                of_story = [match.item.id for match in ledger.matches.of_story(ended.id)]
                ledger.stories.schedule({ended.id: None})
                old = {"last_seen": NOON - 2 * HOUR}
                rows.execute(update(schema.stories).where(schema.stories.c.id == ended.id).values(old))
                old = {"first_seen": NOON - 2 * HOUR}
                rows.execute(update(schema.items).where(items.id.in_(of_story)).values(old))
                assert ledger.pruning.prune(before=NOON - HOUR).items >= len(of_story)

    def restart(self) -> None:
        self.processes[self.random.randrange(2)] = self.process()


def anew(ledger: Ledger, story_id: int) -> tuple[datetime, datetime, int, int, int]:
    """Return first and last sight, outlets, items and copies of a story, counted in its rows."""
    matches = ledger.matches.of_story(story_id)
    carrying = defaultdict[int, set[str]](set)
    for match in matches:
        carrying[match.text_of or match.item.id].add(match.item.outlet)
    most = max(map(len, carrying.values()))
    seen = [match.item.first_seen for match in matches]
    outlets = {match.item.outlet for match in matches}
    return min(seen), max(seen), len(outlets), len(matches), most if most > 1 else 0


def headline_anew(ledger: Ledger, story_id: int) -> tuple[str, str | None]:
    """Return title and link of a story's headline, found among its items as they were matched."""
    index = StoryIndex()
    for grouped in ledger.placements.grouped_after("police", 0):
        if grouped.story_id == story_id:
            index.add(document_of(grouped.match.item), story_time(grouped.match.item), story_id)
    item = ledger.items.get(int(index.headline(story_id)))
    assert item is not None
    return item.title, item.url


def counted(story: Story) -> tuple[datetime, datetime, int, int, int]:
    return story.first_seen, story.last_seen, story.sources, story.size, story.copies


@pytest.mark.parametrize("seed", range(2))
def test_stories_grow_to_what_computing_anew_gives(database: Database, seed: int) -> None:
    """After every step, whatever happened before: copies, edits, corrections, pruning, restarts, another process."""
    news = Newsroom(database, seed)
    steps = (news.edit, news.merge, news.split, news.forget_outlets, news.prune, news.restart)
    largest = 0
    for number in range(STEPS):
        news.now += MINUTE
        news.arrive()
        if number % 2:
            news.random.choice(steps)()
        touched = news.group()
        with database.read() as ledger:
            for story in ledger.stories.since(NOON):
                assert counted(story) == anew(ledger, story.id), (number, story)
                if story.id in touched:
                    assert (story.title, story.url) == headline_anew(ledger, story.id), (number, story)
                largest = max(largest, story.size)
    assert largest > 10


def test_ids_of_many_stories_take_few_statements(database: Database) -> None:
    """They ascend, and the first leaves no gap before the second."""
    with database.write() as ledger, statements(database) as executed:
        ids = list(islice(ledger.stories.next_ids(), 100))
    assert ids == sorted(set(ids))
    assert ids[1] == ids[0] + 1
    assert len(executed) < 10
