"""Items that may cause an alert are matched, decided, grouped and alerted before the backlog of first polls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from builders import MINUTE
from fakes import NOW, WordJudge, a_desk, a_topic, contents, store, subscribe
from newsroom import a_route, alerts_of, distinct

from alerts.alert import alert
from monitor.matching.match import SLICE, Matching
from monitor.matching.slices import JudgedItem, Slice, in_order
from storage.database import Database, Ledger
from storage.model import Publication, Urgency
from storage.stores.item_rows import NewItem

NEW_FEED, LIVE = "https://new.example/", "https://example.org/feed"
POLICE = "police"
LATER = NOW + MINUTE


def a_matching() -> Matching:
    return Matching([a_topic(POLICE)], WordJudge(POLICE))


def a_backlog(database: Database) -> list[int]:
    """Store the items of a first poll, each an event of its own on the topic."""
    subscribe(database, NEW_FEED, LIVE)
    return store(database, *distinct(3 * SLICE), feed=NEW_FEED, at_first_poll=True)


def some_news(database: Database, number: int = 0) -> int:
    [live] = store(database, *distinct(1, start=900 + number), now=LATER)
    return live


def grouped(database: Database) -> list[int]:
    """Return the ids of items in stories, in the order of grouping."""
    with database.read() as ledger:
        return [one.match.item.id for one in ledger.placements.grouped_after(POLICE, 0)]


def waiting(database: Database) -> list[int]:
    with database.read() as ledger:
        return [item.id for item in ledger.match_queue.first(limit=9_999)]


def test_news_are_alerted_while_the_backlog_waits(database: Database) -> None:
    """They are matched, grouped and alerted before the items of a first poll that were stored earlier."""
    backlog = a_backlog(database)
    live = some_news(database)
    a_matching().run_news(database, now=LATER)
    assert grouped(database) == [live]
    assert alert(database, a_desk(a_route()), now=LATER) == 1
    assert waiting(database) == backlog


def test_news_wait_for_one_slice_of_matching(database: Database) -> None:
    """A part of the backlog ends after its first slice when news waits."""
    backlog = a_backlog(database)
    live = some_news(database)
    a_matching().run_backlog(database, now=LATER)
    assert waiting(database) == [live, *backlog[SLICE:]]


def test_news_wait_for_one_slice_of_grouping(database: Database) -> None:
    """Grouping the backlog ends after its first slice when news waits, and news that was matched goes before the rest."""
    backlog = a_backlog(database)
    matching = a_matching()
    matching.run_backlog(database, now=NOW)
    assert grouped(database) == []
    live = some_news(database)
    matching.run_backlog(database, now=LATER)
    assert grouped(database) == backlog[:SLICE]
    matching.run_news(database, now=LATER)
    assert grouped(database) == [*backlog[:SLICE], live]


def test_the_backlog_ends_while_news_never_stop(database: Database) -> None:
    """Every round matches or groups a slice of it."""
    backlog = a_backlog(database)
    matching = a_matching()
    news = [some_news(database)]
    for number in range(1, 7):
        matching.run_news(database, now=LATER)
        news.append(some_news(database, number))
        matching.run_backlog(database, now=LATER)
    assert sorted(grouped(database)) == sorted([*backlog, *news[:-1]])


def test_all_in_one_run_takes_news_first_as_well(database: Database) -> None:
    """A single round groups in the same order as a daemon."""
    backlog = a_backlog(database)
    live = some_news(database)
    a_matching().run(database, now=LATER)
    assert grouped(database) == [live, *backlog]


def test_a_restart_after_each_step_changes_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    """What comes next is read from rows: new processes group as one that runs on."""
    a_backlog(sqlite_database)
    sqlite_database.copy_to(tmp_path / "other.db")
    running = a_matching()
    rounds(sqlite_database, lambda: running)
    with closing(Database.open(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        rounds(other, a_matching)
        assert contents(sqlite_database) == contents(other)


def rounds(database: Database, matching: Callable[[], Matching]) -> None:
    """Match and group a backlog while news comes in."""
    for number in range(4):
        some_news(database, number)
        matching().run_news(database, now=LATER)
        some_news(database, 100 + number)
        matching().run_backlog(database, now=LATER)
    while matching().run_backlog(database, now=LATER)[1]:
        matching().run_news(database, now=LATER)


def an_item(title: str, *, same_as: int | None = None) -> NewItem:
    return NewItem(
        publication=Publication(title=title), key=title, content_hash=title, title_key=None, same_as=same_as
    )


def a_copy(database: Database, title: str, *, of: int) -> int:
    """Store an item of the live feed with the article of another item."""
    with database.write() as ledger:
        [feed] = ledger.feeds.named([LIVE])
        [copy] = ledger.items.add(feed.id, [an_item(title, same_as=of)], now=LATER, at_first_poll=False)
    return copy


def test_an_article_of_the_backlog_is_no_news_by_another_feed(database: Database) -> None:
    """It was seen first at a first poll, so it waits until its first item was matched, and nobody is alerted."""
    subscribe(database, NEW_FEED, LIVE)
    [first] = store(database, "police halt a trial", feed=NEW_FEED, at_first_poll=True)
    again = a_copy(database, "police halt the trial", of=first)
    matching = a_matching()
    matching.run_news(database, now=LATER)
    assert waiting(database) == [first, again]
    matching.run(database, now=LATER)
    alert(database, a_desk(a_route()), now=LATER)
    assert (grouped(database), alerts_of(database)) == ([first], [])


def test_an_edited_item_keeps_its_urgency(database: Database) -> None:
    """An item of a first poll that is edited waits with the backlog again, and another with the news."""
    subscribe(database, NEW_FEED, LIVE)
    [old] = store(database, "police halt a trial", feed=NEW_FEED, at_first_poll=True)
    live = some_news(database)
    matching = a_matching()
    matching.run(database, now=LATER)
    with database.write() as ledger:
        for item in (old, live):
            ledger.items.revise(item, an_item("police halt two trials"), now=LATER)
    matching.run_news(database, now=LATER)
    assert waiting(database) == [old]


def test_candidates_are_decided_news_first(database: Database) -> None:
    """An article that a first poll brought is decided with the backlog, whichever feed brings it again."""
    subscribe(database, NEW_FEED, LIVE)
    first, second = store(database, "First", "Second", feed=NEW_FEED, at_first_poll=True)
    again = a_copy(database, "Again", of=first)
    live = some_news(database)
    with database.write() as ledger:
        ledger.candidates.add([(POLICE, item) for item in (first, second, again, live)])
    with database.read() as ledger:
        waits = ledger.candidates.waiting(POLICE, limit=9)
        news = ledger.candidates.waiting(POLICE, limit=9, news_only=True)
        assert ledger.candidates.topics_with_news() == {POLICE}
    assert [item.id for item in waits] == [live, first, second, again]
    assert [item.id for item in news] == [live]


def test_an_item_edited_after_it_was_judged_is_judged_again(sqlite_database: Database) -> None:
    """What is stored about an item follows from the text that it has in that transaction."""
    subscribe(sqlite_database, LIVE)
    edited, other = store(sqlite_database, "Cameras halted", "Harbour halted")
    judged: list[str] = []

    def judge(ledger: Ledger, item_ids: Sequence[int]) -> dict[int, JudgedItem | None]:
        items = ledger.match_queue.items(item_ids)
        judged.extend(item.title for item in items)
        return {item.id: JudgedItem(item=item, found={}) for item in items}

    chosen = Slice(Urgency.NEWS, limit=lambda: 9, judge=judge)
    assert chosen.judge(sqlite_database)
    with sqlite_database.write() as ledger:
        ledger.items.revise(edited, an_item("Cameras stopped"), now=LATER)
        taken = [(one.item.id, one.item.title) for one in in_order(chosen.take(ledger).values())]
    assert taken == [(edited, "Cameras stopped"), (other, "Harbour halted")]
    assert judged == ["Cameras halted", "Harbour halted", "Cameras stopped"]
