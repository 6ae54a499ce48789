"""`storywatch init`: writes a commented configuration, an example topic and starter feeds."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from monitor.cli.shared.context import CommandContext, common, say
from monitor.cli.shared.program import as_typed

NEXT = """
storywatch.toml names the feeds, topics and channels, and explains every key.
feeds.opml holds starter feeds: remove it, or replace it with your own list (`storywatch feeds import FILE`).
seeds/ holds a topic learnt from five articles: read its topic.toml to see a rule.

Next:
{enter}  storywatch run                     poll, and alert on new stories; the first poll alerts on none
  storywatch topics learn NAME URL   make a topic of your own from an article or two
  storywatch digest --since 7d       the stories so far, once feeds have been read
  storywatch doctor                  what is wrong, if anything, and how to fix it"""


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@common
def init(context: CommandContext, *, folder: Path) -> None:
    """Write a configuration, a first topic and starter feeds to DIR; existing files are kept.

    Example: storywatch init watch && cd watch && storywatch run
    """
    from monitor.config.starter import starter_files

    del context
    for name, content in starter_files().items():
        path = folder / name
        if path.exists():
            say(f"kept     {path}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        say(f"written  {path}")
    enter = "" if folder == Path() else f"  cd {shlex.quote(str(folder))}\n"
    say(as_typed(NEXT.format(enter=enter), folder=folder))
