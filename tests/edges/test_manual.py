"""The manual and the site are generated from the commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import spoken

ROOT = Path(__file__).parents[2]


def test_the_manual_has_every_command_in_both_forms(tmp_path: Path) -> None:
    """Options and examples are included, and roff's special characters are escaped."""
    roff = spoken("manual", folder=tmp_path)
    assert (roff.code, roff.err) == (0, "")
    assert roff.out.startswith(".TH STORYWATCH 1")
    assert ".SS storywatch items search" in roff.out
    assert ".B \\-\\-since" in roff.out
    assert not [line for line in roff.out.splitlines() if line.startswith("'")]
    markdown = spoken("manual", "--format", "markdown", folder=tmp_path).out
    assert "## storywatch feeds import" in markdown
    assert markdown.count("`--config PATH`") == 1


def test_the_man_page_of_the_package_is_current(tmp_path: Path) -> None:
    """deploy/storywatch.1, which the wheel contains, is the output of `storywatch manual`."""
    page = ROOT / "deploy" / "storywatch.1"
    assert page.read_text(encoding="utf-8") == spoken("manual", folder=tmp_path).out


def test_groff_reads_the_man_page_without_a_warning() -> None:
    """All of groff's warnings are enabled."""
    if shutil.which("groff") is None:
        pytest.skip("no groff here (Debian: apt-get install groff-base)")
    page = ROOT / "deploy" / "storywatch.1"
    read = subprocess.run(
        ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", str(page)], capture_output=True, text=True, check=True
    )
    assert read.stderr == ""
    assert "storywatch items search" in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", read.stdout)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every link has a target, and the reference pages are included."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "storywatch doctor" in (tmp_path / "site/reference/commands/index.html").read_text(
        encoding="utf-8"
    )
    assert "group_wait" in (tmp_path / "site/reference/configuration/index.html").read_text(encoding="utf-8")
