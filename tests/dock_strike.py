"""An article about a strike that tests paste as an example, and a small configuration to save topics into."""

from __future__ import annotations

from pathlib import Path

from monitor.config.load import load_settings
from monitor.config.settings import Settings

STRIKE = """Dock workers walk out at Velmont harbour

Dock workers at Velmont harbour walked out on Monday after talks over pay collapsed. The strike by crane drivers
and dock workers stopped all ships at the container port, the harbour authority said. The dockers' union wants
higher wages for night shifts.
"""
CONFIG = """# The desk's configuration.
[[topics]]
name = "roses"
query = "roses"    # in bloom

[[channels]]
name = "console"
type = "console"

[[channels]]
name = "file"
type = "feed"
path = "alerts.atom"

[[routes]]
topics = ["*"]
channels = ["console"]
"""


def settings_in(folder: Path) -> Settings:
    """Write the configuration, with one topic and two channels, into a folder, and load it."""
    path = folder / "storywatch.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load_settings(path, environ={})
