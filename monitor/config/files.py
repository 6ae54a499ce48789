"""Readers of values that name files, programs and servers; relative paths are made absolute."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from alerts.channels.registry import CHANNEL_TYPES, kind_of
from monitor.config.errors import BadValueError
from monitor.config.forms import PATH_FORM, SECRET_FORM
from monitor.config.readers import list_of, reader_of, then, wrong_type
from monitor.config.types import secret, texts
from monitor.polling.http.address import Forbidden, parse_target

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.readers import ReadContext

PATH = "a path in quotes"


@reader_of(PATH_FORM)
def file(written: object, about: ReadContext) -> Path:
    """Return the absolute path of a file, which need not exist."""
    if not isinstance(written, str):
        raise wrong_type(written, PATH)
    if not written.strip() or "\0" in written:
        raise BadValueError("is not a path", "name a file")
    return about.secrets.base / written


def _rule(path: Path) -> Path:
    if not path.is_file():
        raise BadValueError(
            f"there is no file '{path}'", "correct the path; `storywatch topics learn` writes a rule"
        )
    return path


def _list(path: Path) -> Path:
    if not path.exists():
        raise BadValueError(f"there is no file '{path}'", "correct the path or export the list again")
    return path


@reader_of(PATH_FORM)
def pattern(written: object, about: ReadContext) -> tuple[Path, ...]:
    """Return the files that match a pattern, sorted; a file whose name is the pattern itself comes first."""
    if not isinstance(written, str):
        raise wrong_type(written, PATH)
    base = about.secrets.base
    if (base / written).is_file():
        return (base / written,)
    from glob import glob  # noqa: PLC0415  # most configurations name files

    names = glob(written, root_dir=base, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = tuple(sorted(base / name for name in names if (base / name).is_file()))
    if not found:
        is_url = "://" in written
        remedy = "save the page and name its file" if is_url else "put the article there or correct the path"
        raise BadValueError(f"no file matches '{written if is_url else base / written}'", remedy)
    return found


@reader_of(texts.schema)
def command(written: object, about: ReadContext) -> tuple[str, ...]:
    """Return a program with its absolute path, and its arguments."""
    words = _words(written) if isinstance(written, str) else written
    program, *arguments = texts(words, about)
    asked = str(about.secrets.base / program) if "/" in program else program
    path = shutil.which(asked, path=about.secrets.environ.get("PATH"))
    if path is None:
        raise BadValueError(f"there is no program {program!r}", "install it or write its absolute path")
    return (path, *arguments)


def _words(written: str) -> list[str]:
    """Split a command in one string into arguments like a shell; no shell runs it."""
    import shlex  # noqa: PLC0415  # needed only by a channel that runs a command

    try:
        return shlex.split(written)
    except ValueError as error:
        raise BadValueError(
            f"cannot be split into arguments ({error})", "close the quote or write a list"
        ) from None


@reader_of(SECRET_FORM)
def server_url(written: object, about: ReadContext) -> str:
    """Return the URL of a channel's server, valid for the channel's type."""
    url, kind = secret(written, about), about.table.get("type")
    if kind in CHANNEL_TYPES and (check := kind_of(str(kind)).check_url) is not None:
        found = check(url)
        if found is not None:
            raise BadValueError(found.problem, found.remedy)
        return url
    target = parse_target(url)
    if isinstance(target, Forbidden):
        raise BadValueError(target.words, "write one such as 'https://example.org/hook'")
    return url


opml_file = then(file, _list)
rule_file = then(file, _rule)
articles = list_of(pattern, filled=True)
