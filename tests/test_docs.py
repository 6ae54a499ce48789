"""The documentation is complete, current and free of broken examples."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import apprise
import pytest

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
sys.path.insert(0, str(DOCS / "reference"))

import build  # noqa: E402 - the folder of the generator goes on the path first

MAX_README = 120  # lines: the purpose, a picture, the first steps, links
MAX_MEASUREMENTS = 150  # lines: today's figures; what was tried is in the ADRs
MAX_PICTURES = 200_000  # bytes in all
MAX_PICTURES_OF_PAGES = 400_000
APPRISE_URL = re.compile(r'^url = "([a-z]+s?://[^"]+)"$', re.MULTILINE)


@pytest.mark.parametrize("name", ["configuration.md", "commands.md", "exit-codes.md", "webhook.md"])
def test_reference_pages_are_current(name: str) -> None:
    """Each page is what the code says now; fix: python docs/reference/build.py."""
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == build.pages()[name]


def test_a_key_without_a_meaning_stops_the_reference() -> None:
    """The error names the key and the file to edit."""
    with pytest.raises(SystemExit, match=r"meanings\.toml \[storage\]: keep; fix"):
        build._section("storage", build.schema.StorageTable, {})


def test_the_front_page_and_the_figures_are_short() -> None:
    """README, measurements and pictures keep their limits of length."""
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= MAX_README
    assert len((DOCS / "measurements.md").read_text(encoding="utf-8").splitlines()) <= MAX_MEASUREMENTS
    assert _bytes_in(DOCS / "pictures") <= MAX_PICTURES
    assert _bytes_in(DOCS / "pictures" / "pages") <= MAX_PICTURES_OF_PAGES


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def test_apprise_recipes_are_addresses_that_apprise_knows() -> None:
    """Every `url` under "Chat and push services" is accepted by the named service."""
    page = (DOCS / "channels.md").read_text(encoding="utf-8").partition("## Chat and push services")[2]
    recipes = APPRISE_URL.findall(page.partition("\n## ")[0])
    assert len(recipes) >= 6
    services = [apprise.Apprise.instantiate(recipe) for recipe in recipes]
    assert all(services), recipes
    assert len({type(service) for service in services}) == len(recipes)


def test_each_decision_has_a_number_of_its_own() -> None:
    """File name and heading share the number, no other record has it, and none is missing."""
    records = sorted((DOCS / "adr").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    headings = [
        int(path.read_text(encoding="utf-8").removeprefix("# ").partition(".")[0]) for path in records
    ]
    assert headings == numbers
