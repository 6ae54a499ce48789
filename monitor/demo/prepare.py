"""Writes the configuration of a demo into a folder and reads it like any other."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from monitor.config.load import load_settings
from monitor.config.starter import seeded_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from monitor.config.settings import Settings
    from monitor.demo.web import DemoWeb

CONFIGURATION = "storywatch.toml"


def prepare(folder: Path, web: DemoWeb, configuration: str) -> Settings:
    """Write a configuration with the files that it names: the topic, the web's feeds, the webhook and its secret."""
    config = folder / CONFIGURATION
    config.write_text(configuration, encoding="utf-8")
    (folder / "topic.toml").write_text(seeded_rule(), encoding="utf-8")
    (folder / "feeds.opml").write_text("".join(_opml((*web.feeds, *web.more_feeds))), encoding="utf-8")
    (folder / "hook.url").write_text(web.webhook_url, encoding="utf-8")
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    (folder / "hook.secret").write_text(f"whsec_{secret}", encoding="utf-8")
    return load_settings(config, environ={})


def _opml(feeds: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n<head><title>Demo</title></head>\n<body>\n'
    for title, url in feeds:
        yield f'  <outline type="rss" text={quoteattr(title)} xmlUrl={quoteattr(url)}/>\n'
    yield "</body>\n</opml>\n"
