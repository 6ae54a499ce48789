"""The packages that storywatch needs in this installation, with their licences."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "storywatch"
NAME = re.compile(r"[A-Za-z0-9._-]+")
EXTRAS = re.compile(r"\[([^]]*)\]")
OF_EXTRA = re.compile(r"extra == ['\"]([^'\"]+)")  # the condition of a package that only an extra needs
SPDX = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-SA-4.0",
        "CC0-1.0",
        "CNRI-Python",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
NOT_STATED = "not stated"
TEXT = re.compile(r"LICEN[CS]E|COPYING|NOTICE", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """A package, with its licence in the words of its author and the names of the packages that it needs."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]
    texts: tuple[str, ...]  # the licence in full


def read_packages() -> tuple[InstalledPackage, ...]:
    """Return storywatch and every installed package that it needs, those of its extras included, by name."""
    packages: dict[str, Distribution] = {}
    needs: dict[str, set[str]] = {}
    asked = _Asked(name=PROGRAM, extras=None)
    waiting, seen = [asked], {asked}
    while waiting:
        one = waiting.pop()
        try:
            package = packages[one.name] = distribution(one.name)
        except PackageNotFoundError:  # of another platform, or of an extra that is not installed
            continue
        needed = set(_needed(package, one.extras))
        needs.setdefault(one.name, set()).update(more.name for more in needed)
        waiting += needed - seen
        seen |= needed
    return tuple(
        _part(package, needs=sorted(packages[other].name for other in needs[name] & packages.keys()))
        for name, package in sorted(packages.items())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A package that another one needs, with these of its extras; None: with all."""

    name: str
    extras: frozenset[str] | None


def _needed(package: Distribution, extras: frozenset[str] | None) -> Iterator[_Asked]:
    for requirement in package.requires or ():
        words, _, condition = requirement.partition(";")
        extra = OF_EXTRA.search(condition)
        if extra is None or extras is None or extra[1] in extras:
            asked = EXTRAS.search(words)
            name = NAME.match(words)
            assert name is not None
            yield _Asked(
                name=_canonical(name[0]),
                extras=frozenset(one.strip() for one in asked[1].split(",")) if asked else frozenset(),
            )


def _part(package: Distribution, *, needs: list[str]) -> InstalledPackage:
    return InstalledPackage(
        name=package.name,
        version=package.version,
        licence=_licence(package),
        needs=tuple(needs),
        texts=tuple(_texts(package)),
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(package: Distribution) -> str:
    """Return the licence as an SPDX expression if the package states one, else in its own words."""
    metadata = package.metadata
    for stated in [*metadata.get_all("License-Expression", []), *metadata.get_all("License", [])]:
        if stated and "\n" not in stated and stated != "UNKNOWN":
            return str(stated)
    classifiers = metadata.get_all("Classifier", [])
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    return " or ".join(named) or NOT_STATED


def _texts(package: Distribution) -> Iterator[str]:
    for file in package.files or ():
        if file.parts[0].endswith(".dist-info") and TEXT.search(file.name):
            yield file.read_text(encoding="utf-8")


def package_json(package: InstalledPackage) -> dict[str, Any]:
    """Return an entry of the output of `storywatch licences --format json`."""
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "needs": list(package.needs),
    }


def bill_of_materials(packages: tuple[InstalledPackage, ...]) -> dict[str, Any]:
    """Return a CycloneDX 1.6 document. The same packages give the same document."""
    program = next(package for package in packages if package.name == PROGRAM)
    addresses = {package.name: _address(package) for package in packages}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(sorted(addresses.values())))}",
        "version": 1,
        "metadata": {"component": _component(program, "application")},
        "components": [
            *(_component(package, "library") for package in packages if package is not program),
            {
                "type": "platform",
                "bom-ref": "python",
                "name": sys.implementation.name,
                "version": sys.version.partition(" ")[0],
            },
        ],
        "dependencies": [
            {"ref": addresses[package.name], "dependsOn": [addresses[name] for name in package.needs]}
            for package in packages
        ],
    }


def _address(package: InstalledPackage) -> str:
    return f"pkg:pypi/{_canonical(package.name)}@{package.version}"


def _component(package: InstalledPackage, kind: str) -> dict[str, Any]:
    address = _address(package)
    return {
        "type": kind,
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "licenses": _licence_of_component(package.licence),
        "purl": address,
    }


def _licence_of_component(licence: str) -> list[dict[str, Any]]:
    if licence in SPDX:
        return [{"license": {"id": licence}}]
    words = set(re.findall(r"[\w.-]+", licence))
    if len(words) > 1 and words <= SPDX | {"AND", "OR"}:
        return [{"expression": licence}]
    return [] if licence == NOT_STATED else [{"license": {"name": licence}}]
