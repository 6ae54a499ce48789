"""Phrases for the news in a message: outlets, facts, the older story that it continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.escape import clip, one_line
from alerts.render.parts import phrases
from storage.model import Reason

if TYPE_CHECKING:
    from storage.model import Growth, StoryNews

MAX_TERM = 30  # characters of a word that is shown as new
SUBJECT_TERMS = 3  # new terms in a subject; a lock screen shows sixty characters
MAX_OLDER = 90  # characters of an older story's headline


def subject_part(news: StoryNews) -> str:
    """Return what the subject says in parentheses: the outlets (`Ars Technica, BBC +3`), or the news of an update."""
    names = phrases.outlets(news.matches)
    if news.reason is not Reason.GREW:
        return phrases.some_of(names, total=news.story.sources)
    if news.brings.terms:
        return f"new: {', '.join(_terms(news.brings)[:SUBJECT_TERMS])}"
    if news.brings.outlets:
        outlets = _outlets(news.brings)
        return f"now {news.story.sources} outlets, new: {phrases.some_of(outlets, total=len(outlets))}"
    return f"new: {phrases.some_of(names, total=len(names))}"


def novelty(news: StoryNews) -> str:
    """Return the news of an update, or of a story that continued since the last digest."""
    if news.reason is Reason.GREW:
        return in_words(news.brings) or _more_items(news)
    if news.continues is not None:
        older = clip(one_line(news.continues.title), MAX_OLDER)
        return f"continues an older story, s{news.continues.id}: {older}"
    before = news.story.size - len(news.matches) - news.more if news.reason is None else 0
    return f"{_more_items(news)}; {before} earlier" if before > 0 and news.matches else ""


def in_words(brings: Growth) -> str:
    """Return the additions of an update: `2 more outlets: A, B; several outlets now mention: Marlow`; or nothing."""
    parts = []
    if brings.outlets:
        names = phrases.some_of(_outlets(brings), total=len(brings.outlets), shown=4)
        parts.append(f"{phrases.count(len(brings.outlets), 'more outlet')}: {names}")
    if brings.terms:
        parts.append(f"several outlets now mention: {', '.join(_terms(brings))}")
    return "; ".join(parts)


def _more_items(news: StoryNews) -> str:
    names = phrases.outlets(news.matches)
    items = phrases.count(len(news.matches) + news.more, "more item")
    return f"{items} from {phrases.some_of(names, total=len(names), shown=4)}"


def _outlets(brings: Growth) -> list[str]:
    return [phrases.outlet(name) for name in brings.outlets]


def _terms(brings: Growth) -> list[str]:
    return [clip(one_line(term), MAX_TERM) for term in brings.terms]
