"""The wheel holds everything that the program needs, adds one name to site-packages, and is built reproducibly."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import ROOT, built
from shell import configure, environment, rss, serving, spoken

PACKAGES = ("alerts", "monitor", "seeds", "storage")
SHARED = {
    "share/bash-completion/completions/storywatch": "deploy/completions/storywatch.bash",
    "share/fish/vendor_completions.d/storywatch.fish": "deploy/completions/storywatch.fish",
    "share/man/man1/storywatch.1": "deploy/storywatch.1",
    "share/zsh/site-functions/_storywatch": "deploy/completions/_storywatch",
}
FOREIGN = "raise SystemExit('the module of another project was loaded')\n"


def in_packages() -> set[str]:
    """Return every file of the packages, except what Python and tests leave behind."""
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".db"}
    }


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Templates, styles, tables, seeds and migrations are inside; the manual and completions are beside."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if "/__pycache__/" not in name}
        inside = {name.removeprefix("storywatch/") for name in names if name.startswith("storywatch/")}
        assert inside == in_packages() | {"__init__.py", "__main__.py"}
        shared = {name.partition(".data/data/")[2]: name for name in names if ".data/data/" in name}
        assert {place: archive.read(name) for place, name in shared.items()} == {
            place: (ROOT / source).read_bytes() for place, source in SHARED.items()
        }


def test_the_wheel_adds_one_name_to_site_packages(wheel: Path) -> None:
    """Nothing named `monitor`, `storage`, `alerts` or `seeds` is at the top."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {re.sub(r"-\d+(\.\d+)*", "", top) for top in tops} == {
        "storywatch",
        "storywatch.data",
        "storywatch.dist-info",
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_scripts_of_the_wheel_are_current(shell: str, tmp_path: Path) -> None:
    """Each is the output of `storywatch completion`."""
    name = {"zsh": "_storywatch"}.get(shell, f"storywatch.{shell}")
    written = (ROOT / "deploy" / "completions" / name).read_text(encoding="utf-8")
    assert written == spoken("completion", shell, folder=tmp_path).out


def foreign_modules(folder: Path, *names: str) -> None:
    """Write modules of another project, which end the process that loads them."""
    for name in names:
        (folder / f"{name}.py").write_text(FOREIGN, encoding="utf-8")


def test_a_module_of_the_same_name_is_not_loaded(unpacked: Path, tmp_path: Path) -> None:
    """The program finds its own packages first, and `init` its own seeds."""
    foreign_modules(tmp_path, *PACKAGES)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "storywatch", "init", "watch"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=os.pathsep.join([str(tmp_path), str(unpacked)])),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "watch" / "seeds" / "police-face-recognition" / "topic.toml").is_file()


def test_a_module_that_was_loaded_before_is_refused(unpacked: Path, tmp_path: Path) -> None:
    """The refusal names the module and the fix."""
    (tmp_path / "monitor.py").write_text("", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import monitor, storywatch; storywatch.main()"],
        env=environment(PYTHONPATH=os.pathsep.join([str(tmp_path), str(unpacked)])),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert str(tmp_path / "monitor.py") in done.stderr
    assert "fix: install storywatch in an environment of its own" in done.stderr


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel_and_passes_tests(wheel: Path, tmp_path: Path) -> None:
    """A wheel of the unpacked sdist, in another folder and with other file times, has the same bytes."""
    archive = built("sdist", source=ROOT, into=tmp_path / "made")
    again = built("sdist", source=ROOT, into=tmp_path / "again")
    assert archive.read_bytes() == again.read_bytes()
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    source = next(tmp_path.glob("storywatch-*"))
    assert built("wheel", source=source, into=tmp_path / "wheel").read_bytes() == wheel.read_bytes()
    shutil.copytree(source, tmp_path / "elsewhere")
    assert built("wheel", source=tmp_path / "elsewhere", into=tmp_path / "other").read_bytes() == (
        wheel.read_bytes()
    )
    tests = ["tests/core/test_policy.py", "tests/core/test_config_template.py", "tests/test_requirements.py"]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", *tests],
        cwd=source,
        env=environment(PYTHONPATH=str(source)),
        check=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment into which pip installed the wheel from its file.

    Without a network the dependencies come from this environment; `.ci/build` installs them too.
    """
    home = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
    install = [str(home / "bin/python"), "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, timeout=120)
    beside = next(path for path in sys.path if path.endswith("site-packages"))
    (site_packages(home) / "dependencies.pth").write_text(beside, encoding="utf-8")
    return home


def site_packages(home: Path) -> Path:
    """Return the folder of a virtual environment for packages."""
    return next((home / "lib").glob("python*/site-packages"))


@pytest.mark.slow
def test_the_wheel_alone_works_in_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    """The command and `python -m storywatch` work; the manual and the completion scripts are there."""
    for command in (["storywatch"], ["python", "-m", "storywatch"]):
        done = subprocess.run(
            [str(installed / "bin" / command[0]), *command[1:], "--version"],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("storywatch, version ")
    assert [place for place in SHARED if not (installed / place).is_file()] == []


@pytest.mark.slow
@pytest.mark.parametrize("where", ["site-packages", "working directory"])
def test_no_process_loads_a_module_of_another_project(installed: Path, tmp_path: Path, where: str) -> None:
    """Neither the program nor the processes that parse feeds load a module that has the name of a part."""
    put = site_packages(installed) if where == "site-packages" else tmp_path
    names = PACKAGES if where == "site-packages" else (*PACKAGES, "socket", "random")
    foreign_modules(put, *names)
    try:
        with serving(feed=rss("Police buy cameras")) as served:
            configure(tmp_path, f"{served.url}/feed")
            done = subprocess.run(
                [str(installed / "bin" / "storywatch"), "once"],
                cwd=tmp_path,
                env=environment(),
                capture_output=True,
                text=True,
                check=False,
            )
    finally:
        for name in names:
            (put / f"{name}.py").unlink()
    assert "another project" not in done.stderr
    assert (done.returncode, spoken("items", "search", "police", folder=tmp_path).code) == (0, 0)
