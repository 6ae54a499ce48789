"""Adds topics to the text of a configuration file and changes their queries; the rest of the text does not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT, String, StringType, Trivia

from monitor.config.edit_feeds import NotEditableError
from monitor.text.toml_positions import tables_in
from monitor.topics.rules.format import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

BY_HAND = "edit it by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicEntry:
    """A topic as it is written into a configuration: a rule file's path or a query, and channels for a route of its own."""

    name: str
    rule: str | None = None
    query: str | None = None
    channels: tuple[str, ...] = ()

    @property
    def topic_lines(self) -> str:
        """The `[[topics]]` table."""
        if self.query is not None:
            return f"[[topics]]\nname = {quoted(self.name)}\nquery = {query_text(self.query)}\n"
        return f"[[topics]]\nname = {quoted(self.name)}\nrule = {quoted(self.rule or '')}\n"

    @property
    def route_lines(self) -> str:
        """The `[[routes]]` table that alerts its own channels; nothing without any."""
        if not self.channels:
            return ""
        channels = ", ".join(quoted(name) for name in self.channels)
        return f'[[routes]]\ntopics = [{quoted(self.name)}]\nchannels = [{channels}]\nsend = "alerts"\n'


def query_text(query: str) -> str:
    """Return a query as a TOML string, with its lines unchanged if possible."""
    if "'''" in query or any(ord(char) < ord(" ") and char not in "\n\t" for char in query):
        return quoted(query)
    if "\n" in query:
        return f"'''\n{query}'''"
    return quoted(query) if "'" in query else f"'{query}'"


def with_topic(text: str, entry: TopicEntry) -> str:
    """Return the text of a configuration with a topic behind its last topic, and its route behind the last route.

    Raises:
        NotEditableError: its topics or routes are not written as tables.
    """
    _tables(tomlkit.parse(text), "topics")
    _tables(tomlkit.parse(text), "routes")
    text = _with_table(text, "topics", entry.topic_lines)
    return _with_table(text, "routes", entry.route_lines) if entry.route_lines else text


def with_query(text: str, name: str, query: str) -> str:
    """Return the text of a configuration in which a topic has another query.

    Raises:
        NotEditableError: the topic is not written as a table.
    """
    written = tomlkit.parse(text)
    _table_of(written, name)["query"] = _string(query)
    return tomlkit.dumps(written)


def with_rule(text: str, name: str, rule: str) -> str:
    """Return the text of a configuration in which a topic that learns from articles has a rule file instead.

    Raises:
        NotEditableError: the topic is not written as a table.
    """
    written = tomlkit.parse(text)
    table = _table_of(written, name)
    del table["articles"]
    table["rule"] = rule
    return tomlkit.dumps(written)


def without_topic(text: str, name: str) -> str:
    """Return the text of a configuration without a topic, and without the routes that are for it alone.

    Raises:
        NotEditableError: the topic is not written as a table.
    """
    written = tomlkit.parse(text)
    topic = _table_of(written, name)
    routes = _tables(written, "routes")
    alone = [place for place, route in enumerate(routes) if _listed(route.get("topics")) == [name]]
    for route in routes:
        if _listed(route.get("priority")) == [name]:
            del route["priority"]
        for key in ("topics", "priority"):
            if name in _listed(route.get(key)) and not isinstance(route[key], str):
                route[key].remove(name)
    topics = [place for place, one in enumerate(_tables(written, "topics")) if one is topic]
    return _without_tables(_without_tables(tomlkit.dumps(written), "routes", alone), "topics", topics)


def _without_tables(text: str, section: str, places: Sequence[int]) -> str:
    """Return the text without the lines of these tables of a section, and without the blank line before each."""
    lines = text.splitlines(keepends=True)
    spans = tables_in(text, section)
    for place in reversed(places):
        first, last = spans[place]
        blank = first > 1 and not lines[first - 2].strip()
        del lines[first - 1 - blank : last]
    return "".join(lines)


def _listed(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str) else [str(one) for one in value or ()]


def _with_table(text: str, section: str, table: str) -> str:
    """Return the text with a table behind the last one of its section and the comments right below it, or at the end."""
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    spans = tables_in(text, section)
    at = spans[-1][1] if spans else len(lines)
    while at < len(lines) and lines[at].lstrip().startswith("#"):
        at += 1
    before = [""] if at and lines[at - 1].strip() else []
    after = [""] if at < len(lines) and lines[at].strip() else []
    return ends.join([*lines[:at], *before, *table.rstrip("\n").split("\n"), *after, *lines[at:]]) + ends


def _string(query: str) -> String:
    kind = StringType.SLL if "\n" not in query else StringType.MLL
    if query_text(query).startswith('"'):
        kind = StringType.SLB
        return String(kind, query, quoted(query)[1:-1], Trivia())
    return String(kind, query, f"\n{query}" if kind is StringType.MLL else query, Trivia())


def _table_of(written: tomlkit.TOMLDocument, name: str) -> Any:
    for table in _tables(written, "topics"):
        if table.get("name") == name:
            return table
    raise NotEditableError(f"the configuration has no [[topics]] table named {name!r}", BY_HAND)


def _tables(written: tomlkit.TOMLDocument, section: str) -> AoT:
    tables: Any = written.get(section, AoT([]))
    if not isinstance(tables, AoT):
        raise NotEditableError(
            f"the configuration's {section} are not written as [[{section}]] tables", BY_HAND
        )
    return tables
