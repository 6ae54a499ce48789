"""Which commands there are, what each is for in a line, and where it is: `storywatch --help` imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """A command: where it is, and what it is for."""

    place: str  # MODULE:NAME
    purpose: str


# As a newcomer meets them.
SECTIONS: dict[str, dict[str, CommandEntry]] = {
    "Begin": {
        "demo": CommandEntry(
            "monitor.cli.running.demo:demo", "See it work on invented feeds, without a network."
        ),
        "init": CommandEntry(
            "monitor.cli.running.init:init", "Write a configuration, a first topic and starter feeds."
        ),
        "check": CommandEntry(
            "monitor.cli.running.check:check",
            "Name every mistake in the configuration; try feeds and channels.",
        ),
    },
    "Watch": {
        "run": CommandEntry("monitor.cli.running.run:run", "Watch the feeds and tell you, until Ctrl-C."),
        "once": CommandEntry("monitor.cli.running.once:once", "Do one round and end, for cron."),
        "worker": CommandEntry(
            "monitor.cli.running.worker:worker", "Be one of many that share a ledger on PostgreSQL."
        ),
    },
    "What to watch": {
        "feeds": CommandEntry("monitor.cli.feeds.list:feeds", "See, add, find, import and pause feeds."),
        "topics": CommandEntry(
            "monitor.cli.topics.list:topics", "Learn topics from articles, read and explain them."
        ),
        "backtest": CommandEntry(
            "monitor.cli.topics.backtest:backtest", "Try topics on the past before you trust them."
        ),
        "replay": CommandEntry(
            "monitor.cli.running.replay:replay", "Run archived feeds through every step, sending nothing."
        ),
        "mark": CommandEntry(
            "monitor.cli.topics.mark:mark", "Say whether an alert was meant; its topic learns from it."
        ),
    },
    "What there is": {
        "digest": CommandEntry(
            "monitor.cli.alerts.digest:digest", "Print or send the stories of the last hours or days."
        ),
        "stories": CommandEntry("monitor.cli.history.stories:stories", "See, merge and split stories."),
        "items": CommandEntry("monitor.cli.history.items:items", "Search what was read."),
        "why": CommandEntry(
            "monitor.cli.history.why:why", "Tell why something was told, held or left untold."
        ),
    },
    "Who is told": {
        "channels": CommandEntry(
            "monitor.cli.alerts.channels:channels", "See, test and resume the ways messages go."
        ),
        "alerts": CommandEntry(
            "monitor.cli.alerts.list:alerts", "See what was sent, waits or failed; send it again."
        ),
        "mute": CommandEntry(
            "monitor.cli.alerts.mute:mute", "Hear nothing of a topic, story or feed for a while."
        ),
        "unmute": CommandEntry("monitor.cli.alerts.mute:unmute", "Hear of it again."),
    },
    "Keep it going": {
        "status": CommandEntry("monitor.cli.health.status:status", "How it all does, on one screen."),
        "doctor": CommandEntry("monitor.cli.health.doctor:doctor", "What is wrong, and how to mend it."),
        "db": CommandEntry(
            "monitor.cli.health.db:db", "Back up, restore, check, prune and move the database."
        ),
        "manual": CommandEntry("monitor.cli.help.manual:manual", "Print the manual."),
        "completion": CommandEntry(
            "monitor.cli.help.completion:completion", "Print what a shell needs to complete commands."
        ),
    },
}

COMMANDS: dict[str, CommandEntry] = {
    name: known for section in SECTIONS.values() for name, known in section.items()
}
