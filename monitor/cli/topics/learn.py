"""`storywatch topics learn`: learns a readable rule from articles and previews its matches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.matching.backtest import BacktestLine
    from monitor.topics.learning.learn import Learnt
    from monitor.topics.rules.rule import Rule
    from monitor.views.topics.backtest import AtBreadth

SHOWN = 8  # hits and near misses shown in the preview
BREADTHS = ("narrow", "story", "wide")


@click.command("learn")
@click.argument("name")
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE...")
@click.option(
    "--not", "against", multiple=True, metavar="ARTICLE", help="An article that the topic must not match."
)
@click.option(
    "--breadth",
    type=click.Choice(BREADTHS),
    help="How much the topic covers (default: decided from the articles).",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the rule to this file instead of stdout."
)
@click.option(
    "--save", is_flag=True, help="Save it as a topic of the configuration, with a rule file beside it."
)
@click.option("--force", is_flag=True, help="Overwrite the file of -o, even if it was edited by hand.")
@now_option
@common
def learn(
    context: CommandContext,
    *,
    name: str,
    articles: tuple[str, ...],
    against: tuple[str, ...],
    breadth: str | None,
    output: Path | None,
    save: bool,
    force: bool,
    now: datetime | None,
) -> None:
    """Learn a topic NAME from one to five ARTICLEs and write it as a readable rule.

    An ARTICLE is a text or HTML file, or the address of a page. If there is a configuration, stderr shows what the
    rule would have matched among the items read so far. A file that holds another rule is overwritten only with --force.

    \b
    narrow: the event itself
    story: the event and what follows from it, with the same people and places
    wide: the subject, with any people and places

    \b
    storywatch topics learn tunnels articles/*.txt -o tunnels.toml
    storywatch topics learn tunnels https://example.org/tunnel-opens --save
    """
    from monitor.actions.topics.learn import learn_topic

    settings = _settings(context, output, save=save)
    learnt = learn_topic(
        name, articles, against=against, breadth=breadth, fetch=lambda urls: _fetch(context, urls, settings)
    )
    for remark in learnt.remarks:
        say(f"note: {remark}")
    _output(learnt.rule, output, overwrite=force, saved_in=settings if save else None)
    _preview(settings, learnt, now=moment_or_now(now))
    if output is not None:
        say(f'\nTo watch it, add to storywatch.toml:\n\n[[topics]]\nname = "{name}"\nrule = "{output}"')


def _settings(context: CommandContext, output: Path | None, *, save: bool) -> Settings | None:
    if not save:
        return context.settings_or_none()
    if output is not None:
        raise click.UsageError("--save chooses the file itself; give it or -o, not both")
    return context.settings()


def _output(rule: Rule, output: Path | None, *, overwrite: bool, saved_in: Settings | None) -> None:
    from monitor.actions.topics.write_rule import write_learnt_rule
    from monitor.cli.shared.phrases import count
    from monitor.topics.topic import LearntTopic

    if saved_in is not None:
        _save(saved_in, rule)
        return
    if output is None:
        click.echo(LearntTopic(rule).text, nl=False)
        return
    write_learnt_rule(rule, output, overwrite=overwrite)
    terms, facets = count(len(rule.terms), "term"), count(len(rule.facets), "facet")
    say(f"written {output}: {terms}, {facets}; read it, then edit it")


def _save(settings: Settings, rule: Rule) -> None:
    import os

    from monitor.actions.topics.save_topic import NewTopic, save_topic
    from monitor.actions.write_files import digest_of
    from monitor.topics.topic import LearntTopic

    topic = NewTopic(name=rule.name, rule=LearntTopic(rule).text)
    saved = save_topic(settings, topic, before=digest_of(settings.path), environ=os.environ)
    say(f"saved {saved.name}: its rule is {saved.rule}; a running storywatch uses it after SIGHUP")


def _fetch(context: CommandContext, urls: Sequence[str], settings: Settings | None) -> Sequence[bytes]:
    import asyncio

    from monitor.actions.fetch_page import pages_at
    from monitor.config.settings import PollingSettings

    polling = PollingSettings() if settings is None else settings.polling
    contact = "" if settings is None else settings.contact
    with context.progress("fetching pages"):
        return asyncio.run(pages_at(urls, polling, contact=contact))


def _preview(settings: Settings | None, learnt: Learnt, *, now: datetime) -> None:
    """Print the stored items that a rule would have matched, and how many it would have at the other breadths."""
    if settings is None:
        return
    from monitor.cli.shared.phrases import count
    from monitor.service.open_ledger import open_present
    from monitor.topics.topic import LearntTopic
    from monitor.views.topics.backtest import read_preview

    rule = learnt.rule
    with open_present(settings) as database:
        view = read_preview(database, rule.name, LearntTopic(rule), find_others=learnt.find_others, now=now)
    if view is None:
        say(
            "no item has been read yet: after `storywatch once`, learn again to see what it would have matched"
        )
        return
    found = view.found
    read, stories = count(found.items, "item"), count(found.stories, "story", "stories")
    say(f"\nOf {read} read in the last 30 days it would have matched {len(found.hits)}, in {stories}.")
    if view.left_out:
        left_out = count(view.left_out, "item")
        say(f"{left_out} in other languages were left out; `storywatch backtest` judges them too, by meaning")
    _list(sorted(found.hits, key=lambda one: -one.score))
    if found.near:
        say("Near misses:")
        _list(found.near)
    if len(found.hits) > SHOWN or len(found.near) > SHOWN:
        say("All of it: storywatch backtest RULE-FILE")
    say(f"Its breadth is {rule.breadth}.")
    for other in view.at_other_breadths:
        _say_of_breadth(other)


def _say_of_breadth(other: AtBreadth) -> None:
    """Print what another breadth would have matched, with the option that chooses it."""
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import count

    found = "no item"
    if other.items:
        found = f"{count(other.items, 'item')} in {count(other.stories, 'story', 'stories')}"
        found += (
            f", {other.further} of them not matched now, such as: {one_line(other.example)}"
            if other.further
            else ", all matched now"
        )
    say(f"With --breadth {other.breadth}: {found}")


def _list(lines: Sequence[BacktestLine]) -> None:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import shown_score

    for one in lines[:SHOWN]:
        say(f"  {shown_score(one.score)}  {one_line(one.document.title)}  ({one_line(one.document.feed)})")
