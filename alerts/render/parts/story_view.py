"""A story as shown to people, before layout: the texts are chosen and safe to print."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.links.labels import labelled_links
from alerts.render.formats.escape import clip, host, link, one_line, plain, titled
from alerts.render.parts import phrases, timeline
from alerts.render.parts.quote import quote
from alerts.render.parts.times import age
from alerts.render.parts.whats_new import novelty
from storage.model import Reason
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Match, Story, StoryNews

MAX_HEADLINE = 200  # characters; longer titles contain whole paragraphs
MAX_LEAD = 280  # characters of the summary that are shown
MAX_SOURCES = 8  # items listed in one message; the others are counted
OLD_NEWS = timedelta(days=2)  # an item published so long before it was first seen is shown with its age
SAME_HEADLINE = "(same headline)"


@value
class SourceView:
    """One item of a story: its outlet, its title or `SAME_HEADLINE`, and when it was seen."""

    outlet: str
    title: str
    url: str | None
    host: str
    seen: str


@value
class StoryView:
    """One story, ready for layout as text, HTML or Markdown. `story` and `item` are ids as commands take them.

    `links` are the labels and addresses by which a reader answers, the page of the story first; `page` is that address,
    None where no pages are served.
    """

    topic: str
    badge: str
    headline: str
    url: str | None
    host: str
    outlets: str
    size: str
    seen: str
    novelty: str
    lead: str
    sources: tuple[SourceView, ...]
    more: int
    why: str
    quote: str
    story: str
    item: str
    tally: tuple[int, ...]
    links: tuple[tuple[str, str], ...] = ()
    page: str | None = None

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """Commands that show all of the story, mute it, and mark it as not meant: (purpose, command)."""
        return (
            ("all of it", f"storywatch stories show {self.story}"),
            ("explain", self.explain),
            ("silence", f"storywatch mute {self.story} --for 7d"),
            ("not this", f"storywatch mark no {self.item}"),
        )

    @property
    def explain(self) -> str:
        """The command that shows all matched terms."""
        return f"storywatch topics explain {shlex.quote(self.topic)} {self.item}"

    @property
    def several(self) -> bool:
        """Whether the story has more items than the one of the headline."""
        return len(self.sources) + self.more > 1

    @property
    def bars(self) -> str:
        """The story's timeline as the `d` of an SVG path."""
        return timeline.path(self.tally)

    @property
    def blocks(self) -> str:
        """The story's timeline as block characters."""
        return timeline.blocks(self.tally)


def story_id(story: Story) -> str:
    """Return the public id of a story: `s12`."""
    return f"s{story.id}"


def item_id(match: Match) -> str:
    """Return the public id of a match's item: `i34`."""
    return f"i{match.item.id}"


def short_title(title: str) -> str:
    """Return a title as lists show it; a title of thousands of characters would hide the others."""
    return clip(titled(title), MAX_HEADLINE)


def headline(news: StoryNews) -> str:
    """Return the story's headline as one safe line, never empty."""
    titles = [news.story.title, *(match.item.title for match in news.matches)]
    return short_title(next(filter(one_line, titles), ""))


def best(news: StoryNews) -> Match | None:
    """Return the match with the highest score; of equal ones the earliest."""
    return max(news.matches, key=lambda match: match.score, default=None)


def story_view(news: StoryNews, *, since: datetime, until: datetime) -> StoryView:
    """Return the view of a story at `until`, in whose zone times are written; the timeline begins at `since`."""
    story, top = news.story, best(news)
    shown = _one_per_outlet_first(news.matches)[:MAX_SOURCES]
    is_alone = len(news.matches) + news.more <= 1
    title = headline(news)
    return StoryView(
        topic=one_line(story.topic),
        badge={Reason.GREW: "story grew", Reason.NEW: "new story", None: "story"}[news.reason],
        headline=title,
        url=link(story.url) or next((url for m in news.matches if (url := link(m.item.url))), None),
        host=host(story.url),
        outlets=phrases.some_of(phrases.outlets(news.matches), total=story.sources, shown=1),
        size=f"{phrases.reach(story)}, {phrases.count(story.size, 'item')}",
        seen=_seen(news, now=until),
        novelty=novelty(news),
        lead=_lead(top, title),
        sources=tuple(
            _source(match, title, same="" if is_alone else SAME_HEADLINE, now=until) for match in shown
        ),
        more=news.more + len(news.matches) - len(shown),
        why=_why(top),
        quote=quote(top, beside=title) if top else "",
        story=story_id(story),
        item=item_id(top) if top else story_id(story),
        tally=timeline.counts(map(_time, news.matches), since=since, until=until),
        links=labelled_links(news.links),
        page=news.links.open if news.links else None,
    )


def _one_per_outlet_first(matches: tuple[Match, ...]) -> list[Match]:
    """Order matches so that each outlet comes once before any comes twice; otherwise by time."""
    counted: dict[str, int] = {}
    turns = []
    for at, match in enumerate(matches):
        turn = counted[match.item.outlet] = counted.get(match.item.outlet, 0) + 1
        turns.append((turn, at, match))
    return [match for _, _, match in sorted(turns, key=lambda each: each[:2])]


def _source(match: Match, title: str, *, same: str, now: datetime) -> SourceView:
    item = match.item
    own = clip(one_line(item.title), MAX_HEADLINE)
    return SourceView(
        outlet=phrases.outlet(item.outlet_name),
        title=same if own.casefold() == title.casefold() else own,
        url=link(item.url),
        host=host(item.url),
        seen=phrases.moment(_time(match), now=now),
    )


def _time(match: Match) -> datetime:
    """Return when the item was published, at most when it was seen; else when it was seen."""
    item = match.item
    return min(item.published_at or item.first_seen, item.first_seen)


def _seen(news: StoryNews, *, now: datetime) -> str:
    """Return when the story was first seen, and the age of its newest item if that was published long before."""
    first_seen = news.story.first_seen
    seen = f"first seen {age(first_seen, now=now)}"
    newest = max(map(_time, news.matches), default=first_seen)
    if first_seen - newest < OLD_NEWS:
        return seen
    return f"published {age(newest, now=now)}, {seen}"


def _lead(match: Match | None, title: str) -> str:
    if match is None:
        return ""
    lead = plain(match.item.summary) or plain(match.item.content)
    return "" if lead.casefold() == title.casefold() else clip(lead, MAX_LEAD)


def _why(match: Match | None) -> str:
    if match is None:
        return ""
    return f"{phrases.reasons(match.why) or 'the whole of it'} · score {match.score:.2f}"
