"""The bundled configuration, topic and feeds, which `init` writes and the demo uses."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from monitor.config.template import starter_config

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SEEDED_TOPIC = "police-face-recognition"
CONFIG = "storywatch.toml"


def starter_files() -> dict[str, bytes]:
    """Return every file of a new configuration folder by its relative path."""
    seeds = files("seeds")
    topic = seeds / SEEDED_TOPIC
    return {
        CONFIG: starter_config().encode(),
        "feeds.opml": (seeds / "feeds.opml").read_bytes(),
        **{f"seeds/{SEEDED_TOPIC}/{file.name}": file.read_bytes() for file in _files(topic)},
    }


def seeded_rule() -> str:
    """Return the rule file of the seeded topic."""
    return (files("seeds") / SEEDED_TOPIC / "topic.toml").read_text(encoding="utf-8")


def _files(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.name)
