"""Invalid TOML is read as far as possible."""

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.tolerant_toml import read_toml


def told(text):
    """Return the broken lines of a text, and what was read besides."""
    reading = read_toml(text)
    return [(slip.line, slip.remedy) for slip in reading.broken], reading.tables


def test_broken_lines_are_left_out():
    """Each is named with a way out, neighbours too; the lines around them are read."""
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
def test_what_a_slip_spoils_is_not_told(text, line):
    """A list or a text that was never closed is one mistake, and what it swallowed is not judged."""
    slips, tables = told(text)
    assert [found for found, _ in slips] == [line]
    assert tables == {}


def test_behind_a_broken_header_nothing_is_judged():
    """Its keys would otherwise stand in the table before."""
    slips, tables = told("[[feeds]\nurl = 'x'\n")
    assert [line for line, _ in slips] == [1]
    assert tables == {}


def test_what_stands_twice_and_what_is_too_deep():
    """Tables declared twice and values nested without end have their own way out."""
    assert told("[a]\n[a]\n")[0] == [
        (2, "the table is defined twice: remove one, or write [[…]] for a list of them")
    ]
    assert told("a = " + "[" * 100_000)[0] == [(1, "write flatter tables")]


@given(st.text(alphabet=st.sampled_from("ab=[]{}'\"\n .,#1-:T\\"), max_size=60))
def test_reading_is_total(text):
    """Whatever stands there, it is TOML or has a broken line within the text."""
    reading = read_toml(text)
    assert all(1 <= slip.line <= text.count("\n") + 1 for slip in reading.broken)
    if not reading.broken:
        assert reading.tables == tomlkit.parse(text).unwrap()
