"""Marks on the command line change a topic, show the change, and can be undone."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Site, configure, line_of, rss, serving, spoken, started

RULE = """# Mine: read it before you touch it.
name = "ports"
threshold = 10.0

[terms]
harbour = 4.0  # the word itself
strike = 4.0
"""
STRIKE, FILM = "Harbour strike spreads to the north", "Harbour strike film wins a prize at the festival"
OTHER_FILM, QUIET = "Harbour strike film opens the festival", "Garden show opens"
TOPIC = '[[topics]]\nname = "ports"\nrule = "rule.toml"\n'


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(feed=rss(STRIKE, FILM, OTHER_FILM, QUIET)) as site:
        yield site


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    """A database with four items, and a topic with a handwritten rule file."""
    (tmp_path / "rule.toml").write_text(RULE, encoding="utf-8")
    configure(tmp_path, f"{site.url}/feed", topic=TOPIC)
    assert spoken("once", "--backfill", folder=tmp_path).code == 0
    return tmp_path


def item(folder: Path, title: str) -> str:
    """Return the id of the item with this title."""
    listed = json.loads(spoken("stories", "list", "--format", "json", folder=folder).out)
    for story in listed:
        shown = json.loads(spoken("stories", "show", story["id"], "--format", "json", folder=folder).out)
        for row in shown:
            if row["title"] == title:
                return str(row["id"])
    raise AssertionError(f"no item {title!r}")


def test_a_mark_on_a_rule_file_is_a_proposal_until_it_is_written(folder: Path) -> None:
    """The change is printed; only `--write` changes the file, and keeps its comments."""
    film = item(folder, FILM)
    proposed = spoken("mark", "no", film, folder=folder)
    assert proposed.code == 0
    assert "proposed for" in proposed.err
    assert "0 more, 2 fewer" in proposed.err
    assert (folder / "rule.toml").read_text(encoding="utf-8") == RULE
    written = spoken("mark", "no", film, "--write", folder=folder)
    assert "written" in written.err
    text = (folder / "rule.toml").read_text(encoding="utf-8")
    assert "# Mine: read it before you touch it." in text
    assert "# the word itself" in text
    assert "film" in text
    assert f'file = "{film}"' in text


def test_undoing_a_mark_restores_the_rule(folder: Path) -> None:
    """Comments and order are restored as well."""
    film = item(folder, FILM)
    spoken("mark", "no", film, "--write", folder=folder)
    undone = spoken("mark", "no", film, "--undo", "--write", folder=folder)
    assert "marked no undone" in undone.err
    assert "2 more, 0 fewer" in undone.err
    text = (folder / "rule.toml").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.strip()] == [
        line for line in RULE.splitlines() if line.strip()
    ]
    again = spoken("mark", "no", film, "--undo", folder=folder)
    assert (again.code, "nothing to undo" in again.err) == (2, True)


def test_an_edit_between_a_mark_and_its_undoing_stays(folder: Path) -> None:
    """Only the lines that the mark wrote are taken back."""
    film = item(folder, FILM)
    spoken("mark", "no", film, "--write", folder=folder)
    path = folder / "rule.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[terms]", "[terms]\nquay = 9.0"), encoding="utf-8"
    )
    spoken("mark", "no", film, "--undo", "--write", folder=folder)
    text = path.read_text(encoding="utf-8")
    assert "quay = 9.0" in text
    assert "film" not in text
    assert "harbour = 4.0" in text


def test_an_alert_is_marked_by_its_id(folder: Path) -> None:
    """The ids of `alerts list` mark the items of the alert."""
    listed = json.loads(spoken("alerts", "list", "--format", "json", folder=folder).out)
    marked = spoken("mark", "yes", listed[0]["id"], folder=folder)
    assert marked.code == 0
    assert "ports: marked yes: i" in marked.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("yes", "i999"), "no item i999"),
        (("yes", "s999"), "no alert, story or item"),
        (("no", "i4", "--topic", "nowhere"), "no topic 'nowhere'"),
        (("no", "i1", "--undo"), "nothing to undo"),
    ],
)
def test_an_unknown_target_of_a_mark_is_a_usage_error(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    """The error names the possible values."""
    refused = spoken("mark", *arguments, folder=folder)
    assert refused.code == 2
    assert words in refused.err


def test_an_item_without_a_match_is_marked_for_a_named_topic(site: Site, tmp_path: Path) -> None:
    """A missed item can be marked; with several topics one must be named."""
    (tmp_path / "rule.toml").write_text(RULE, encoding="utf-8")
    other = '[[topics]]\nname = "q"\nquery = "zebra"\n'
    configure(tmp_path, f"{site.url}/feed", topic=TOPIC + other)
    spoken("once", folder=tmp_path)
    missed = [
        f"i{number}"
        for number in range(1, 5)
        if QUIET in spoken("items", "show", f"i{number}", folder=tmp_path).out
    ]
    assert "name one with --topic" in spoken("mark", "yes", *missed, folder=tmp_path).err
    marked = spoken("mark", "yes", *missed, "--topic", "ports", folder=tmp_path)
    assert (marked.code, f"ports: marked yes: {missed[0]} {QUIET}" in marked.err) == (0, True)


def test_a_query_keeps_the_mark_and_says_that_it_does_not_learn(site: Site, tmp_path: Path) -> None:
    """The mark is stored, and the output says that queries do not learn."""
    configure(tmp_path, f"{site.url}/feed", topic='[[topics]]\nname = "q"\nquery = "harbour"\n')
    spoken("once", folder=tmp_path)
    said = spoken("mark", "no", item(tmp_path, FILM), folder=tmp_path)
    assert (said.code, "does not learn" in said.err) == (0, True)


ARTICLES = {
    "one.txt": "Harbour strike halts ships\n\nDock workers began a strike in the harbour on Monday. The harbour strike goes on.",
    "two.txt": "Harbour workers on strike\n\nThe strike of harbour workers enters its second day, the union of dockers said.",
}


def test_a_running_daemon_applies_a_mark(site: Site, tmp_path: Path) -> None:
    """A topic learnt from articles uses the mark from then on, without a restart."""
    for name, text in ARTICLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = configure(
        tmp_path, f"{site.url}/feed", topic='[[topics]]\nname = "ports"\narticles = ["*.txt"]\n'
    )
    config.write_text(
        config.read_text().replace('interval = "1h"', 'interval = "1s"\nmax_interval = "1s"', 1)
    )
    daemon = started("run", "-v", folder=tmp_path)
    try:
        line_of(daemon, "next poll")
        assert (
            spoken("mark", "no", item(tmp_path, FILM), item(tmp_path, OTHER_FILM), folder=tmp_path).code == 0
        )
        line_of(daemon, "outcome=marked")
        site.pages["/feed"] = (
            200,
            rss(
                "Harbour strike film shown again at the festival",
                "Dock workers keep up harbour strike for a third day",
            ),
        )
        printed = ""
        assert daemon.stdout is not None
        for line in daemon.stdout:
            printed += line
            if "third day" in line:
                break
        assert "film shown again" not in printed
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=120)
        assert daemon.returncode == 0
    finally:
        daemon.kill()
        daemon.communicate(timeout=120)
