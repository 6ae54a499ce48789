"""Invalid TOML is read as far as possible."""

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.tolerant_toml import read_toml


def told(text):
    """Return the broken lines of a text, and what else was read."""
    reading = read_toml(text)
    return [(slip.line, slip.remedy) for slip in reading.broken], reading.tables


def test_broken_lines_are_left_out():
    """Each broken line is named with a fix, also next to another one; the lines around them are read."""
    slips, tables = told("a = 15m\nb = 1\nc = 22:00-07:00\nd = 1h\ne = \"open\nb = 3\nf = 'open\ng = 2\n")
    assert slips == [
        (1, "put the value in quotes"),
        (3, "put the value in quotes"),
        (4, "put the value in quotes"),
        (5, "close the quote"),
        (6, "the key is set twice: remove one"),
        (7, "close the quote"),
    ]
    assert tables == {"b": 1, "g": 2}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ['x',\nb = 'y'\nc = 'z'\n", 2),
        ("ok = ['x',\n'y']\na = [\n'x',\n\n", 3),
        ('a = """x\n\nb = 1\nc = 22:00\n', 1),
        ("b = 1\na = '''x\nc = 3m\n", 2),
    ],
)
def test_an_unclosed_value_is_one_error(text, line):
    """An unclosed list or string is one error; the lines it swallowed are not checked."""
    slips, tables = told(text)
    assert [found for found, _ in slips] == [line]
    assert tables == {}


def test_keys_after_a_broken_header_are_not_checked():
    """They would otherwise be read as keys of the table before."""
    slips, tables = told("[[feeds]\nurl = 'x'\n")
    assert [line for line, _ in slips] == [1]
    assert tables == {}


def test_duplicate_tables_and_deep_nesting_are_errors():
    """Tables declared twice and values nested too deeply each have their own fix."""
    assert told("[a]\n[a]\n")[0] == [
        (2, "the table is defined twice: remove one, or write [[…]] for a list of them")
    ]
    assert told("a = " + "[" * 100_000)[0] == [(1, "write flatter tables")]


@given(st.text(alphabet=st.sampled_from("ab=[]{}'\"\n .,#1-:T\\"), max_size=60))
def test_any_text_is_read_or_has_a_broken_line(text):
    """Any text is TOML or has a broken line within the text."""
    reading = read_toml(text)
    assert all(1 <= slip.line <= text.count("\n") + 1 for slip in reading.broken)
    if not reading.broken:
        assert reading.tables == tomlkit.parse(text).unwrap()
