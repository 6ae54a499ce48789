"""`storywatch topics import`: the filter rules of another reader as a topic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, say

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--block",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Rules of what is not wanted, in the same form.",
)
@common
def import_topic(shell: CommandContext, *, name: str, file: Path, block: Path | None) -> None:
    """Print a topic NAME made of the filter rules in FILE, to be added to the configuration.

    A rule a line: Miniflux's keep rules (`EntryTitle=(?i)night train`), or FreshRSS's searches
    (`intitle:'night train' OR sleeper`), as their settings show them. What has no counterpart is named on stderr.

    \b
    storywatch topics import night-trains keep.txt >> storywatch.toml
    storywatch topics import night-trains keep.txt --block block.txt
    """
    from monitor.config.errors import TopicRefused
    from monitor.topics.queries.query import parse_query
    from monitor.topics.queries.tokens import QueryError
    from monitor.topics.rules.format import quoted

    del shell
    keep = _parts(file)
    query = " OR\n".join(keep)
    not_wanted = _parts(block) if block is not None else ()
    if not_wanted:
        query = f"({query})\nNOT ({' OR '.join(not_wanted)})"
    try:
        parse_query(query, f"the query made of {file}")
    except QueryError as error:
        raise TopicRefused(str(error)) from None
    click.echo(f"\n[[topics]]\nname = {quoted(name)}\nquery = '''\n{query}\n'''")
    say(
        f"{len(keep) + len(not_wanted)} rules; read the query: it compares no case, and `strike` finds strikes"
    )


def _parts(file: Path) -> Sequence[str]:
    from monitor.topics.queries.imports import convert

    try:
        converted = convert(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise click.UsageError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    for words in converted.left_out:
        say(f"left out: {words}")
    if not converted.parts:
        raise click.UsageError(f"{file}: holds no rule that a query can say")
    return converted.parts
