"""Chooses the breadth of a rule from its examples, and explains the choice to the owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.topics.learning.cast import one_story
from monitor.topics.rules.rule import Breadth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Article

SAY_WIDE = 'say --breadth wide, or breadth = "wide" in the configuration'
SAY_STORY = 'say --breadth story, or breadth = "story" in the configuration'
OF_A_STORY = f"names that the examples do not contain take points off; if you mean the subject, whoever is in it, {SAY_WIDE}"
OF_A_SUBJECT = f"the subject is taken, whoever is in it; if you mean the story alone, {SAY_STORY}"
MOST_NAMED = 4  # ideas listed in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class BreadthChoice:
    """A breadth, and a sentence on how it was chosen; empty if the owner chose it or the choice is obvious."""

    breadth: Breadth
    reason: str = ""


def of_one_example(*, has_subject: bool) -> BreadthChoice:
    """Return the breadth of a single example: `wide` if it repeats one subject more often than any name, else `story`."""
    if has_subject:
        return BreadthChoice(breadth=Breadth.WIDE)
    reason = f"one example does not show whether you mean its story or its subject; its story is taken: {OF_A_STORY}"
    return BreadthChoice(breadth=Breadth.STORY, reason=f"{reason}; a second article makes the choice surer")


def of_examples(articles: Sequence[Article], language: str, wide: Callable[[], Rule]) -> BreadthChoice:
    """Return the breadth of several examples: `story` if they clearly are about one and not about where ideas meet.

    `wide` returns the rule that they give as `wide`.
    """
    found = one_story(articles, language)
    share = f"they share {found.shared:.0%} of their words, counted by rarity; {found.border:.0%} or more is one story"
    if not found.is_likely:
        unsure = f"the examples may be about one story or one subject ({share}); {OF_A_SUBJECT}"
        return BreadthChoice(breadth=Breadth.WIDE, reason="" if found.is_sure else unsure)
    if met := _where_ideas_meet(wide()):
        reason = f"the examples tell one story, but all of them are about {met}; {OF_A_SUBJECT}"
        return BreadthChoice(breadth=Breadth.WIDE, reason=reason)
    if found.is_sure:
        return BreadthChoice(breadth=Breadth.STORY, reason=f"the examples tell one story: {OF_A_STORY}")
    return BreadthChoice(
        breadth=Breadth.STORY, reason=f"the examples probably tell one story ({share}): {OF_A_STORY}"
    )


def _where_ideas_meet(rule: Rule) -> str:
    """Return the ideas that a rule requires together, in words; empty if it requires none."""
    beside = " or ".join(rule.should[:MOST_NAMED])
    return f"{', '.join(rule.must)} together with {beside}" if rule.must and beside else ""
