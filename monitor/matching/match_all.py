"""The topic that matches every item and the route that alerts about every item, for `--all`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alerts.channels.registry import DEFAULT_TYPE
from alerts.deciding.routing import Routing
from monitor.matching.match import Matching, WatchedTopic
from monitor.topics.judging.score import Judgement
from storage.model import Channel, Policy, Route, Updates

if TYPE_CHECKING:
    from monitor.topics.vocabulary.document import Document

EVERYTHING = "*"
NO_CAP = 1_000_000_000  # messages per hour


class _Everything:
    """Matches every document."""

    def judge(self, document: Document) -> dict[str, Judgement]:
        """Return a full score."""
        del document
        return {EVERYTHING: Judgement(score=1.0, why=())}

    def is_near(self, document: Document) -> bool:
        """Return False: nothing is left to be found."""
        del document
        return False


def matching_of_everything() -> Matching:
    """Return a matching with one topic, which every item matches."""
    return Matching([WatchedTopic(name=EVERYTHING, text=EVERYTHING, hash=EVERYTHING)], _Everything())


def routing_of_everything() -> Routing:
    """Return a routing that alerts about every item at once."""
    policy = Policy(
        group_wait=timedelta(0),
        updates=Updates.EVERY_ITEM,
        max_per_hour=NO_CAP,
        quiet=None,
        timezone=ZoneInfo("UTC"),
    )
    channel = Channel(name="console", type=DEFAULT_TYPE)
    route = Route(name="everything", topics=(EVERYTHING,), channels=(channel.name,), policy=policy)
    return Routing(channels={channel.name: channel}, routes=(route,))
