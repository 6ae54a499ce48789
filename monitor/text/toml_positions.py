"""Positions in a TOML text, for errors that name a line: the parser gives only the values.

A path is made of keys and zero-based positions: `("feeds", 2, "url")`. The text is valid TOML 1.0, or the
places may be incomplete. Lines count from 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tomli

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tree_sitter import Node

    Found = Iterator[tuple["TomlPath", Node, Node | None]]  # path, the node that names it, its value

TomlPath = tuple[str | int, ...]

KEYS = ("bare_key", "quoted_key", "dotted_key")
MULTILINE_START = re.compile(rb"(?:\"\"\"|''')\r?\n?")


def lines_of(text: str) -> dict[TomlPath, int]:
    """Return the line of every key, table and list element; a table's line is where it is first named."""
    lines: dict[TomlPath, int] = {}
    for path, node, _ in _places(_root(text)):
        for depth in range(1, len(path) + 1):
            lines.setdefault(path[:depth], node.start_point.row + 1)
    return lines


def text_lines(text: str, paths: Collection[TomlPath]) -> dict[TomlPath, int]:
    """Return the line of the first character inside each string value."""
    source = text.encode()
    return {
        path: _inside(source, value)
        for path, _, value in _places(_root(text))
        if path in paths and value is not None and value.type == "string"
    }


def tables_in(text: str, section: str) -> list[tuple[int, int]]:
    """Return the first and the last line of each table of a section, such as `[[topics]]`.

    Comments behind a table's last value, which may belong to what follows, are not counted.
    """
    return [
        (node.start_point.row + 1, _last_row(node) + 1)
        for node in _root(text).named_children
        if node.type == "table_array_element" and _keys(node.named_children[0]) == (section,)
    ]


def _last_row(table: Node) -> int:
    return [child for child in table.named_children if child.type != "comment"][-1].end_point.row


def _root(text: str) -> Node:
    # Imported here: every start of the program reads a configuration, few have to name a line in it.
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_toml  # noqa: PLC0415

    grammar = tree_sitter.Language(tree_sitter_toml.language())
    return tree_sitter.Parser(grammar).parse(text.encode()).root_node


def _places(root: Node) -> Found:
    counts: dict[TomlPath, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair((), node)
        elif node.type in ("table", "table_array_element"):
            yield from _table(node, counts)


def _table(node: Node, counts: dict[TomlPath, int]) -> Found:
    path = _resolved(_keys(node.named_children[0]), counts)
    if node.type == "table_array_element":
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    yield path, node, None
    for child in node.named_children[1:]:
        if child.type == "pair":
            yield from _pair(path, child)


def _resolved(keys: tuple[str, ...], counts: dict[TomlPath, int]) -> TomlPath:
    """Return the path of a table header: `[feeds.headers]` belongs to the last `[[feeds]]` above it."""
    path: TomlPath = ()
    for depth, key in enumerate(keys, start=1):
        path = (*path, key)
        if path in counts and depth < len(keys):
            path = (*path, counts[path])
    return path


def _pair(base: TomlPath, node: Node) -> Found:
    key, *rest = (child for child in node.named_children if child.type != "comment")
    path = (*base, *_keys(key))
    value = rest[0] if rest else None
    yield path, node, value
    if value is not None:
        yield from _inner(path, value)


def _inner(base: TomlPath, value: Node) -> Found:
    """Yield the contents of a list or an inline table."""
    if value.type == "inline_table":
        for child in value.named_children:
            if child.type == "pair":
                yield from _pair(base, child)
    elif value.type == "array":
        elements = (child for child in value.named_children if child.type != "comment")
        for position, element in enumerate(elements):
            yield (*base, position), element, element
            yield from _inner((*base, position), element)


def _keys(node: Node) -> tuple[str, ...]:
    if node.type == "dotted_key":
        parts = (child for child in node.named_children if child.type in KEYS)
        return tuple(key for part in parts for key in _keys(part))
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        return tuple(tomli.loads(f"{text} = 0"))
    return (text,)


def _inside(source: bytes, value: Node) -> int:
    written = source[value.start_byte : value.end_byte]
    opening = MULTILINE_START.match(written)
    start = value.start_byte + (opening.end() if opening else 1)
    return source.count(b"\n", 0, start) + 1
