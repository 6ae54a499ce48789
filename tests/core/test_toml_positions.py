"""Positions of keys and tables in a TOML text."""

from monitor.text.toml_positions import lines_of, text_lines

TEXT = """\
# the top
database = "x"
a.b."c d" = [1, 2,   # why
  {x = 1, y.z = "s"}]

[polling]
interval = '''
a'''
[[feeds]]
url = "é"
headers = {A = {env = "B"}}
[[feeds]]
url = "y"

[feeds.headers]
"B.C" = "x"
[other.inner]
query = 'é OR one'
[[other.rows]]
[[other.rows.cells]]
[[other.rows.cells]]
n = 1
"""


def test_every_key_has_its_line():
    """Keys at the top, dotted, quoted and in inline tables are all found."""
    lines = lines_of(TEXT)
    assert lines["database",] == 2
    assert lines["a", "b", "c d"] == 3
    assert lines["a",] == 3
    assert lines["a", "b", "c d", 1] == 3
    assert lines["a", "b", "c d", 2, "y", "z"] == 4
    assert lines["feeds", 0, "headers", "A", "env"] == 11


def test_tables_of_a_list_are_counted():
    """The second `[[feeds]]` is feed 1, and a table below it belongs to it."""
    lines = lines_of(TEXT)
    assert lines["feeds", 0] == 9
    assert lines["feeds", 1, "url"] == 13
    assert lines["feeds", 1, "headers"] == 15
    assert lines["feeds", 1, "headers", "B.C"] == 16
    assert lines["other", "rows", 0, "cells", 1, "n"] == 22


def test_a_parent_that_is_never_named_has_the_line_of_its_first_child():
    """`[other.inner]` also gives `other` a line."""
    assert lines_of(TEXT)["other",] == 17


def test_a_multi_line_string_begins_at_its_text():
    """The line break behind the opening quotes does not count as text."""
    query, interval = ("other", "inner", "query"), ("polling", "interval")
    assert text_lines(TEXT, [query, interval]) == {query: 18, interval: 8}
    assert text_lines("e = 1\nq = ['x', 'é', 'y']\n", [("q", 2)]) == {("q", 2): 2}


def test_only_strings_have_a_text_position():
    """A number, a table and a missing path have none."""
    paths = [("other", "rows", 0, "cells", 1, "n"), ("other", "inner"), ("other", "missing")]
    assert text_lines(TEXT, paths) == {}


def test_windows_line_ends_do_not_shift_lines():
    """Carriage returns do not shift lines, and an empty text has no positions."""
    assert lines_of("a = 1\r\n\r\nb = 2\r\n") == {("a",): 1, ("b",): 3}
    assert lines_of("") == {}
