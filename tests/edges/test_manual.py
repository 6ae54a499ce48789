"""The manual and the site are made from the commands themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from shell import spoken

ROOT = Path(__file__).parents[2]


def test_the_manual_has_every_command_in_both_forms(tmp_path: Path) -> None:
    """With its options and examples; roff's own characters are escaped."""
    roff = spoken("manual", folder=tmp_path)
    assert (roff.code, roff.err) == (0, "")
    assert roff.out.startswith(".TH STORYWATCH 1")
    assert ".SS storywatch items search" in roff.out
    assert ".B \\-\\-since" in roff.out
    assert not [line for line in roff.out.splitlines() if line.startswith("'")]
    markdown = spoken("manual", "--format", "markdown", folder=tmp_path).out
    assert "## storywatch feeds import" in markdown
    assert markdown.count("`--config PATH`") == 1


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every link leads somewhere, and the reference is filled in."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "storywatch doctor" in (tmp_path / "site/commands/index.html").read_text(encoding="utf-8")
    assert "group_wait" in (tmp_path / "site/configuration/index.html").read_text(encoding="utf-8")
