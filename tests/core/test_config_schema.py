"""The JSON Schema of storywatch.toml accepts what storywatch accepts, and marks what an editor can see is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_config_errors import CASES

from monitor.config.json_schema import config_schema
from monitor.config.schema import LISTS, TABLES
from monitor.config.template import starter_config

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(config_schema())
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECTION = re.compile(rf"^\[+({'|'.join((*TABLES, *LISTS))})\]+$", re.MULTILINE)
# The errors that an editor can mark; the others depend on files, other tables or the environment.
MARKED = re.compile(
    r"unknown key|expected |is not a (list of )?table|has neither|has none of|cannot be combined|has no '|"
    r"does not apply|too small|too large|is not a (duration|size|range)|needs 'at'|applies only to digests|"
    r"cannot be set for a list|is not an allowed value|without 'env' or 'file'|is an empty string"
)


def blocks() -> list[Any]:
    """Return every configuration in the documentation, as TOML."""
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for number, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
        if SECTION.search(block)  # the others are single lines, or a rule file
    ]


def problems(text: str) -> list[str]:
    """Return what the schema says of a configuration."""
    return [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_the_schema_is_a_schema() -> None:
    """It is valid in its own dialect."""
    Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("text", blocks())
def test_the_examples_of_the_documentation_are_valid(text: str) -> None:
    """Every configuration that the documentation shows is accepted."""
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [starter_config(), (ROOT / "monitor" / "demo" / "demo.toml").read_text(encoding="utf-8")],
    ids=["init", "demo"],
)
def test_the_configurations_that_are_shipped_are_valid(text: str) -> None:
    """What `init` writes and what `demo` uses is accepted."""
    assert problems(text) == []


@pytest.mark.parametrize("text", [text for text, words in CASES if MARKED.search(words)])
def test_an_error_of_form_is_marked(text: str) -> None:
    """A configuration that storywatch refuses for its form is refused by the schema too."""
    assert problems(text) != []


def test_each_channel_type_has_its_own_keys() -> None:
    """A webhook without an address is marked, and so is one with recipients of mail."""
    whole = '[[channels]]\nname = "h"\ntype = "webhook"\nurl = "https://x.example/"\n'
    assert problems(whole) == []
    assert problems(whole.replace("url", "# url")) != []
    assert problems(f'{whole}to = "desk@example.org"\n') != []
