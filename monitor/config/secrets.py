"""Reads secrets from the environment, from files and from systemd's credentials. No error contains a secret."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.config.errors import BadValueError
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.text.toml_positions import TomlPath

MAX_SECRET = 64 * 1024  # bytes; a larger file is certainly not a secret
SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization", "x-api-key")
PASSWORD_IN_URL = re.compile(r"[a-z0-9+.-]+://[^/?#@]*:[^/?#]*@", re.IGNORECASE)
EITHER = 'write {env = "NAME"} or {file = "PATH"}'


@value
class SecretSource:
    """The sources of secrets: the environment, and files relative to `base`."""

    environ: Mapping[str, str]
    base: Path

    def reveal(self, written: object) -> object:
        """Return the secret behind `{env = …}` or `{file = …}`, anything else unchanged.

        Raises `BadValueError` when the variable or the file is missing or empty.
        """
        match written:
            case {"env": str(name), **rest} if not rest:
                return self._from_environment(name)
            case {"file": str(name), **rest} if not rest:
                return self._from_file(name)
            case dict():
                raise BadValueError("is a table without 'env' or 'file'", EITHER)
            case _:
                return written

    def _from_environment(self, name: str) -> str:
        value = self.environ.get(name)
        if value is None:
            raise BadValueError(
                f"environment variable {name!r} is not set", 'set it, or write {file = "PATH"}'
            )
        if not value:
            raise BadValueError(f"environment variable {name!r} is empty", "set it to the secret")
        return value

    def _from_file(self, name: str) -> str:
        path = self.file(name)
        try:
            with path.open("rb") as opened:
                content = opened.read(MAX_SECRET + 1)
            value = content.decode("utf-8-sig").rstrip("\r\n")  # some editors begin a file with a mark
        except OSError as error:
            raise BadValueError(
                f"secret file '{path}' cannot be read ({error.strerror})", "write it or correct the path"
            ) from None
        except UnicodeDecodeError:
            raise BadValueError(
                f"secret file '{path}' is not UTF-8 text", "write the secret as text"
            ) from None
        if not value or len(content) > MAX_SECRET:
            size = "longer than 64 kB" if value else "empty"
            raise BadValueError(
                f"secret file '{path}' is {size}", "write the secret into it, and nothing else"
            )
        return value

    def file(self, name: str) -> Path:
        """Return the path of a secret file: systemd's credential of that name if there is one, else relative to `base`."""
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if folder and (Path(folder) / name).is_file():
            return Path(folder) / name
        return self.base / name


_URL_ALONE = {"url"}


def plain_secrets(written: Mapping[str, Any]) -> Iterator[TomlPath]:
    """Yield the places of secrets that are written in the configuration itself."""
    if _has_password(written.get("database")):
        yield ("database",)
    pages = written.get("pages")
    for key in ("token", "reader_token"):
        if isinstance(pages, dict) and isinstance(pages.get(key), str):
            yield ("pages", key)
    for section in ("feeds", "channels"):
        tables = written.get(section)
        for position, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, dict):
                yield from ((section, position, *place) for place in _plain(table))


def _plain(table: Mapping[str, Any]) -> Iterator[TomlPath]:
    if table.keys() == _URL_ALONE:  # the usual case
        return iter([("url",)] if _has_password(table["url"]) else [])
    return _plain_places(table)


def _plain_places(table: Mapping[str, Any]) -> Iterator[TomlPath]:
    for key in ("password", "secret"):
        given = table.get(key)
        if any(isinstance(value, str) for value in (given if isinstance(given, list) else [given])):
            yield (key,)
    if _has_password(table.get("url")):
        yield ("url",)
    headers = table.get("headers")
    for name, written in headers.items() if isinstance(headers, dict) else ():
        if name.lower() in SECRET_HEADERS and isinstance(written, str):
            yield ("headers", name)


def _has_password(url: object) -> bool:
    return isinstance(url, str) and PASSWORD_IN_URL.match(url) is not None


def is_world_readable(path: Path) -> bool:
    """Whether every user of this machine may read the file; false if that cannot be determined."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
