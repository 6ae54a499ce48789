"""What an owner cannot have is refused with the cause, and nothing is changed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, WordJudge, a_topic, store, subscribe
from linking import DESK, TOPICS, links, tell, token
from outgoing import lease, only, post
from rounds import FEED

from alerts.links.token import LinkExpired
from monitor.actions.access.tokens import TokenRefused, make_access_token
from monitor.actions.alerts.deliveries import DeliveryRefused, replay
from monitor.actions.alerts.follow_link import follow_link
from monitor.actions.alerts.mute_recipient import RecipientRefused, mute_recipient
from monitor.actions.feeds.control_feeds import FeedNotSubscribed, pause_feed
from monitor.actions.feeds.unsubscribe import FeedNotConfigured, remove_feed
from monitor.actions.prune import prune
from monitor.actions.topics.apply import apply
from monitor.actions.topics.write_rule import RuleFileExists, write_learnt_rule
from monitor.config.edit_feeds import NotEditableError
from monitor.config.load import load_settings
from monitor.topics.rules.parse import parse_rule
from storage.database import Database
from storage.model import DeliveryState
from storage.model.access import Role

OTHER = "https://example.com/feed"
RULE = 'name = "ports"\n[terms]\nharbour = 4.5\nstrike = 4.5\n'


def test_a_delivery_that_is_being_sent_is_not_sent_again(sqlite_database: Database) -> None:
    """A second copy would go out beside the first."""
    post(sqlite_database)
    lease(sqlite_database)
    with pytest.raises(DeliveryRefused, match="d1-1 is being sent now"):
        replay(sqlite_database, ["d1-1"], now=NOW)
    assert only(sqlite_database).state is DeliveryState.LEASED


def test_a_link_to_a_story_that_was_pruned_says_so(ledger_: Database) -> None:
    """The button in an old mail does nothing."""
    tell(ledger_)
    link = token(links(ledger_)["mute"])
    later = NOW + timedelta(days=900)
    prune(ledger_, keep=timedelta(days=400), now=later)
    with pytest.raises(LinkExpired):
        follow_link(ledger_, TOPICS, link, now=later)


def test_a_recipient_is_muted_by_a_known_topic_and_address(sqlite_database: Database) -> None:
    """A mistyped name or address mutes nobody in silence."""
    known = {"topics": ["police"], "channels": [DESK], "now": NOW}
    with pytest.raises(RecipientRefused, match=r"no topic 'polce'; with --to write one of: police, digest"):
        mute_recipient(sqlite_database, "polce", DESK.to[0], **known)
    with pytest.raises(RecipientRefused, match=r"no channel sends mail to 'eve@news.example'"):
        mute_recipient(sqlite_database, "police", "eve@news.example", **known)


@pytest.mark.parametrize("name", ["", " ada", "ada\n", "a" * 500])
def test_a_token_has_a_name_of_one_line(sqlite_database: Database, name: str) -> None:
    """Lists and commands show tokens by their names."""
    with pytest.raises(TokenRefused, match="cannot be the name of a token; fix: write one line"):
        make_access_token(sqlite_database, name, role=Role.READER, now=NOW)


def test_controls_need_a_subscribed_feed(sqlite_database: Database) -> None:
    """An unknown address is named."""
    with pytest.raises(FeedNotSubscribed, match=r"no feed 'https://example.com/feed' is subscribed"):
        pause_feed(sqlite_database, OTHER)


def test_a_feed_that_cannot_be_removed_stays_in_every_file(sqlite_database: Database, tmp_path: Path) -> None:
    """Two feeds of one title, and feeds that are written in a form that is not edited."""
    config = tmp_path / "storywatch.toml"
    twins = "".join(f'[[feeds]]\nurl = "{url}"\ntitle = "Twin"\n' for url in (FEED, OTHER))
    config.write_text(twins, encoding="utf-8")
    settings = load_settings(config, environ={})
    with pytest.raises(FeedNotConfigured, match="2 feeds have the title 'twin'; give the address of one"):
        remove_feed(sqlite_database, settings, "twin", environ=os.environ, now=NOW)
    assert config.read_text(encoding="utf-8") == twins
    inline = f'feeds = [{{ url = "{FEED}" }}]\n'
    config.write_text(inline, encoding="utf-8")
    settings = load_settings(config, environ={})
    with pytest.raises(NotEditableError, match=r"not written as \[\[feeds\]\] tables; edit it by hand"):
        remove_feed(sqlite_database, settings, FEED, environ=os.environ, now=NOW)
    assert config.read_text(encoding="utf-8") == inline


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ("# my notes\n", "text that is not a rule"),
        (f"# by hand\n{RULE}", "the same rule in another form"),
        (RULE.replace("strike = 4.5", "strike = 2.0"), "another rule; it would change: "),
    ],
)
def test_learning_does_not_overwrite_a_file_in_silence(tmp_path: Path, there: str, words: str) -> None:
    """The refusal says what the file holds."""
    path = tmp_path / "ports.toml"
    path.write_text(there, encoding="utf-8")
    with pytest.raises(RuleFileExists, match=words):
        write_learnt_rule(parse_rule(RULE, "test"), path, overwrite=False)
    assert path.read_text(encoding="utf-8") == there


def test_applying_a_topic_reads_its_feeds_and_leaves_grouping_to_a_daemon(sqlite_database: Database) -> None:
    """Items of other feeds are not judged; beside a daemon the matches wait for it."""
    subscribe(sqlite_database, FEED, OTHER)
    [ours] = store(sqlite_database, "Police reopen the bridge")
    store(sqlite_database, "Police close the bridge", feed=OTHER)
    topic = a_topic("police", feeds=frozenset({FEED}))
    since = NOW - timedelta(days=1)
    with sqlite_database.hold():
        done = apply(sqlite_database, topic, WordJudge("police"), since=since, now=NOW)
    assert ([item.id for item in done.added], done.judged, done.grouped) == ([ours], 1, False)
