"""The launcher: finds the packages of storywatch under their own names, whatever else is installed.

The wheel keeps `alerts`, `monitor`, `seeds` and `storage` inside this package, so that it adds one name to
site-packages. Their folder goes first on the module path, before a module of another project with the same name.
In a checkout they stand beside this package.
"""

import sys
from pathlib import Path

PACKAGES = ("alerts", "monitor", "storage")  # `seeds` is data, which is read by its path
_HERE = Path(__file__).absolute().parent
HOME = _HERE if (_HERE / "monitor").is_dir() else _HERE.parent
EXIT_USAGE = 2


def find_own_packages() -> None:
    """Put the folder of the packages first on the module path."""
    if sys.path[:1] != [str(HOME)]:
        sys.path.insert(0, str(HOME))


def foreign_module() -> str | None:
    """Return the place of a loaded module of another project with the name of one of the packages, or None."""
    for name in PACKAGES:
        if name in sys.modules:
            place = getattr(sys.modules[name], "__file__", None)
            if place is None or Path(place).absolute().parent != HOME / name:
                return place or name
    return None


def main() -> None:
    """Run the command line, or refuse if Python has already loaded another module under one of its names."""
    place = foreign_module()
    if place is not None:
        sys.exit(_refusal(place))
    from monitor.cli import main as run_command_line  # noqa: PLC0415 - another module may have had its name

    run_command_line()


def _refusal(place: str) -> int:
    print(  # noqa: T201 - the command line, which prints otherwise, cannot be imported
        f"storywatch: Python loaded another module named like a part of storywatch when it started: {place}; "
        "fix: install storywatch in an environment of its own: pipx install storywatch",
        file=sys.stderr,
    )
    return EXIT_USAGE


find_own_packages()  # on import: the processes that parse bodies import this package first
