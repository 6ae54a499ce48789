"""Follows a page of the documentation: runs its command blocks as a reader pastes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from shell import environment

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# `.ci/run` tests the installation: it needs an index of packages.
INSTALLATION = re.compile(r"^(?:sudo )?(?:python3 -m venv|\S*pip install) .*\n", re.MULTILINE)
MINUTES_5 = 300


def blocks(page: str, section: str | None = None) -> list[str]:
    """Return the command blocks of a page or of one of its sections, without the installation."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if section is not None:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [INSTALLATION.sub("", block) for block in BLOCK.findall(text)]


def put_program(folder: Path, *, code: Path = ROOT) -> Path:
    """Write `bin/storywatch` into a folder, as an installation does, and return `bin`."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    put_script(
        programs / "storywatch",
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(code)!r})\n"
        "from monitor.cli import main\nif __name__ == '__main__':\n    main()\n",
    )
    return programs


def put_script(path: Path, text: str) -> None:
    """Write an executable file."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def follow(script: str, folder: Path, *, programs: Path | None = None, **given: str) -> str:
    """Run a script in one shell that stops at the first failure; return what it printed."""
    path = "/usr/bin:/bin" if programs is None else f"{programs}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=folder,
        env=environment(PATH=path, **given),
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES_5,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout
