"""The bundled configuration, topic and feeds, which `init` writes and the demo uses."""

from __future__ import annotations

from pathlib import Path

import monitor
from monitor.config.template import starter_config

# Not by the name of a package: seeds holds only data, and another project may have one of this name.
SEEDS = Path(monitor.__file__).parent.parent / "seeds"
SEEDED_TOPIC = "police-face-recognition"
CONFIG = "storywatch.toml"


def starter_files() -> dict[str, bytes]:
    """Return every file of a new configuration folder by its relative path."""
    topic = SEEDS / SEEDED_TOPIC
    return {
        CONFIG: starter_config().encode(),
        "feeds.opml": (SEEDS / "feeds.opml").read_bytes(),
        **{f"seeds/{SEEDED_TOPIC}/{file.name}": file.read_bytes() for file in _files(topic)},
    }


def seeded_rule() -> str:
    """Return the rule file of the seeded topic."""
    return (SEEDS / SEEDED_TOPIC / "topic.toml").read_text(encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file())
