"""The files in deploy/ keep what the documentation says of them, also where they cannot be run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from building import ROOT
from click import Group

from monitor.cli.command_line import storywatch

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("storywatch", "worker", "pages")
MOST_EXPOSED = 20  # tenths of the exposure that `systemd-analyze security` counts, of 100


def instructions(name: str) -> list[str]:
    """Return the arguments of an instruction in the last stage of the Containerfile."""
    stage = CONTAINERFILE.rpartition("\nFROM ")[2].replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in stage.splitlines() if line.startswith(f"{name} ")]


def test_the_image_has_a_user_a_volume_a_health_check_and_a_signal() -> None:
    """It runs as an ordinary user and ends by SIGTERM, from nothing but the files of the build stage."""
    assert re.search(r"^FROM scratch$", CONTAINERFILE, re.MULTILINE)
    assert instructions("USER") == ["10001:10001"]
    assert instructions("VOLUME") == ["/data"]
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]


def test_the_build_checks_hashes_and_names_no_machine() -> None:
    """Packages come by the locks with hashes, and nothing in the build is for one architecture alone."""
    scripts = [
        CONTAINERFILE,
        *((DEPLOY / name).read_text(encoding="utf-8") for name in ("image", "environment", "deb")),
    ]
    for text in scripts:
        assert not re.search(r"\binstall\b(?!.*--require-hashes).* -r ", text)
        assert not re.search(r"x86_64|amd64|aarch64|arm64", text)
    assert sum("--require-hashes" in text for text in scripts) == 2


@pytest.mark.parametrize("name", OURS)
def test_services_of_compose_have_a_read_only_root_and_no_rights(name: str) -> None:
    """Each of ours runs as the image's user, may write its one volume and /tmp, and has time to end."""
    service = COMPOSE["services"][name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/data"]
    assert (service["stop_signal"], service["stop_grace_period"]) == ("SIGTERM", "30s")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_compose_starts_sqlite_alone_without_a_profile() -> None:
    """PostgreSQL, workers and pages start with the profile `postgresql` only."""
    services: dict[str, dict[str, Any]] = COMPOSE["services"]
    assert [name for name, service in services.items() if not service.get("profiles")] == ["storywatch"]
    assert {name for name, service in services.items() if service.get("profiles") == ["postgresql"]} == {
        "worker",
        "pages",
        "database",
    }


@pytest.mark.parametrize("name", OURS)
def test_commands_of_compose_exist(name: str) -> None:
    """The words of each service are a command with options that it has."""
    command: Any = storywatch
    words = list(COMPOSE["services"][name]["command"])
    while words and isinstance(command, Group) and not words[0].startswith("-"):
        command = command.get_command(None, words.pop(0))  # type: ignore[arg-type]
        assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in words if word.startswith("-")] == [word for word in words if word in options]


def test_the_unit_is_valid_and_little_exposed() -> None:
    """Systemd finds no error in the unit and rates its exposure at most 2 of 10."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here (Debian: apt-get install systemd)")
    unit = str(DEPLOY / "storywatch.service")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-300:]


def test_the_unit_the_user_and_the_package_name_the_same_things() -> None:
    """The user, its folder and the program's place agree."""
    unit = (DEPLOY / "storywatch.service").read_text(encoding="utf-8")
    kind, user, _, _, home = shlex.split((DEPLOY / "storywatch.sysusers").read_text(encoding="utf-8"))
    assert (kind, f"\nUser={user}\n" in unit, f"\nWorkingDirectory={home}\n" in unit) == ("u", True, True)
    program = re.search(r"^ExecStart=(\S+)/bin/storywatch ", unit, re.MULTILINE)
    assert program is not None
    assert program[1] in (DEPLOY / "deb").read_text(encoding="utf-8")


def test_shell_scripts_have_no_known_mistake() -> None:
    """ShellCheck finds nothing in the scripts of deploy/, of CI and of these tests."""
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here (Debian: apt-get install shellcheck)")
    folders = (DEPLOY, DEPLOY / "debian", ROOT / ".ci", ROOT / "tests" / "install")
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    scripts = [
        str(path) for path in files if path.read_bytes().startswith((b"#!/bin/sh", b"#!/usr/bin/env bash"))
    ]
    assert len(scripts) >= 11
    called_by_name = "--exclude=SC2317"  # steps and traps look unreachable to it
    found = subprocess.run(
        ["shellcheck", called_by_name, *scripts], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout
