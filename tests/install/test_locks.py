"""The locks pin the same versions, and those with hashes name a hash for each."""

from __future__ import annotations

import re
import tomllib

import pytest
from building import ROOT
from packaging.requirements import Requirement

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)( ; [^\\]+?)?( \\)?$", re.MULTILINE)
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", re.MULTILINE)


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Return the name, version and condition of each line of a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {(name, version, condition.strip(" ;")) for name, version, condition, _ in PIN.findall(text)}


def directly(*extras: str) -> set[str]:
    """Return the names of the direct dependencies, with those of extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    return {Requirement(one).name for one in asked}


@pytest.mark.parametrize("lock", ["deploy/locks/install.lock", "deploy/locks/build.lock"])
def test_each_pin_has_a_hash(lock: str) -> None:
    """Every line is a pin or a hash, and every pin has one, as `pip install --require-hashes` demands."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = text.splitlines()
    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    bare = [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.match(line) and not HASH.match(after)
    ]
    assert bare == []


def test_the_locks_agree() -> None:
    """What is installed with hashes is what the tests ran with; fix: deploy/lock."""
    tested = pins("requirements-dev.lock")
    assert pins("requirements.lock") - tested == set()
    assert pins("deploy/locks/build.lock") - tested == set()
    assert pins("deploy/locks/install.lock") - tested == set()
    assert pins("requirements.lock") - pins("deploy/locks/install.lock") == set()


def test_the_locks_hold_every_dependency() -> None:
    """A dependency of pyproject.toml is in the locks; fix: deploy/lock."""
    assert directly() - {name for name, _, _ in pins("requirements.lock")} == set()
    assert directly("scale") - {name for name, _, _ in pins("deploy/locks/install.lock")} == set()


def test_each_dependency_has_its_costs_and_reason() -> None:
    """A row of the decision on dependencies says what each costs and why it stays."""
    page = (ROOT / "docs" / "adr" / "0036-dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| [\d.]+ \| [\d.]+ \| \d+ \| .+ \|$", page, re.MULTILINE)
    assert sorted(rows) == sorted(directly())
