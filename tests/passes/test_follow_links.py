"""Following a link does what it names, once; undoing it takes back that and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import MINUTE
from digesting import SEVEN
from digesting import a_route as a_digest_route
from fakes import NOW
from linking import READERS, TOPICS, a_linked_routing, links, mails, tell, token
from newsroom import FEEDS, a_route, arrive, distinct, messages

from alerts.alert import alert
from alerts.digest import digest
from alerts.links.token import LinkExpired, LinkForged
from monitor.actions.alerts.follow_link import follow_link, undo_link
from monitor.actions.alerts.links import end_links
from monitor.actions.corrections import merge_stories
from monitor.actions.topics.find_items import MarkRefused
from monitor.actions.topics.mark import mark_things
from monitor.service.cron import next_turn
from monitor.views.alerts.digest import read_digest
from monitor.views.alerts.link import read_link
from storage.database import Database
from storage.model import LinkAction, MuteKind, Verdict


def verdicts(database: Database) -> list[tuple[int, str]]:
    with database.read() as ledger:
        return [(one.item_id, one.verdict.value) for one in ledger.marks.active()]


@pytest.mark.parametrize("name", ["yes", "no"])
def test_an_answer_marks_the_items_of_the_story(both: Database, name: str) -> None:
    """Using the link again changes nothing, and a GET marks nothing."""
    tell(both)
    link = token(links(both)[name])
    with both.read() as ledger:
        view = read_link(ledger, link, now=NOW)
    assert (view.token.action, view.target.name, view.is_used) == (LinkAction(name), "s1", False)
    assert verdicts(both) == []
    done = [follow_link(both, TOPICS, link, now=NOW + n * MINUTE) for n in range(3)]
    assert len(set(done)) == 1
    assert verdicts(both) == [(1, name)]
    with both.read() as ledger:
        assert ledger.marks.newest() == 1
        assert read_link(ledger, link, now=NOW).is_used


def test_undoing_an_answer_brings_back_the_mark_before_it(ledger_: Database) -> None:
    """The owner's former mark counts again."""
    tell(ledger_)
    mark_things(
        ledger_, TOPICS, ["i1"], verdict=Verdict.YES, undo=False, only=None, write=False, since=NOW, now=NOW
    )
    link = token(links(ledger_)["no"])
    follow_link(ledger_, TOPICS, link, now=NOW + MINUTE)
    assert verdicts(ledger_) == [(1, "no")]
    assert undo_link(ledger_, TOPICS, link, now=NOW + 2 * MINUTE) is not None
    assert verdicts(ledger_) == [(1, "yes")]
    assert undo_link(ledger_, TOPICS, link, now=NOW + 3 * MINUTE) is None
    follow_link(ledger_, TOPICS, link, now=NOW + 4 * MINUTE)
    assert verdicts(ledger_) == [(1, "no")]


def test_undoing_keeps_later_marks(ledger_: Database) -> None:
    """A mark that the owner made after the link was used stays."""
    tell(ledger_)
    link = token(links(ledger_)["no"])
    follow_link(ledger_, TOPICS, link, now=NOW)
    mark_things(
        ledger_, TOPICS, ["i1"], verdict=Verdict.YES, undo=False, only=None, write=False, since=NOW,
        now=NOW + MINUTE,
    )  # fmt: skip
    undo_link(ledger_, TOPICS, link, now=NOW + 2 * MINUTE)
    assert verdicts(ledger_) == [(1, "yes")]


def test_a_mute_holds_the_story_for_seven_days_and_no_longer(both: Database) -> None:
    """Using the link again does not extend it, and undoing keeps the owner's own mute."""
    tell(both)
    link = token(links(both)["mute"])
    follow_link(both, TOPICS, link, now=NOW)
    follow_link(both, TOPICS, link, now=NOW + timedelta(days=3))
    with both.read() as ledger:
        [mute] = ledger.mutes.active(now=NOW)
    assert (mute.kind, mute.target, mute.until) == (MuteKind.STORY, "1", NOW + timedelta(days=7))
    undo_link(both, TOPICS, link, now=NOW + MINUTE)
    with both.read() as ledger:
        assert ledger.mutes.active(now=NOW + MINUTE) == []


def test_unsubscribing_affects_one_recipient_and_one_topic(both: Database) -> None:
    """The other recipient still gets alerts, and undoing restores them."""
    tell(both)
    link = token(mails(both)[READERS[0]].unsubscribe or "")
    use = follow_link(both, TOPICS, link, now=NOW)
    assert (use.target, use.topics) == (READERS[0], ("police",))
    routing = a_linked_routing()
    arrive(both, *distinct(1), now=NOW + MINUTE)
    alert(both, routing, now=NOW + MINUTE)
    with both.read() as ledger:
        newest = messages(both, "desk")[-1].id
        reached = [one.recipient for one in ledger.history.carried([newest])]
    assert reached == [READERS[1]]
    undo_link(both, TOPICS, link, now=NOW + MINUTE)
    with both.read() as ledger:
        assert ledger.recipient_mutes.active() == []


def test_a_merged_story_is_answered_where_its_items_are(ledger_: Database) -> None:
    """The link in an older mail applies to the surviving story."""
    tell(ledger_, *distinct(2))
    link = token(links(ledger_)["no"])
    with ledger_.read() as ledger:
        merged = read_link(ledger, link, now=NOW).target.name
    other = "s1" if merged == "s2" else "s2"
    merge_stories(ledger_, other, [merged], now=NOW)
    assert follow_link(ledger_, TOPICS, link, now=NOW).target == other
    assert {verdict for _, verdict in verdicts(ledger_)} == {"no"}


def test_links_expire(ledger_: Database) -> None:
    """They expire after 30 days, with a new key, and with their topic."""
    tell(ledger_)
    link = token(links(ledger_)["no"])
    with pytest.raises(LinkExpired):
        follow_link(ledger_, TOPICS, link, now=NOW + timedelta(days=30))
    with pytest.raises(MarkRefused, match="no topic"):
        follow_link(ledger_, {}, link, now=NOW)
    end_links(ledger_, now=NOW)
    with pytest.raises(LinkForged):
        follow_link(ledger_, TOPICS, link, now=NOW)
    assert verdicts(ledger_) == []


def test_the_next_digest_lists_what_was_done_through_links(both: Database) -> None:
    """Each use is listed once, also in a digest without stories, but not if it was undone."""
    tell(both)
    found = links(both)
    follow_link(both, TOPICS, token(found["no"]), now=NOW)
    follow_link(both, TOPICS, token(found["mute"]), now=NOW)
    undo_link(both, TOPICS, token(found["mute"]), now=NOW)
    routing = a_linked_routing(a_digest_route("desk"))
    with both.read() as ledger:
        assert [one.action for one in read_digest(ledger, since=NOW - MINUTE, until=NOW).link_uses] == [
            LinkAction.NO
        ]
    when = SEVEN
    for _ in range(4):
        digest(both, routing, next_turn=next_turn, now=when)
        when += timedelta(days=1)
    texts = [one.body.decode() for one in messages(both, "desk") if one.kind == "digest"]
    assert ["s1 was marked as not meant by police" in text for text in texts].count(True) == 1
    assert not any("muted" in text for text in texts)


def reached_by_the_newest(database: Database, kind: str) -> set[str]:
    """Return the recipients of the newest mail of a kind."""
    newest = [one for one in messages(database, "desk") if one.kind == kind][-1]
    with database.read() as ledger:
        return {one.recipient for one in ledger.history.carried([newest.id])}


def test_a_reader_can_end_the_digests(ledger_: Database) -> None:
    """Alerts still reach that reader."""
    routing = a_linked_routing(a_route("desk"), a_digest_route("desk"))
    tell(ledger_, routing=routing)
    for day in range(2):
        digest(ledger_, routing, next_turn=next_turn, now=SEVEN + timedelta(days=day))
    assert reached_by_the_newest(ledger_, "digest") == set(READERS)
    use = follow_link(ledger_, TOPICS, token(mails(ledger_)[READERS[0]].unsubscribe or ""), now=SEVEN)
    assert use.topics == ()
    arrive(ledger_, *distinct(1), now=SEVEN + timedelta(days=1), feed=FEEDS[1])
    alert(ledger_, routing, now=SEVEN + timedelta(days=1))
    digest(ledger_, routing, next_turn=next_turn, now=SEVEN + timedelta(days=2))
    assert reached_by_the_newest(ledger_, "digest") == {READERS[1]}
    assert reached_by_the_newest(ledger_, "story.new") == set(READERS)
