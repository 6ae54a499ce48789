"""Shells complete commands and options."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import spoken, storywatch


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_the_command(tmp_path: Path, shell: str) -> None:
    """The script names the variable by which click is asked."""
    done = spoken("completion", shell, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert f"_STORYWATCH_COMPLETE={shell}_complete" in done.out


def test_what_is_asked_is_answered(tmp_path: Path) -> None:
    """`storywatch feeds d<TAB>` completes to `discover`."""
    asked = {"_STORYWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "storywatch feeds d", "COMP_CWORD": "2"}
    assert storywatch(folder=tmp_path, **asked).out.split() == ["plain,discover"]
