"""The Debian package, on a machine that systemd has booted."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from booting import run_in_a_booted_machine
from building import EPOCH, ROOT
from shell import configure, rss, serving

pytestmark = pytest.mark.slow
DEBIAN_PYTHON = Path("/usr/bin/python3")


@pytest.fixture(scope="module")
def deb(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for this machine's Debian."""
    if shutil.which("dpkg-deb") is None or not DEBIAN_PYTHON.exists():
        pytest.skip("no Debian with python3 here")
    made = tmp_path_factory.mktemp("deb")
    subprocess.run(
        [str(ROOT / "deploy" / "deb"), str(wheel), str(made)],
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        check=True,
        timeout=300,
    )
    return next(made.glob("*.deb"))


def later_version(deb: Path, folder: Path) -> str:
    """Write the same package with a later version as `upgraded.deb`, and return the version."""
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(folder / "raw")], check=True)
    control = folder / "raw" / "DEBIAN" / "control"
    text = control.read_text(encoding="utf-8")
    version = text.partition("Version: ")[2].partition("\n")[0]
    control.write_text(text.replace(f"Version: {version}\n", f"Version: {version}+later\n"), encoding="utf-8")
    build = [
        "dpkg-deb",
        "--root-owner-group",
        "-Znone",
        "--build",
        str(folder / "raw"),
        str(folder / "upgraded.deb"),
    ]
    subprocess.run(build, check=True)
    shutil.rmtree(folder / "raw")
    return f"{version}+later"


def test_the_package_is_installed_started_upgraded_and_purged(deb: Path, tmp_path: Path) -> None:
    """A removed package leaves configuration and database, a purged one nothing."""
    shutil.copy(deb, tmp_path / "storywatch.deb")
    (tmp_path / "upgraded.version").write_text(later_version(deb, tmp_path), encoding="utf-8")
    with serving(feed=rss("Police buy cameras")) as site:
        config = configure(tmp_path, f"{site.url}/feed")
        text = config.read_text(encoding="utf-8")
        config.write_text(
            f'database = "sqlite:////var/lib/storywatch/storywatch.db"\n{text}', encoding="utf-8"
        )
        trial = run_in_a_booted_machine(ROOT / "tests" / "install" / "trial.sh", tmp_path)
    assert trial.code == 0, trial.log
