"""The configuration that `storywatch init` writes."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = Path(__file__).with_name("template.toml")


def starter_config() -> str:
    """Return a commented configuration: the starter feeds, the seeded topic, alerts on the console."""
    return TEMPLATE.read_text(encoding="utf-8")
