"""Which commands there are, what each is for in a line, and where it is: `storywatch --help` imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """A command: where it is, and what it is for."""

    place: str  # MODULE:NAME
    purpose: str


# As a newcomer meets them.
SECTIONS: dict[str, dict[str, Known]] = {
    "Begin": {
        "demo": Known("monitor.cli.demo:demo", "See it work on invented feeds, without a network."),
        "init": Known("monitor.cli.init:init", "Write a configuration, a first topic and starter feeds."),
        "check": Known(
            "monitor.cli.check:check", "Name every mistake in the configuration; try feeds and channels."
        ),
    },
    "Watch": {
        "run": Known("monitor.cli.run:run", "Watch the feeds and tell you, until Ctrl-C."),
        "once": Known("monitor.cli.once:once", "Do one round and end, for cron."),
        "worker": Known("monitor.cli.worker:worker", "Be one of many that share a ledger on PostgreSQL."),
    },
    "What to watch": {
        "feeds": Known("monitor.cli.feeds:feeds", "See, add, find, import and pause feeds."),
        "topics": Known("monitor.cli.topics:topics", "Learn topics from articles, read and explain them."),
        "backtest": Known("monitor.cli.backtest:backtest", "Try topics on the past before you trust them."),
        "replay": Known(
            "monitor.cli.replay:replay", "Run archived feeds through every step, sending nothing."
        ),
        "mark": Known("monitor.cli.mark:mark", "Say whether an alert was meant; its topic learns from it."),
    },
    "What there is": {
        "digest": Known("monitor.cli.digest:digest", "Print or send the stories of the last hours or days."),
        "stories": Known("monitor.cli.stories:stories", "See, merge and split stories."),
        "items": Known("monitor.cli.items:items", "Search what was read."),
        "why": Known("monitor.cli.why:why", "Tell why something was told, held or left untold."),
    },
    "Who is told": {
        "channels": Known("monitor.cli.channels:channels", "See, test and resume the ways messages go."),
        "alerts": Known("monitor.cli.alerts:alerts", "See what was sent, waits or failed; send it again."),
        "mute": Known("monitor.cli.mute:mute", "Hear nothing of a topic, story or feed for a while."),
        "unmute": Known("monitor.cli.mute:unmute", "Hear of it again."),
    },
    "Keep it going": {
        "status": Known("monitor.cli.status:status", "How it all does, on one screen."),
        "doctor": Known("monitor.cli.doctor:doctor", "What is wrong, and how to mend it."),
        "db": Known("monitor.cli.db:db", "Back up, restore, check, prune and move the database."),
        "manual": Known("monitor.cli.manual:manual", "Print the manual."),
        "completion": Known(
            "monitor.cli.completion:completion", "Print what a shell needs to complete commands."
        ),
    },
}

COMMANDS: dict[str, Known] = {name: known for section in SECTIONS.values() for name, known in section.items()}
