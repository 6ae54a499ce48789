"""`storywatch topics import`: converts another reader's filter rules to a topic."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.shared.context import CommandContext, common, say

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@click.argument("name")
@click.argument("file", type=FILE)
@click.option("--block", type=FILE, help="Rules of unwanted items, in the same form.")
@common
def import_topic(context: CommandContext, *, name: str, file: Path, block: Path | None) -> None:
    """Print a topic NAME made from the filter rules in FILE, to be added to the configuration.

    FILE has one rule per line: Miniflux's keep rules (`EntryTitle=(?i)night train`), or FreshRSS's searches
    (`intitle:'night train' OR sleeper`), as their settings show them. Rules without a counterpart are named on stderr.

    \b
    storywatch topics import night-trains keep.txt >> storywatch.toml
    storywatch topics import night-trains keep.txt --block block.txt
    """
    from monitor.actions.topics.import_rules import import_rules

    del context
    imported = import_rules(name, file, block)
    for words in imported.left_out:
        say(f"left out: {words}")
    click.echo(f"\n{imported.toml}")
    say(f"{imported.rules} rules; read the query: case does not count, and `strike` also finds strikes")
