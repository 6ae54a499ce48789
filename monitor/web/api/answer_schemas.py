"""The schemas of the values that `--format json` prints."""

from __future__ import annotations

from alerts.schemas import webhook_bodies
from alerts.schemas.json_schema import (
    ADDRESS,
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    many,
    maybe,
    one_of,
    record,
    with_optional,
)

STORY = record(
    id=TEXT, topic=TEXT, title=TEXT, url=maybe(ADDRESS), first_seen=TIME, last_seen=TIME, sources=COUNT,
    copies=COUNT, size=COUNT, continues=maybe(TEXT),
)  # fmt: skip
STORY_ITEM = record(
    id=TEXT, title=TEXT, url=maybe(ADDRESS), feed=TEXT, feeds=many(TEXT), outlet=TEXT, outlet_name=TEXT,
    first_seen=TIME, score=NUMBER, why=webhook_bodies.WHY, same_meaning_as=maybe(TEXT),
)  # fmt: skip
ITEM = record(
    id=TEXT, title=TEXT, url=maybe(ADDRESS), feed=TEXT, outlet=TEXT, outlet_name=TEXT, published=maybe(TIME),
    first_seen=TIME,
)  # fmt: skip
ITEM_DETAIL: Schema = record(
    **ITEM["properties"],
    summary=TEXT,
    content=TEXT,
    author=maybe(TEXT),
    language=maybe(TEXT),
    publisher_id=maybe(TEXT),
    at_first_poll=FLAG,
    topics=many(record(topic=TEXT, score=NUMBER, story=maybe(TEXT))),
    revisions=many(record(replaced_at=TIME, title=TEXT)),
)
FEED = record(
    url=TEXT, title=TEXT, state=one_of("ok", "failing", "silent", "gone", "paused"), last_poll=maybe(TIME),
    next_poll=maybe(TIME), interval=COUNT, interval_reason=TEXT, last_error=maybe(TEXT), items=COUNT,
    current_url=TEXT, last_success=maybe(TIME), failing_since=maybe(TIME), failures=COUNT,
    last_new=maybe(TIME), unstable_ids=FLAG, saved_bytes=COUNT, due=FLAG, missed_items_at=maybe(TIME),
    kind=maybe(TEXT),
)  # fmt: skip
SITEMAP = record(url=TEXT, state=TEXT, last_poll=maybe(TIME), next_poll=maybe(TIME), last_error=maybe(TEXT))
PUSH = record(hub=ADDRESS, state=maybe(TEXT), until=maybe(TIME), last_push=maybe(TIME), error=maybe(TEXT))
FEED_DETAIL: Schema = record(
    **FEED["properties"], items_a_week=maybe(NUMBER), sitemaps=many(SITEMAP), push=maybe(PUSH)
)
TOPIC = record(name=TEXT, made_of=TEXT, feeds=maybe(many(TEXT)))
TOPIC_DETAIL = record(
    name=TEXT, made_of=TEXT, text=TEXT, hash=TEXT, learns=FLAG, threshold=maybe(NUMBER), must=many(TEXT),
    catches=many(TEXT),
)  # fmt: skip
DELIVERY = record(
    id=TEXT, state=one_of("pending", "sent", "unknown", "held", "dead"), reason=maybe(TEXT), topic=maybe(TEXT),
    story=maybe(TEXT), subject=TEXT, channel=TEXT, recipient=maybe(TEXT), attempts=COUNT, next_at=maybe(TIME),
    last_error=maybe(TEXT),
)  # fmt: skip
ATTEMPT = record(number=COUNT, at=TIME, outcome=TEXT, code=maybe(COUNT), text=TEXT, reply=maybe(TEXT))
DELIVERY_DETAIL = record(
    id=TEXT, message=TEXT, state=TEXT, kind=TEXT, subject=TEXT, topic=maybe(TEXT), story=maybe(TEXT),
    channel=TEXT, recipient=TEXT, created_at=TIME, next_at=maybe(TIME), last_error=maybe(TEXT), body=TEXT,
    attempts=many(ATTEMPT),
)  # fmt: skip
CHANNEL = record(
    name=TEXT, type=TEXT, state=one_of("ok", "failing", "stopped"), since=maybe(TIME), probe_at=maybe(TIME),
    last_error=maybe(TEXT), waiting=COUNT, held=COUNT, held_until=maybe(TIME), dead=COUNT,
    last_sent=maybe(TIME),
)  # fmt: skip
MUTE = with_optional(
    record(kind=one_of("topic", "story", "feed", "recipient"), target=TEXT, since=TIME, until=maybe(TIME)),
    recipient=TEXT,
    channel=TEXT,
)
STEP = record(at=maybe(TIME), step=TEXT, words=TEXT, rule=maybe(TEXT), about=maybe(TEXT))
EXPLANATION = record(id=TEXT, kind=one_of("item", "story", "alert"), title=TEXT, steps=many(STEP))
JUDGEMENT = record(
    topic=TEXT, title=TEXT, matched=FLAG, score=NUMBER, points=maybe(NUMBER), needed=maybe(NUMBER), why=webhook_bodies.WHY,
    met=many(TEXT), missed=many(TEXT), must=many(TEXT), fitted=maybe(TEXT), learnt_on=maybe(TEXT),
    kept_out_by_names=FLAG, nearest=maybe(ANYTHING),
)  # fmt: skip
DIGEST = record(type=one_of("digest"), timestamp=TIME, data=webhook_bodies.DIGEST)
STATUS = with_optional(
    record(
        running=FLAG, network_down_since=maybe(TIME), feeds=ANYTHING, unpolled_feeds=COUNT, late_feeds=COUNT,
        last_poll=maybe(TIME), next_poll=maybe(TIME), saved_bytes=COUNT, items=COUNT, items_today=COUNT,
        unmatched=COUNT, stories_today=COUNT, deliveries=ANYTHING, held=ANYTHING, oldest_unsent=maybe(TIME),
        next_digest=maybe(TIME),
        capped=many(record(route=TEXT, channel=TEXT, waiting=COUNT, until=maybe(TIME))),
    ),
    workers=many(ANYTHING),
    queues=many(ANYTHING),
    lag=ANYTHING,
)  # fmt: skip
MARKED = many(record(topic=TEXT, verdict=one_of("yes", "no", "undone"), items=many(TEXT)))
DONE = record(done=TEXT)
