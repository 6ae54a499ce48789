"""`storywatch topics learn`: articles in, a readable rule out, and what it would have caught."""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.matching.backtest import BacktestLine
    from monitor.topics.rules.rule import Rule
    from storage.model import Item

PREVIEW = timedelta(days=30)  # of what was read: a month of news, or all of it on the first day
PREVIEWED = 20_000  # items that are judged for the preview: two seconds
SHOWN = 8  # hits, and near misses, in the preview
NEAR = 0.4  # a score from here to 0.5 is a near miss worth a look
BREADTHS = ("narrow", "story", "wide")
URL = re.compile(r"https?://", re.IGNORECASE)


@click.command("learn")
@click.argument("name")
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE...")
@click.option("--not", "against", multiple=True, metavar="ARTICLE", help="An article that is not meant.")
@click.option("--breadth", type=click.Choice(BREADTHS), help="If not given, the examples decide.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the rule here, not to stdout.")
@now_option
@common
def learn(
    shell: CommandContext,
    *,
    name: str,
    articles: tuple[str, ...],
    against: tuple[str, ...],
    breadth: str | None,
    output: Path | None,
    now: datetime | None,
) -> None:
    """Learn a topic NAME from one to five ARTICLEs and write it as a readable rule.

    An ARTICLE is a text or HTML file, or the address of a page. Where there is a configuration, stderr shows what the
    rule would have caught of the items read so far.

    \b
    narrow: the event itself
    story: with what follows, by the same people
    wide: its subject, by anyone

    \b
    storywatch topics learn tunnels articles/*.txt -o tunnels.toml
    storywatch topics learn tunnels https://example.org/tunnel-opens -o tunnels.toml
    """
    from monitor.matching.load_topics import learn_rule

    settings = shell.settings_or_none()
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="storywatch-")))
        files = _files(shell, [*articles, *against], settings, folder)
        learnt = learn_rule(name, files[: len(articles)], against=files[len(articles) :], breadth=breadth)
    _remark(learnt.remarks)
    _give(learnt.rule, output)
    if settings is not None:
        _preview(settings, learnt.rule, now=moment_or_now(now))
    if output is not None:
        say(f'\nTo watch it, add to storywatch.toml:\n\n[[topics]]\nname = "{name}"\nrule = "{output}"')


def _give(rule: Rule, output: Path | None) -> None:
    from monitor.cli.shared.phrases import count
    from monitor.topics.rules.format import format_rule

    text = format_rule(rule)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    terms, facets = count(len(rule.terms), "term"), count(len(rule.facets), "facet")
    say(f"written {output}: {terms}, {facets}; read it, then edit it")


def _remark(remarks: Sequence[str]) -> None:
    for remark in remarks:
        say(f"note: {remark}")


def _files(
    shell: CommandContext, articles: Sequence[str], settings: Settings | None, folder: Path
) -> list[Path]:
    """Return a file for each article; pages are fetched into `folder` under the end of their address."""
    import asyncio

    from monitor.actions.fetch_page import pages_at
    from monitor.config.settings import PollingSettings

    urls = [article for article in articles if URL.match(article)]
    polling = PollingSettings() if settings is None else settings.polling
    contact = "" if settings is None else settings.contact
    bodies: list[bytes] = []
    if urls:
        with shell.progress("fetching pages"):
            bodies = asyncio.run(pages_at(urls, polling, contact=contact))
    fetched = {}
    for number, (url, body) in enumerate(zip(urls, bodies, strict=True), start=1):
        ending = re.sub(r"[^\w.-]+", "-", url.rstrip("/").rsplit("/", 1)[-1])[:80]
        fetched[url] = folder / f"{number}-{ending}"
        fetched[url].write_bytes(body)
    return [fetched.get(article, Path(article)) for article in articles]


def _preview(settings: Settings, rule: Rule, *, now: datetime) -> None:
    """Say what a rule would have caught of what the ledger holds."""
    from monitor.cli.shared.phrases import count
    from monitor.matching.backtest import from_items, judge_all

    items = _items(settings, now=now)
    if not items:
        say(
            "no item has been read yet: after `storywatch once`, learn again to see what it would have caught"
        )
        return
    verdicts = list(judge_all(from_items(items), {rule.name: rule}))
    hits = sorted((one for one in verdicts if one.matched), key=lambda one: -one.score)
    near = sorted(
        (one for one in verdicts if one.score >= NEAR and not one.matched), key=lambda one: -one.score
    )
    stories = count(len({one.story for one in hits}), "story", "stories")
    read = count(len(items), "item")
    say(f"\nOf {read} read in the last 30 days it would have caught {len(hits)}, in {stories}.")
    _list(hits)
    if near:
        say("Just missed:")
        _list(near)
    if len(hits) > SHOWN or len(near) > SHOWN:
        say("All of it: storywatch backtest RULE-FILE")


def _items(settings: Settings, *, now: datetime) -> list[Item]:
    from storage.database import Database

    if not Database.is_there(settings.database):
        return []
    database = Database.open(settings.database)
    try:
        with database.read() as ledger:
            return ledger.items.since(now - PREVIEW)[-PREVIEWED:]
    finally:
        database.close()


def _list(verdicts: Sequence[BacktestLine]) -> None:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import shown_score

    for one in verdicts[:SHOWN]:
        say(f"  {shown_score(one.score)}  {one_line(one.document.title)}  ({one_line(one.document.feed)})")
