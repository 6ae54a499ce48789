"""The endpoints that read data: lists, single objects, and explanations of alerts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alerts.render.digest_message import digest_json
from alerts.schemas.json_schema import many
from monitor.matching.read_topics.load_topics import load_current_topic
from monitor.text.ids import id_number
from monitor.views.alerts.channels import channel_json, read_channels
from monitor.views.alerts.deliveries import (
    delivery_detail_json,
    delivery_json,
    read_deliveries,
    read_delivery,
    without_link_tokens,
)
from monitor.views.alerts.digest import read_digest
from monitor.views.alerts.mutes import mute_json, read_mutes, read_recipient_mutes, recipient_mute_json
from monitor.views.feeds import feed_detail_json, feed_row_json, read_feed, read_feeds
from monitor.views.find_feed import find_feed
from monitor.views.health.status import read_status, status_json
from monitor.views.history.items import (
    SearchRefused,
    item_detail_json,
    item_row_json,
    read_item,
    search_items,
)
from monitor.views.history.stories import read_stories, read_story, story_item_json, story_row_json
from monitor.views.history.why import explanation_json, read_explanation
from monitor.views.refused import ViewRefused
from monitor.views.topics.judgement import judge_stored, judgement_json, stored_item
from monitor.views.topics.topics import list_topics, read_topic, topic_json, topic_row_json
from monitor.web.api import answer_schemas as answers
from monitor.web.api.cursor import cursor, first_of, part_by_place, part_of
from monitor.web.api.endpoint import Endpoint, Rows, reads
from monitor.web.api.parameters import choice, duration, limit, word
from monitor.web.api.things import named_feed, named_topic
from monitor.web.request.refused import PageRefused, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.views.history.stories import StoryRow
    from monitor.web.api.cursor import Place
    from monitor.web.request.page_request import PageRequest
    from storage.database import Ledger

    Asked = Mapping[str, Any]


async def stories(ask: PageRequest, asked: Asked) -> Rows:
    """Return the stories of the last days."""
    found = await ask.read(lambda ledger: read_stories(ledger, since=ask.now - asked["since"]))
    rows = [row for row in found if asked["topic"] in {None, row.topic}]
    return part_by_place(rows, asked, place=_size_and_age, to_json=story_row_json)


def _size_and_age(row: StoryRow) -> Place:
    """Return the place of a story in the list: the largest and newest first."""
    return (-row.sources, -row.size, -row.last_seen.timestamp(), int(row.id.removeprefix("s")))


async def story(ask: PageRequest, asked: Asked) -> list[dict[str, Any]]:
    """Return the items of a story; of a merged one, those of the story that holds its items."""
    del asked
    found = await ask.read(lambda ledger: read_story(ledger, ask.path["story"]))
    return [story_item_json(item) for item in found.items]


async def items(ask: PageRequest, asked: Asked) -> Rows:
    """Return the items that contain all words of a query."""
    after = None if asked["since"] is None else ask.now - asked["since"]

    def found(ledger: Ledger) -> list[dict[str, Any]]:
        feed = None if asked["feed"] is None else find_feed(ledger, asked["feed"])
        rows = search_items(
            ledger, asked["q"], limit=asked["limit"] + 1, after=after, feed=feed, behind=asked["cursor"]
        )
        return [item_row_json(row) for row in rows]

    try:
        return first_of(await ask.read(found), asked["limit"], key="id")
    except SearchRefused as error:
        raise PageRefused(400, sentence(error), "The parameter 'q' has the words.") from None


async def item(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return everything stored about an item."""
    del asked
    return item_detail_json(await ask.read(lambda ledger: read_item(ledger, ask.path["item"])))


async def feeds(ask: PageRequest, asked: Asked) -> Rows:
    """Return the subscribed feeds."""
    found = await ask.read(lambda ledger: read_feeds(ledger, now=ask.now))
    return part_of([feed_row_json(row) for row in found], asked, key="url")


async def feed(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return a feed by its number, or by its address or title, percent-encoded."""
    del asked
    words = ask.path["feed"]
    return feed_detail_json(
        await ask.read(lambda ledger: read_feed(ledger, named_feed(ledger, words), now=ask.now))
    )


async def topics(ask: PageRequest, asked: Asked) -> Rows:
    """Return the configured topics."""
    return part_of([topic_row_json(row) for row in list_topics(ask.settings.topics)], asked, key="name")


async def topic(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return a topic with its rule or query."""
    del asked
    config = named_topic(ask.settings, ask.path["topic"])
    return topic_json(await ask.read(lambda ledger: read_topic(config, load_current_topic(config, ledger))))


async def explain(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return a topic's judgement of an item."""
    del asked
    config, ident = named_topic(ask.settings, ask.path["topic"]), ask.path["item"]

    def found(ledger: Ledger) -> dict[str, Any]:
        number = id_number(ident, "i")
        stored = None if number is None else stored_item(ledger, number)
        if stored is None:
            raise ViewRefused(f"no item {ident}; /api/v1/items?q=… shows items with their ids")
        return judgement_json(judge_stored(ledger, config, load_current_topic(config, ledger), stored))

    return await ask.read(found)


async def deliveries(ask: PageRequest, asked: Asked) -> Rows:
    """Return held alerts and deliveries."""
    found = await ask.read(
        lambda ledger: read_deliveries(
            ledger,
            state=asked["state"],
            channel=asked["channel"],
            limit=asked["limit"] + 1,
            behind=asked["cursor"],
        )
    )
    return first_of([delivery_json(view) for view in found], asked["limit"], key="id")


async def delivery(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return a delivery with its message and every attempt."""
    del asked
    view = await ask.read(lambda ledger: read_delivery(ledger, ask.path["delivery"]))
    return delivery_detail_json(view if ask.who.is_owner else without_link_tokens(view))


async def channels(ask: PageRequest, asked: Asked) -> list[dict[str, Any]]:
    """Return the configured channels."""
    del asked
    found = await ask.read(lambda ledger: read_channels(ledger, ask.settings.channels))
    return [channel_json(view) for view in found]


async def mutes(ask: PageRequest, asked: Asked) -> list[dict[str, Any]]:
    """Return the mutes in force."""
    del asked

    def found(ledger: Ledger) -> list[dict[str, Any]]:
        return [
            *(mute_json(view) for view in read_mutes(ledger, now=ask.now)),
            *(recipient_mute_json(one) for one in read_recipient_mutes(ledger)),
        ]

    return await ask.read(found)


async def why(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return the path of an item, a story, an alert or a delivery."""
    del asked
    return explanation_json(
        await ask.read(lambda ledger: read_explanation(ledger, ask.settings, ask.path["id"]))
    )


async def digest(ask: PageRequest, asked: Asked) -> Any:
    """Return the stories of a period with their items."""
    only = None if asked["topic"] is None else [named_topic(ask.settings, asked["topic"]).name]
    found = await ask.read(
        lambda ledger: read_digest(ledger, since=ask.now - asked["since"], until=ask.now, topics=only)
    )
    return json.loads(digest_json(found))


async def status(ask: PageRequest, asked: Asked) -> dict[str, Any]:
    """Return the status: running processes, late feeds, failures and waiting work."""
    del asked
    return status_json(await ask.run(read_status, ask.database, now=ask.now, queues=_queues))


def _queues(conninfo: str) -> Iterable[Any]:
    from monitor.service.workers.queue import queue_lengths  # noqa: PLC0415 - on PostgreSQL alone

    return queue_lengths(conninfo)


SINCE = duration("since", "How far back, such as 24h, 7d or 30d.", default="7d")
TOPIC = word("topic", "Only this topic, by its name in the configuration.")
PAGED = (limit(), cursor())
ENDPOINTS: tuple[Endpoint, ...] = (
    reads("/stories", stories, "Stories with items seen lately, largest and newest first.", many(answers.STORY), SINCE, TOPIC, *PAGED),
    reads("/stories/{story}", story, "The items of a story, in the order they joined it.", many(answers.STORY_ITEM)),
    reads(
        "/items", items, "Items that hold all words of a query, newest first.", many(answers.ITEM),
        word("q", 'Words that must occur; "in a row", begin*, -without.', is_needed=True),
        duration("since", "Only items first seen in this time, such as 7d.", default=None),
        word("feed", "Only items of this feed, by its address or title."), *PAGED,
    ),
    reads("/items/{item}", item, "Everything stored about an item.", answers.ITEM_DETAIL),
    reads("/feeds", feeds, "The subscribed feeds.", many(answers.FEED), *PAGED),
    reads("/feeds/{feed}", feed, "A feed by its number, address or title.", answers.FEED_DETAIL),
    reads("/topics", topics, "The configured topics.", many(answers.TOPIC), *PAGED),
    reads("/topics/{topic}", topic, "A topic with its rule or query.", answers.TOPIC_DETAIL),
    reads("/topics/{topic}/explain/{item}", explain, "Why a topic matches an item or does not.", answers.JUDGEMENT),
    reads(
        "/deliveries", deliveries, "Held alerts and deliveries, newest first.", many(answers.DELIVERY),
        choice("state", "Only those in this state.", "pending", "sent", "unknown", "held", "dead"),
        word("channel", "Only those of this channel."), *PAGED,
    ),
    reads("/deliveries/{delivery}", delivery, "A delivery with its message and every attempt.", answers.DELIVERY_DETAIL),
    reads("/channels", channels, "The configured channels.", many(answers.CHANNEL)),
    reads("/mutes", mutes, "The mutes in force.", many(answers.MUTE)),
    reads("/why/{id}", why, "The path of an item, a story, an alert or a delivery.", answers.EXPLANATION),
    reads(
        "/digest", digest, "The stories of a period with their items.", answers.DIGEST,
        duration("since", "How far back, such as 24h.", default="24h"), TOPIC,
    ),
    reads("/status", status, "Running processes, late feeds, failures and waiting work.", answers.STATUS),
)  # fmt: skip
