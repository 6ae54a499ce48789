"""Finds the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.config.errors import ConfigError, ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "storywatch.toml"
VARIABLE = "STORYWATCH_CONFIG"
SYSTEM_FOLDER = Path("/etc/storywatch")


def find_configuration(
    asked: Path | None, *, environ: Mapping[str, str], folder: Path, system: Path = SYSTEM_FOLDER
) -> Path:
    """Return the file of --config, else of `$STORYWATCH_CONFIG`, else the first in `folder`, the user's and the system's.

    A folder means the `storywatch.toml` in it. A file that is named explicitly need not exist. If no file is named
    and none is found, raises `ConfigErrors` with the places that were searched.
    """
    named = asked or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named is not None:
        return named / FILE_NAME if named.is_dir() else named
    if (folder / FILE_NAME).is_file():
        return folder / FILE_NAME
    users = _users_folder(environ)
    for place in (users / FILE_NAME, system / FILE_NAME):
        if place.is_file():
            return place
    cause = f"not found in the working directory, in {users} or in {system}"
    remedy = f"`storywatch init` writes one; --config and ${VARIABLE} name one"
    raise ConfigErrors([ConfigError(path=Path(FILE_NAME), line=None, where="", cause=cause, remedy=remedy)])


def _users_folder(environ: Mapping[str, str]) -> Path:
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "storywatch"
    from platformdirs import user_config_path  # noqa: PLC0415  # only when there is none here

    return user_config_path("storywatch", appauthor=False)
