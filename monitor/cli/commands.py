"""The commands with their modules and one line of help each; `storywatch --help` imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """A command: its module and function, and its purpose in one line."""

    place: str  # MODULE:NAME
    purpose: str


# In the order in which a newcomer needs them.
SECTIONS: dict[str, dict[str, CommandEntry]] = {
    "Begin": {
        "demo": CommandEntry(
            "monitor.cli.running.demo:demo", "Show the main job on invented feeds, without a network."
        ),
        "init": CommandEntry(
            "monitor.cli.running.init:init", "Write a configuration, a first topic and starter feeds."
        ),
        "check": CommandEntry(
            "monitor.cli.running.check:check",
            "Report every error in the configuration; try feeds and channels.",
        ),
        "config": CommandEntry(
            "monitor.cli.help.config:config", "Print the JSON Schema of storywatch.toml, for editors."
        ),
    },
    "Watch": {
        "run": CommandEntry("monitor.cli.running.run:run", "Watch the feeds and send alerts until Ctrl-C."),
        "once": CommandEntry("monitor.cli.running.once:once", "Run every step once and end, for cron."),
        "worker": CommandEntry(
            "monitor.cli.running.worker:worker", "Run one of many workers on a PostgreSQL database."
        ),
        "pages": CommandEntry(
            "monitor.cli.pages.serve:pages", "Serve the web pages alone; make sign-in links and tokens."
        ),
    },
    "Feeds and topics": {
        "feeds": CommandEntry("monitor.cli.feeds.list:feeds", "List, add, find, import and pause feeds."),
        "topics": CommandEntry("monitor.cli.topics.list:topics", "Learn, show and explain topics."),
        "backtest": CommandEntry("monitor.cli.topics.backtest:backtest", "Test topics on past items."),
        "replay": CommandEntry(
            "monitor.cli.running.replay:replay", "Run archived feeds through every step without sending."
        ),
        "mark": CommandEntry(
            "monitor.cli.topics.mark:mark", "Mark an alert as right or wrong; its topic learns from the mark."
        ),
    },
    "Stories and items": {
        "digest": CommandEntry(
            "monitor.cli.alerts.digest:digest", "Print or send the stories of the last hours or days."
        ),
        "stories": CommandEntry("monitor.cli.history.stories:stories", "List, merge and split stories."),
        "items": CommandEntry("monitor.cli.history.items:items", "Search items and show one."),
        "coverage": CommandEntry(
            "monitor.cli.history.coverage:coverage", "Show what your feeds miss, and which feeds to add."
        ),
        "why": CommandEntry(
            "monitor.cli.history.why:why", "Explain why an item or story was alerted, held or left out."
        ),
    },
    "Alerts and channels": {
        "channels": CommandEntry("monitor.cli.alerts.channels:channels", "List, test and resume channels."),
        "alerts": CommandEntry(
            "monitor.cli.alerts.list:alerts", "List sent, waiting and failed deliveries; send them again."
        ),
        "mute": CommandEntry(
            "monitor.cli.alerts.mute:mute", "Hold the alerts of a topic, story or feed for a while."
        ),
        "unmute": CommandEntry("monitor.cli.alerts.mute:unmute", "End a mute."),
    },
    "Operation": {
        "status": CommandEntry(
            "monitor.cli.health.status:status",
            "Show what is running, late, failing or waiting, on one screen.",
        ),
        "doctor": CommandEntry("monitor.cli.health.doctor:doctor", "Report problems and how to fix them."),
        "db": CommandEntry(
            "monitor.cli.health.db:db", "Back up, restore, check, prune and move the database."
        ),
        "mcp": CommandEntry("monitor.cli.history.mcp:mcp", "Serve read-only tools to an assistant."),
        "manual": CommandEntry("monitor.cli.help.manual:manual", "Print the manual."),
        "completion": CommandEntry(
            "monitor.cli.help.completion:completion", "Print the completion script of a shell."
        ),
        "licences": CommandEntry(
            "monitor.cli.help.licences:licences", "List the installed packages and their licences."
        ),
    },
}

COMMANDS: dict[str, CommandEntry] = {
    name: known for section in SECTIONS.values() for name, known in section.items()
}
