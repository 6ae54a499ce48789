"""The owner corrects stories from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import RoundResult, configure, rss, serving, spoken

FERRY = "Police search sunken ferry off Brevik"
STRIKE = "Police union calls strike over wages"
AGAIN = "Police still search sunken ferry off Brevik"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A ledger with two stories, the first of two items."""
    with serving(feed=rss(FERRY, STRIKE, AGAIN)) as site:
        configure(tmp_path, f"{site.url}/feed")
        assert spoken("once", folder=tmp_path).code == 0
        yield tmp_path


def listed(folder: Path) -> dict[str, list[str]]:
    """Return the titles of each listed story's items."""
    rows = json.loads(spoken("stories", "list", "--format", "json", folder=folder).out)
    return {row["id"]: titles(folder, row["id"])[0] for row in rows}


def titles(folder: Path, story: str) -> tuple[list[str], RoundResult]:
    done = spoken("stories", "show", story, "--format", "json", folder=folder)
    return sorted(row["title"] for row in json.loads(done.out)), done


def test_a_split_prints_the_new_story_and_a_merge_takes_it_back(folder: Path) -> None:
    """Ids are on stdout, text is on stderr, and showing a merged story names the one it became."""
    before = listed(folder)
    [ferry] = [story for story, held in before.items() if len(held) == 2]
    rows = json.loads(spoken("stories", "show", ferry, "--format", "json", folder=folder).out)
    [item] = [row["id"] for row in rows if row["title"] == AGAIN]
    done = spoken("stories", "split", ferry, item, folder=folder)
    assert done.code == 0, done.err
    new = done.out.strip()
    assert listed(folder) == before | {ferry: [FERRY], new: [AGAIN]}
    assert f"split off: {new}, 1 item of 1 outlet: {AGAIN}" in done.err
    done = spoken("stories", "merge", ferry, new, folder=folder)
    assert (done.code, done.out) == (0, "")
    assert f"merged: {ferry}, 2 items of 1 outlet" in done.err
    assert listed(folder) == before
    held, shown = titles(folder, new)
    assert held == sorted([FERRY, AGAIN])
    assert f"{new} was merged into {ferry}" in shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("merge", "s1", "s99"), "no story s99"),
        (("merge", "s1", "s1"), "cannot be merged into itself"),
        (("split", "s1", "i99"), "s1 does not contain i99"),
        (("split", "s1", "ferry"), "ids look like i12"),
        (("show", "99x"), "ids look like s12"),
    ],
)
def test_an_invalid_correction_exits_with_2(folder: Path, arguments, words: str) -> None:
    """The usage error has a fix."""
    done = spoken("stories", *arguments, folder=folder)
    assert done.code == 2
    assert words in done.err
