"""Adds feeds to the text of a configuration file and removes them; the rest of the text does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT

from monitor.config.errors import BadValueError
from monitor.polling.http.address import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from monitor.config.lists.opml import Outline


class NotEditableError(BadValueError):
    """The configuration's feeds are written in a form that cannot be edited."""


def with_feeds(text: str, feeds: Iterable[Outline]) -> str:
    """Return the text of a configuration with a `[[feeds]]` table for each of these, after the existing ones.

    Raises:
        NotEditableError: its feeds are not `[[feeds]]` tables.
    """
    written = tomlkit.parse(text)
    tables = _tables(written)
    for feed in feeds:
        table = tomlkit.table()
        table.add("url", feed.url)
        if feed.title:
            table.add("title", feed.title)
        if feed.tags:
            table.add("tags", list(feed.tags))
        table.add(tomlkit.nl())
        tables.append(table)
    if "feeds" not in written:
        written.append("feeds", tables)
    return tomlkit.dumps(written)


def without_feed(text: str, url: str) -> str | None:
    """Return the text of a configuration without the feed at a normalised URL; None if it has no table for it.

    Raises:
        NotEditableError: its feeds are not `[[feeds]]` tables.
    """
    written = tomlkit.parse(text)
    tables = _tables(written)
    found = [at for at, table in enumerate(tables) if "url" in table and normalise(str(table["url"])) == url]
    if not found:
        return None
    for at in reversed(found):
        del tables[at]
    if not tables:
        del written["feeds"]
    return tomlkit.dumps(written)


def named_lists(text: str) -> list[str]:
    """Return the paths of the OPML lists that a configuration names, as they are written."""
    feeds: Any = tomlkit.parse(text).get("feeds", [])
    return [str(table["opml"]) for table in feeds if "opml" in table]


def read_text(path: Path) -> str:
    """Return the text of a configuration with its line ends as they are."""
    return path.read_bytes().decode("utf-8-sig")


def _tables(written: tomlkit.TOMLDocument) -> AoT:
    tables: Any = written.get("feeds", AoT([]))
    if not isinstance(tables, AoT):
        raise NotEditableError(
            "the configuration's feeds are not written as [[feeds]] tables", "edit it by hand"
        )
    return tables
