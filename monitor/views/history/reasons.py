"""Phrases for the reasons why a match causes no alert, or an alert is held."""

from __future__ import annotations

from alerts.deciding import policy

SILENCES = {
    policy.FIRST_POLL: "no alert: it was in its feed at the first poll, and a first poll sends no alerts",
    policy.BEFORE_TOPIC: "no alert: it is older than its topic, or matched only when the topic was applied again",
    policy.JOINED: "no alert of its own: its story was alerted before and has not grown enough since",
    policy.UPDATES_NEVER: "no alert: its story was alerted before, and the route sends no updates",
    policy.NO_ROUTE: "no alert: no alert route has its topic",
    policy.CONTROL: "no alert: only control feeds brought it",
    policy.FEED_MUTED: "no alert: its feed was muted, and a muted feed causes no alerts",
}
HOLDINGS = {
    policy.CAP: "the channel reached its limit of messages per hour (max_per_hour)",
    policy.QUIET: "the route has quiet hours",
    policy.MUTED: "its topic or story was muted",
    policy.FEED_MUTED: "its feed was muted, and no other feed had the story",
    policy.GAP: "alerts about an outage are collected into one message",
    policy.REMOVED: "no route of the configuration sends its topic to the channel",
}


def silence_words(reason: str) -> str:
    """Return the reason for no alert, without the words that say that there was none."""
    words = SILENCES.get(reason, reason)
    return words.removeprefix("no alert of its own: ").removeprefix("no alert: ")
