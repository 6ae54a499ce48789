"""The endpoints that change data: the actions of the commands, for owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.actions.alerts import mute as muting
from monitor.actions.alerts.deliveries import discard, replay
from monitor.actions.alerts.resume_channel import resume_channel
from monitor.actions.corrections import merge_stories, split_story
from monitor.actions.feeds.control_feeds import pause_feed, poll_now, resume_feed
from monitor.actions.topics.mark import mark_things, unmark_things
from monitor.views.alerts.deliveries import read_delivery
from monitor.views.feeds import feed_detail_json, read_feed
from monitor.views.find_feed import find_feed
from monitor.views.history.items import item_id
from monitor.views.history.stories import read_story, story_id, story_row_json
from monitor.web.api import answer_schemas as answers
from monitor.web.api.endpoint import Endpoint, acts
from monitor.web.api.parameters import choice, duration, word, words
from monitor.web.api.things import named_channel, named_feed, named_topic
from storage.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitor.web.request.page_request import PageRequest
    from storage.model import Story

    Asked = Mapping[str, Any]


async def mute_story(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """Hold the alerts about a story for a while."""
    return await _mute(ask, await _story(ask), asked)


async def unmute_story(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """End the mute of a story."""
    del asked
    return await _unmute(ask, await _story(ask))


async def mute_topic(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """Hold the alerts on a topic for a while."""
    return await _mute(ask, named_topic(ask.settings, ask.path["topic"]).name, asked)


async def unmute_topic(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """End the mute of a topic."""
    del asked
    return await _unmute(ask, named_topic(ask.settings, ask.path["topic"]).name)


async def _story(ask: PageRequest) -> str:
    return await ask.read(lambda ledger: story_id(ledger, ask.path["story"]))


async def _mute(ask: PageRequest, target: str, asked: Asked) -> dict[str, str]:
    until = ask.now + asked["for"]
    given: dict[str, Any] = {"topics": _topic_names(ask), "find_feed": find_feed}
    muted = await ask.act(muting.mute, target, now=ask.now, until=until, **given)
    return {"done": f"muted {muted.kind} {target} until {until:%Y-%m-%dT%H:%M:%SZ}"}


async def _unmute(ask: PageRequest, target: str) -> dict[str, str]:
    given: dict[str, Any] = {"topics": _topic_names(ask), "find_feed": find_feed}
    meant, lifted = await ask.act(muting.unmute, target, now=ask.now, **given)
    return {"done": f"{'no longer' if lifted else 'was not'} muted: {meant.kind} {target}"}


def _topic_names(ask: PageRequest) -> list[str]:
    return [topic.name for topic in ask.settings.topics]


async def merge(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Move all items of other stories into this one."""
    merged = await ask.act(merge_stories, await _story(ask), asked["others"], now=ask.now)
    return await _shown_story(ask, merged)


async def split(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Move items of a story into a new story."""
    done = await ask.act(split_story, await _story(ask), asked["items"], now=ask.now)
    return await _shown_story(ask, done.new)


async def _shown_story(ask: PageRequest, story: Story) -> dict[str, Any]:
    found = await ask.read(lambda ledger: read_story(ledger, f"s{story.id}"))
    return story_row_json(found.story)


async def mark_item(ask: PageRequest, asked: Asked) -> list[dict[str, Any]]:
    """Mark an item as meant by a topic or not, or undo that."""
    return await _mark(ask, await ask.read(lambda ledger: item_id(ledger, ask.path["item"])), asked)


async def mark_story(ask: PageRequest, asked: Asked) -> list[dict[str, Any]]:
    """Mark all items of a story, or undo that."""
    return await _mark(ask, await _story(ask), asked)


async def _mark(ask: PageRequest, thing: str, asked: Asked) -> list[dict[str, Any]]:
    topics = {topic.name: topic for topic in ask.settings.topics}
    said = Verdict(asked["verdict"])
    if said is Verdict.UNDONE:
        outcomes = await ask.act(unmark_things, topics, [thing], only=asked["topic"], now=ask.now)
    else:
        outcomes = await ask.act(
            mark_things,
            topics,
            [thing],
            verdict=said,
            undo=False,
            only=asked["topic"],
            write=False,
            since=ask.now,
            now=ask.now,
        )
    return [
        {"topic": one.topic, "verdict": said.value, "items": [f"i{item.id}" for item in one.items]}
        for one in outcomes
    ]


async def poll_feed(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Make a feed due now, whatever its interval."""
    del asked
    return await _controlled(ask, lambda url: poll_now(ask.database, url, now=ask.now))


async def pause(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Stop polling a feed until it is resumed."""
    del asked
    return await _controlled(ask, lambda url: pause_feed(ask.database, url))


async def resume(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Poll a feed again."""
    del asked
    return await _controlled(ask, lambda url: resume_feed(ask.database, url, now=ask.now))


async def _controlled(ask: PageRequest, control: Callable[[str], object]) -> dict[str, Any]:
    words_ = ask.path["feed"]
    url = await ask.read(lambda ledger: named_feed(ledger, words_).url)
    await ask.run(control, url)
    return feed_detail_json(
        await ask.read(lambda ledger: read_feed(ledger, named_feed(ledger, url), now=ask.now))
    )


async def _delivery(ask: PageRequest) -> str:
    return (await ask.read(lambda ledger: read_delivery(ledger, ask.path["delivery"]))).id


async def replay_delivery(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """Send a delivery again, with the same bytes and id."""
    del asked
    [done] = await ask.act(replay, [await _delivery(ask)], now=ask.now)
    return {"done": f"{done.id} is sent again"}


async def discard_delivery(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """Discard a delivery."""
    del asked
    [done] = await ask.act(discard, [await _delivery(ask)], now=ask.now)
    return {"done": f"{done.id} is discarded"}


async def resume_a_channel(ask: PageRequest, asked: Asked) -> dict[str, str]:
    """Make everything that waits for a channel due now."""
    del asked
    channel = named_channel(ask.settings, ask.path["channel"])
    waiting = await ask.act(resume_channel, channel, now=ask.now)
    return {"done": f"{waiting} deliveries are due now"}


FOR = duration("for", "How long, such as 2h or 7d.", default="7d")
MARK = (
    choice("verdict", "yes: the topic means it; no: it does not.", "yes", "no", "undone", is_needed=True),
    word("topic", "Only for this topic; needed where the item is on none or several."),
)
ENDPOINTS: tuple[Endpoint, ...] = (
    acts("/stories/{story}/mute", mute_story, "Hold the alerts about a story for a while.", answers.DONE, FOR),
    acts("/stories/{story}/unmute", unmute_story, "End the mute of a story.", answers.DONE),
    acts("/stories/{story}/mark", mark_story, "Mark all items of a story, or undo that.", answers.MARKED, *MARK),
    acts("/stories/{story}/merge", merge, "Move all items of other stories into a story.", answers.STORY, words("others", "Ids of stories.")),
    acts("/stories/{story}/split", split, "Move items of a story into a new story.", answers.STORY, words("items", "Ids of items.")),
    acts("/items/{item}/mark", mark_item, "Mark an item as meant or not, or undo that.", answers.MARKED, *MARK),
    acts("/topics/{topic}/mute", mute_topic, "Hold the alerts on a topic for a while.", answers.DONE, FOR),
    acts("/topics/{topic}/unmute", unmute_topic, "End the mute of a topic.", answers.DONE),
    acts("/feeds/{feed}/poll", poll_feed, "Make a feed due now.", answers.FEED_DETAIL),
    acts("/feeds/{feed}/pause", pause, "Stop polling a feed until it is resumed.", answers.FEED_DETAIL),
    acts("/feeds/{feed}/resume", resume, "Poll a feed again.", answers.FEED_DETAIL),
    acts("/deliveries/{delivery}/replay", replay_delivery, "Send a delivery again.", answers.DONE),
    acts("/deliveries/{delivery}/discard", discard_delivery, "Discard a delivery.", answers.DONE),
    acts("/channels/{channel}/resume", resume_a_channel, "Send everything that waits for a channel.", answers.DONE),
)  # fmt: skip
