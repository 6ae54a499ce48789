"""Converts another reader's filter rules to a query topic; rules that a query cannot express are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.topics.queries.imports import convert
from monitor.topics.queries.query import parse_query
from monitor.topics.queries.tokens import QueryError
from monitor.topics.rules.format import quoted

if TYPE_CHECKING:
    from pathlib import Path


class RulesNotImported(ActionRefused):
    """The rules cannot be converted to a query; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTopic:
    """A topic made from filter rules: its query, the number of its rules, and a sentence for each rule left out."""

    name: str
    query: str
    rules: int
    left_out: tuple[str, ...]

    @property
    def toml(self) -> str:
        """The topic in the form of the configuration file."""
        return f"[[topics]]\nname = {quoted(self.name)}\nquery = '''\n{self.query}\n'''"


def import_rules(name: str, keep: Path, block: Path | None) -> ImportedTopic:
    """Return the topic made from the rules of one or two files; `block` contains the rules for unwanted items.

    Raises:
        RulesNotImported: a file contains no rule that a query can express, or the query is invalid as a whole.
    """
    wanted, left_out = _parts(keep, "")
    not_wanted, left_out_of_block = _parts(block, "wanted NOT ") if block is not None else ((), ())
    query = " OR\n".join(wanted)
    if not_wanted:
        query = f"({query})\nNOT ({' OR '.join(not_wanted)})"
    try:
        parse_query(query, f"the query made of {keep}")
    except QueryError as error:
        raise RulesNotImported(str(error)) from None
    return ImportedTopic(
        name=name,
        query=query,
        rules=len(wanted) + len(not_wanted),
        left_out=(*left_out, *left_out_of_block),
    )


def _parts(file: Path, before: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a file's rules as parts of a query, and the reasons for rules left out; each is checked with `before`."""
    try:
        converted = convert(file.read_text(encoding="utf-8-sig"), tried_after=before)
    except UnicodeDecodeError:
        raise RulesNotImported(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    if not converted.parts:
        reasons = "".join(f"\n  {words}" for words in converted.left_out)
        raise RulesNotImported(f"{file}: no rule in it can become part of a query{reasons}")
    return converted.parts, converted.left_out
