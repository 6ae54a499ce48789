"""Every requirement code in use is defined in docs/requirements.md, with tests that exist."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from named_tests import ROOT, missing_tests

PAGE = ROOT / "docs" / "requirements.md"
ROWS = re.findall(r"^\| ([A-Z]\d+[a-z]?) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
DEFINED = {code for code, _, _ in ROWS}
NO_TEST = "no test yet"

CODE = r"[A-Z]\d{1,2}[a-z]?"
# A code of one of the page's letters anywhere, or any code in parentheses of its own, alone or in a list.
KNOWN_LETTER = re.compile(rf"(?<![\w%])[{''.join(sorted({code[0] for code in DEFINED}))}]\d{{1,2}}[a-z]?\b")
IN_PARENTHESES = re.compile(rf"\({CODE}(?:(?:, | to | and ){CODE})*\)")
OTHER_MEANINGS = {"C0"}  # the control characters


def sources() -> Iterator[Path]:
    """Yield the code, tests, benchmarks and documentation."""
    for folder in ("alerts", "monitor", "storage", "tests", "benchmarks"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (path for path in (ROOT / "docs").rglob("*.md") if path != PAGE)
    yield from ROOT.glob("*.md")


def prose(path: Path) -> str:
    """Return the text for people in a file: a whole page, or the comments and docstrings of Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py" or not codes_in(text):  # reading Python takes long
        return text
    with path.open("rb") as file:
        comments = [
            token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT
        ]
    docstrings = [
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return "\n".join([*comments, *docstrings])


def codes_in(text: str) -> set[str]:
    """Return the requirement codes that a text cites."""
    listed = " ".join(IN_PARENTHESES.findall(text))
    return {*KNOWN_LETTER.findall(text), *re.findall(CODE, listed)} - OTHER_MEANINGS


def named_tests() -> set[str]:
    """Return every test and test file that the page names."""
    return {name for _, _, shown in ROWS for name in re.findall(r"`(tests/[^`]+)`", shown)}


def test_every_code_in_use_is_defined() -> None:
    """A code cited in a comment, a docstring or a page is defined in docs/requirements.md."""
    undefined = {
        str(path.relative_to(ROOT)): sorted(missing)
        for path in sources()
        if (missing := codes_in(prose(path)) - DEFINED)
    }
    assert undefined == {}


def test_no_code_is_defined_twice() -> None:
    """Each code has one row, and each letter's codes are in order."""
    codes = [code for code, _, _ in ROWS]
    assert len(codes) == len(DEFINED)
    order = [(code[0], int(re.sub(r"\D", "", code)), code) for code in codes]
    for letter in {code[0] for code in codes}:
        numbers = [row for row in order if row[0] == letter]
        assert numbers == sorted(numbers)


def test_every_row_names_a_test_or_says_that_there_is_none() -> None:
    """A row with an empty last column, or with anything else in it, is an error."""
    lines = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(rf"\| {CODE}\b", line)
    ]
    assert len(lines) == len(ROWS)
    parts = [(code, part) for code, _, shown in ROWS for part in shown.split("<br>")]
    assert [
        (code, part)
        for code, part in parts
        if not re.fullmatch(rf"`tests/[\w/]+\.py(::test_\w+)?`|{NO_TEST}(: .+)?", part)
    ] == []


def test_every_test_named_exists() -> None:
    """A test that is renamed or removed must be changed in the page too."""
    assert missing_tests(named_tests()) == []
