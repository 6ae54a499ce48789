"""Views and actions on alerts: the same for commands and pages, without printing."""

from __future__ import annotations

from datetime import UTC

import pytest
from builders import HOUR
from fakes import NOW, FakeSender, a_desk
from newsroom import a_route, arrive, distinct
from outgoing import HOOK, only, post, run

from alerts.alert import alert
from alerts.channels.interface import Refused
from monitor.actions.alerts.deliveries import DeliveryRefused, discard, replay, replay_dead
from monitor.actions.alerts.mute import MuteRefused, mute, unmute
from monitor.actions.alerts.resume_channel import ChannelUnknown, known_channel
from monitor.actions.alerts.send_digest import send_digest
from monitor.views.alerts.deliveries import DeliveryNotShown, read_deliveries, read_delivery
from monitor.views.alerts.digest import read_digest
from monitor.views.alerts.mutes import read_mutes
from storage.database import Database
from storage.model import DeliveryState


def test_dead_deliveries_are_replayed_in_one_action(both: Database) -> None:
    """Every dead delivery of a channel is replayed, except discarded ones."""
    for ident in "123":
        post(both, ident=ident)
    run(both, FakeSender(*[Refused(text="HTTP 400")] * 3))
    discard(both, ["d3"], now=NOW)
    assert replay_dead(both, channel="elsewhere", now=NOW) == ()
    assert sorted(one.id for one in replay_dead(both, channel="hook", now=NOW)) == ["d1-1", "d2-1"]
    with both.read() as ledger:
        assert len(read_deliveries(ledger, state="pending")) == 2
        assert len(read_deliveries(ledger, limit=1)) == 1
        assert read_deliveries(ledger, channel="elsewhere") == ()


def test_an_action_on_deliveries_is_done_for_all_or_none(sqlite_database: Database) -> None:
    """An unknown id among them is named, and nothing is changed."""
    post(sqlite_database)
    with pytest.raises(DeliveryRefused, match="no delivery 'nope'"):
        discard(sqlite_database, ["d1", "nope"], now=NOW)
    assert only(sqlite_database).state is DeliveryState.PENDING
    for unknown in ("nope", ""):  # an empty id is not the beginning of the only delivery's
        with sqlite_database.read() as ledger, pytest.raises(DeliveryNotShown):
            read_delivery(ledger, unknown)
    assert replay(sqlite_database, ["d1"], as_new=True, now=NOW)[0].new_id is not None


def test_a_mute_is_seen_and_ended(both: Database) -> None:
    """A topic is muted by name, and an unknown target is refused."""

    def no_feed(*_: object) -> object:
        raise MuteRefused("no feed")

    given = {"topics": ["police"], "find_feed": no_feed, "now": NOW}
    assert mute(both, "police", until=NOW + HOUR, **given).name == "police"
    with both.read() as ledger:
        assert [one.target for one in read_mutes(ledger, now=NOW)] == ["police"]
    assert unmute(both, "police", **given)[1]
    with pytest.raises(MuteRefused, match="no story s99"):
        mute(both, "s99", until=NOW + HOUR, **given)


def test_a_digest_is_read_and_sent_on_a_channel(both: Database) -> None:
    """Reading a digest changes nothing; sending it creates deliveries."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(both, *distinct(3))
    alert(both, routing, now=NOW)
    with both.read() as ledger:
        digest = read_digest(ledger, since=NOW - HOUR, until=NOW + HOUR)
    assert (len(digest.stories), len(digest.holding)) == (3, 2)
    [message_id] = send_digest(both, digest, HOOK, zone=UTC, now=NOW)
    with both.read() as ledger:
        assert message_id in {one.message.id for one in ledger.outbox.postings()}


def test_an_unknown_channel_is_refused_with_the_nearest_name() -> None:
    """A mistyped name gets a suggestion."""
    with pytest.raises(ChannelUnknown, match="Did you mean 'hook'"):
        known_channel("hok", [HOOK])
