"""`storywatch licences` lists the packages of the installation, also as a bill of materials."""

from __future__ import annotations

import json
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from shell import spoken

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "deploy/locks/install.lock")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_that_the_locks_install_is_listed(tmp_path: Path) -> None:
    """With its version, and with a licence that it states."""
    done = spoken("licences", "--format", "json", folder=tmp_path)
    listed = {canonical(part["name"]): part for part in json.loads(done.out)}
    locked = {
        line.partition("==")[0]
        for lock in LOCKS
        for line in (ROOT / lock).read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    installed = {canonical(one.name): one.version for one in distributions()}
    assert (locked & installed.keys()) - listed.keys() == set()
    assert {name: part["version"] for name, part in listed.items()}.items() <= installed.items()
    assert [name for name, part in listed.items() if part["licence"] == "not stated"] == []


def test_tools_of_development_are_not_listed(tmp_path: Path) -> None:
    """Only what storywatch and its extras need is."""
    out = spoken("licences", folder=tmp_path).out
    assert re.search(r"^psycopg-binary +\S+ +LGPL-3.0-only$", out, re.MULTILINE)
    assert not re.search(r"^(ruff|mypy|pytest) ", out, re.MULTILINE)


def test_the_licences_are_printed_in_full(tmp_path: Path) -> None:
    """Each follows the name of its package."""
    out = spoken("licences", "--texts", folder=tmp_path).out
    assert re.search(r"^storywatch \S+: MIT AND CC-BY-SA-4.0 AND CC0-1.0\n\nMIT License\n", out, re.MULTILINE)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in out


def test_a_bill_of_materials_names_each_part_and_what_it_needs(tmp_path: Path) -> None:
    """The same installation gives the same document, and every reference has a component."""
    out = spoken("licences", "--format", "cyclonedx", folder=tmp_path).out
    assert out == spoken("licences", "--format", "cyclonedx", folder=tmp_path).out
    bill = json.loads(out)
    known = {part["bom-ref"] for part in [bill["metadata"]["component"], *bill["components"]]}
    needed = {part["ref"]: part["dependsOn"] for part in bill["dependencies"]}
    assert {ref for refs in needed.values() for ref in refs} <= known
    sqlalchemy = next(ref for ref in known if ref.startswith("pkg:pypi/sqlalchemy@"))
    assert sqlalchemy in needed[bill["metadata"]["component"]["purl"]]


@pytest.mark.slow
def test_the_bill_of_materials_is_valid_cyclonedx(tmp_path: Path) -> None:
    """The schema of CycloneDX 1.6 in its strict form accepts it."""
    out = spoken("licences", "--format", "cyclonedx", folder=tmp_path).out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(out) is None
