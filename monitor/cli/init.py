"""`storywatch init`: a commented configuration, the seeded topic and the starter feeds."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.shell import Shell, common, say


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@common
def init(shell: Shell, *, folder: Path) -> None:
    """Write a configuration, a first topic and starter feeds to DIR; existing files are kept as they are."""
    from monitor.starter import starter_files

    del shell
    for name, content in starter_files().items():
        path = folder / name
        if path.exists():
            say(f"kept     {path}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        say(f"written  {path}")
    here = "" if folder == Path() else f"cd {folder} && "
    say(f"\nNext: {here}storywatch run\n  or: {here}storywatch check --config storywatch.toml")
