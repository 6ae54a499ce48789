"""The documentation is complete, current and free of broken examples."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import apprise
import click
import pytest
from markdown.extensions.toc import slugify

from alerts.channels.registry import CHANNEL_TYPES
from monitor.cli.command_line import storywatch

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
sys.path.insert(0, str(DOCS / "reference"))

import build  # noqa: E402 - the folder of the generator goes on the path first

MAX_README = 120  # lines: the purpose, a picture, the first steps, links
MAX_MEASUREMENTS = 150  # lines: today's figures; what was tried is in the ADRs
MAX_PICTURES = 200_000  # bytes in all
MAX_PICTURES_OF_PAGES = 400_000
MAX_PICTURES_OF_CHANNELS = 150_000
APPRISE_URL = re.compile(r'^url = "([a-z]+s?://[^"]+)"$', re.MULTILINE)


@pytest.mark.parametrize(
    "name", ["configuration.md", "commands.md", "exit-codes.md", "webhook.md", "metrics.md"]
)
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
    assert _bytes_in(DOCS / "pictures" / "channels") <= MAX_PICTURES_OF_CHANNELS


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


def test_every_channel_type_has_a_recipe_with_a_picture() -> None:
    """The page names each type, and shows what arrives."""
    page = (DOCS / "channels.md").read_text(encoding="utf-8")
    assert [kind for kind in CHANNEL_TYPES if f'type = "{kind}"' not in page] == []
    assert page.count("](pictures/") == len(CHANNEL_TYPES)


def test_each_decision_has_a_number_of_its_own() -> None:
    """File name and heading share the number, no other record has it, and none is missing."""
    records = sorted((DOCS / "adr").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    headings = [
        int(path.read_text(encoding="utf-8").removeprefix("# ").partition(".")[0]) for path in records
    ]
    assert headings == numbers


PAGES = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(storywatch [^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:^|&& |; |\| )(?:sudo (?:-u \w+ )?)?(?:[\w./$-]*/)?storywatch (.*)")
ENDS = {"|", ">", ">>", "2>", "&", "&&", "||", ";", "#"}
EXPLAINED = re.compile(r"  +\S.*$")  # a line of a list of commands explains the command after two blanks


def named(path: Path) -> str:
    """Return the name of a page for the output of tests."""
    return str(path.relative_to(PROJECT))


@pytest.mark.slow
def test_the_site_is_built_strictly(tmp_path: Path) -> None:
    """Mkdocs finds no missing page, link or anchor."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "search" / "search_index.json").exists()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link leads to a file, and its anchor to a heading there."""
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if ":" in target:
            continue
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {slugify(re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading), "-") for heading in headings}


def test_every_command_block_is_followed_by_a_test() -> None:
    """A page with commands to paste is named in a test that runs them."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests" / "edges").glob("*.py"))
    pages = [named(page) for page in PAGES if "```sh" in page.read_text(encoding="utf-8")]
    assert len(pages) >= 7
    assert [page for page in pages if f'"{page}"' not in tests] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "adr"], ids=named)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    """A command in a block or a sentence has the subcommand and options that are written."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line for kind, block in FENCE.findall(text) if kind in {"sh", "text"} for line in block.splitlines()
    ]
    written = [
        *filter(None, (EXPLAINED.sub("", line) for line in lines)),
        *INLINE.findall(FENCE.sub("", text)),
    ]
    assert [
        words for line in written for words in COMMAND.findall(line) if (wrong := fault(words)) and wrong
    ] == []


def fault(words: str) -> str:
    """Return what is wrong with the words after `storywatch`, or an empty string."""
    arguments: list[str] = []
    for word in shlex.split(words.replace("…", "..."), comments=True):
        if word in ENDS or word.endswith(";"):
            break
        arguments.append(word)
    command: click.Command = storywatch
    while isinstance(command, click.Group):
        while arguments and arguments[0] in {"--config", "--database"}:
            arguments = arguments[2:]
        if not arguments or arguments[0] in {"...", "--help", "--version"}:
            return ""
        name, *arguments = arguments
        found = command.get_command(click.Context(command), name)
        if found is None:
            return f"no command {name}"
        command = found
    try:
        command.make_parser(click.Context(command)).parse_args(list(arguments))
    except click.UsageError as error:
        return error.format_message()
    return ""
