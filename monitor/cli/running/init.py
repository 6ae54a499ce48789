"""`storywatch init`: a commented configuration, the seeded topic and the starter feeds."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.shared.context import CommandContext, common, say

NEXT = """
storywatch.toml says what is watched and whom it tells; every key is explained there.
feeds.opml holds starter feeds: take it out, or put your own in its place (`storywatch feeds import FILE`).
seeds/ holds a topic that was learnt from five articles: read its topic.toml to see what a rule looks like.

Next:
{enter}  storywatch run                     watch; the first look is silent, then you are told of what is new
  storywatch topics learn NAME URL   make a topic of your own from an article or two
  storywatch digest --since 7d       the stories so far, once feeds have been read
  storywatch doctor                  what is wrong, if anything is, and how to mend it"""


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@common
def init(shell: CommandContext, *, folder: Path) -> None:
    """Write a configuration, a first topic and starter feeds to DIR; existing files are kept as they are.

    Example: storywatch init watch && cd watch && storywatch run
    """
    from monitor.config.starter import starter_files

    del shell
    for name, content in starter_files().items():
        path = folder / name
        if path.exists():
            say(f"kept     {path}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        say(f"written  {path}")
    say(NEXT.format(enter="" if folder == Path() else f"  cd {folder}\n"))
