"""The composition root: joins the configuration, the database and the parts of the passes.

with open_app(settings, now=now) as app:           # the database, topics and routes
async with open_engine(app, console=console) as engine:   # and network and processes: see monitor.service.engine
await engine.polling.run(now=...)
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from alerts.alert import release_undigested
from alerts.deciding.routing import Routing, is_for_people
from alerts.render.formats.terminal import on_terminal
from monitor.actions.alerts.links import begin_links
from monitor.matching.configured import ConfiguredTopics, marks_in
from monitor.matching.match import Matching
from monitor.matching.read_topics.load_topics import load_topic, watched
from monitor.polling.fill_outlets import fill_outlets
from monitor.service.open_ledger import open_ledger
from monitor.service.pull_back import pull_back
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from monitor.config.settings import Settings
    from storage.database import Database
    from storage.engine.lock import Hold
    from storage.model import Match


log = logging.getLogger(__name__)

HOLDER = "run on "  # prefix of the lease owner of a process that holds the database alone; the next holder knows that it has ended


@value
class App:
    """A configuration joined to its database: everything that needs no network."""

    settings: Settings
    database: Database
    routing: Routing
    matching: ConfiguredTopics

    @contextmanager
    def alone(self, *, now: datetime) -> Iterator[Hold]:
        """Lock the database against every other daemon and round; take over deliveries that a killed one was sending.

        Raises:
            AlreadyRunning: another process holds it.
        """
        with self.database.hold() as hold:
            with self.database.write() as ledger:
                taken = ledger.delivery_leases.take_over(HOLDER, now=now)
            if taken:
                log.warning("took over %d deliveries that an ended storywatch was sending", taken)
            yield hold


@value
class ConsoleOutput:
    """The output for console messages, with their width and colours."""

    out: TextIO
    paint: Callable[[str], str] = on_terminal


def real_clock() -> datetime:
    """Return the present time in aware UTC."""
    return datetime.now(UTC)


@contextmanager
def open_app(settings: Settings, *, now: datetime) -> Iterator[App]:
    """Open the database and synchronise its subscriptions with the configuration.

    Raises:
        DatabaseRefused: the database cannot be used.
        TopicRefused: a topic's rule or examples cannot be used.
    """
    with open_ledger(settings, now=now) as database:
        app = joined(settings, database)
        sync_ledger(app, now=now)
        yield app


def joined(settings: Settings, database: Database) -> App:
    """Return a configuration joined to an open database, without changing the database.

    Raises:
        TopicRefused: a topic's rule or examples cannot be used.
    """
    reads_heads = settings.polling.heads_per_hour > 0
    matching = ConfiguredTopics(settings.topics, marks_in(database), reads_heads=reads_heads)
    return App(settings=settings, database=database, routing=routing_of(settings), matching=matching)


def sync_ledger(app: App, *, now: datetime) -> None:
    """Store an app's topics and routes in the database, and correct times that a clock ahead of this one has set."""
    fill_outlets(app.database)
    pull_back(app.database, app.settings, now=now)
    app.matching.watch(app.database, now=now)
    release_undigested(app.database, app.routing, now=now)
    if app.routing.pages is not None:
        begin_links(app.database, now=now)


def matching_of(settings: Settings) -> Matching:
    """Return the matching of the configured topics.

    Raises:
        TopicRefused: a topic's rule or examples cannot be used.
    """
    from monitor.topics.topic import matcher_of  # noqa: PLC0415  # judges, for a replay

    topics = {config.name: load_topic(config) for config in settings.topics}
    return Matching([watched(config, topics[config.name]) for config in settings.topics], matcher_of(topics))


def routing_of(settings: Settings) -> Routing:
    """Return the configured channels and routes; without `operators`, people get the events about feeds once a day."""
    channels = {channel.name: channel for channel in settings.channels}
    readers = settings.alert_channels
    return Routing(
        channels=channels,
        routes=settings.routes,
        operators=settings.operators or readers,
        daily=() if settings.operators else tuple(name for name in readers if is_for_people(channels[name])),
        new_terms=_new_terms,
        topics=tuple(topic.name for topic in settings.topics),
        pages=settings.pages.url,
    )


def _new_terms(alerted: Sequence[Match], fresh: Sequence[Match]) -> tuple[str, ...]:
    """Return the new terms of an update, by the profiles that stories use."""
    from monitor.matching.item_document import document_of  # noqa: PLC0415  # words, for a story that grew
    from monitor.stories.new_facts import new_terms  # noqa: PLC0415

    return new_terms(
        [document_of(match.item) for match in alerted], [document_of(match.item) for match in fresh]
    )
