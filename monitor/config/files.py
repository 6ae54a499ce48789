"""The types of values that name files, programs and servers; relative paths are made absolute."""
# No `from __future__ import annotations`: pydantic reads these annotations while the program runs.

import glob
import shlex
import shutil
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from alerts.channels.registry import kind_of
from monitor.config.errors import BadValueError
from monitor.config.types import Secret, Text, filled, listed, read_context
from monitor.config.written import AS_PATH, AS_PATHS, ONE_OR_MORE, as_written
from monitor.polling.http.address import Forbidden, parse_target


def _base(about: ValidationInfo) -> Path:
    return read_context(about).secrets.base


def _path(written: object, about: ValidationInfo) -> object:
    if not isinstance(written, str):
        return written
    if not written.strip() or "\0" in written:
        raise BadValueError("is not a path", "name a file")
    return _base(about) / written


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


def _articles(written: object, about: ValidationInfo) -> object:
    """Return the files that match a pattern, sorted; a file whose name is the pattern itself comes first."""
    if not isinstance(written, str):
        return written
    base = _base(about)
    if (base / written).is_file():
        return (base / written,)
    names = glob.glob(written, root_dir=base, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = tuple(sorted(base / name for name in names if (base / name).is_file()))
    if not found:
        is_url = "://" in written
        remedy = "save the page and name its file" if is_url else "put the article there or correct the path"
        raise BadValueError(f"no file matches '{written if is_url else base / written}'", remedy)
    return found


def _words(written: object) -> object:
    """Split a command in one string into arguments like a shell; no shell runs it."""
    if not isinstance(written, str):
        return listed(written)
    try:
        return tuple(shlex.split(written))
    except ValueError as error:
        raise BadValueError(
            f"cannot be split into arguments ({error})", "close the quote or write a list"
        ) from None


def _program(command: tuple[str, ...], about: ValidationInfo) -> tuple[str, ...]:
    """Return the command with the absolute path of its program."""
    program, *arguments = command
    asked = str(_base(about) / program) if "/" in program else program
    path = shutil.which(asked, path=read_context(about).secrets.environ.get("PATH"))
    if path is None:
        raise BadValueError(f"there is no program {program!r}", "install it or write its absolute path")
    return (path, *arguments)


def _server(url: str, about: ValidationInfo) -> str:
    kind = about.data.get("type")
    if kind is not None and (check := kind_of(kind).check_url) is not None:
        found = check(url)
        if found is not None:
            raise BadValueError(found.problem, found.remedy)
        return url
    target = parse_target(url)
    if isinstance(target, Forbidden):
        raise BadValueError(target.words, "write one such as 'https://example.org/hook'")
    return url


File = Annotated[Path, BeforeValidator(_path), as_written(AS_PATH)]
OpmlFile = Annotated[File, AfterValidator(_list)]
RuleFile = Annotated[File, AfterValidator(_rule)]
Pattern = Annotated[tuple[Path, ...], BeforeValidator(_articles)]
Articles = Annotated[
    tuple[Pattern, ...], BeforeValidator(listed), AfterValidator(filled), as_written(AS_PATHS)
]
Command = Annotated[
    tuple[Text, ...],
    BeforeValidator(_words),
    AfterValidator(filled),
    AfterValidator(_program),
    as_written(ONE_OR_MORE),
]
ServerUrl = Annotated[Secret, AfterValidator(_server)]
