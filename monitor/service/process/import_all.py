"""Imports what a long-running process will need, before it starts: an upgrade may replace the files while it runs.

Short commands import these modules when they need them; each is imported inside a function somewhere.
"""

from __future__ import annotations

from importlib import import_module

from storage.ledger import load_every_store

IMPORTED_LATER = (
    "alerts.coverage",
    "alerts.deciding.alert_due",
    "alerts.links.writer",
    "alerts.render.daily_message",
    "alerts.render.digest_message",
    "alerts.render.event_message",
    "css_inline",
    "idna",
    "jinja2",
    "monitor.actions.feeds.sync_subscriptions",
    "monitor.config.lists.opml",
    "monitor.config.lists.opml_repair",
    "monitor.matching.decide",
    "monitor.matching.group",
    "monitor.matching.item_document",
    "monitor.matching.read_topics.check_topic",
    "monitor.matching.read_topics.learn_topic",
    "monitor.matching.new_match",
    "monitor.polling.http.requests",
    "monitor.polling.parsing.page_head",
    "monitor.polling.parsing.read_body",
    "monitor.polling.http.network_rules",
    "monitor.polling.sources.outlets",
    "monitor.service.engine",
    "monitor.stories.new_facts",
    "monitor.text.languages",
    "monitor.text.segments",
    "monitor.text.toml_positions",
    "monitor.topics.judging.sieve",
    "monitor.topics.learning.feedback",
    "monitor.topics.queries.query",
    "nh3",
    "selectolax.lexbor",
    "statistics",
)


def import_all() -> None:
    """Import them, and every store of the database."""
    for module in IMPORTED_LATER:
        import_module(module)
    load_every_store()
