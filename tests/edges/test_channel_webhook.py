"""Webhooks against a real web server: signatures verified by a library (D6), and every answer of D5."""

from __future__ import annotations

import asyncio
import base64
import html
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlsplit

import pytest
from builders import NOON, a_delivery, a_message, a_webhook_channel
from loopback_web import Mailbox, PlainClient, web_server
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channels.interface import Accepted, Answer, Blocked, Deferred, HttpAnswer, Refused, Unknown
from alerts.channels.redact import reply_text, safe_line, secrets_of
from alerts.channels.webhook import WebhookSender, retry_after

OLD = "whsec_b2xkLXNlY3JldC1vZi1zdG9yeXdhdGNo"
NEW = "whsec_bmV3LXNlY3JldC1vZi1zdG9yeXdhdGNo"
MESSAGE = a_message(body='{"type":"test","data":{"text":"grün"}}'.encode())


def post(
    mailbox: Mailbox, *, times: int = 1, now: datetime = NOON, secrets: tuple[str, ...] = (NEW,)
) -> list[Answer]:
    """Post one message so many times and return the answers."""

    async def run() -> list[Answer]:
        async with web_server(mailbox):
            sender = WebhookSender(a_webhook_channel(url=mailbox.url, secrets=secrets), http=PlainClient())
            return [await sender.send(MESSAGE, a_delivery(), now=now) for _ in range(times)]

    return asyncio.run(run())


def answer_to(status: str, *, now: datetime = NOON) -> Answer:
    """Return the result of a delivery with this answer."""
    [answer] = post(Mailbox(answers=[status]), now=now)
    return answer


def test_a_post_is_signed_so_that_the_library_verifies_it() -> None:
    """The standardwebhooks library verifies the signature over id, time and bytes (D6)."""
    mailbox = Mailbox()
    now = datetime.now(tz=UTC)
    assert post(mailbox, now=now) == [Accepted(text="HTTP 204", code=204)]
    headers, body = mailbox.posts[0]
    assert body == MESSAGE.body
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "dlv_1"
    assert Webhook(NEW).verify(body, headers) == {"type": "test", "data": {"text": "grün"}}
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body + b" ", headers)


def test_a_local_clock_signs_the_same_instant() -> None:
    """The signed time does not depend on the time zone."""
    mailbox = Mailbox()
    post(mailbox, now=datetime.now().astimezone(tz=None))
    headers, body = mailbox.posts[0]
    Webhook(NEW).verify(body, headers)


def test_while_secrets_rotate_both_sign() -> None:
    """A receiver with either secret can verify the post."""
    mailbox = Mailbox()
    post(mailbox, now=datetime.now(tz=UTC), secrets=(NEW, OLD))
    headers, body = mailbox.posts[0]
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (NEW, OLD):
        Webhook(secret).verify(body, headers)


def test_every_attempt_has_the_same_id_and_body_and_a_fresh_time() -> None:
    """Only the time changes from attempt to attempt."""
    mailbox = Mailbox(answers=["HTTP/1.1 503 Busy", "HTTP/1.1 200 OK"])
    post(mailbox)
    post(mailbox, now=NOON + timedelta(minutes=5))
    (first, first_body), (second, second_body) = mailbox.posts
    assert first["webhook-id"] == second["webhook-id"]
    assert first_body == second_body
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300


def test_without_a_secret_nothing_is_signed() -> None:
    """A channel without a secret posts unsigned."""
    mailbox = Mailbox()
    post(mailbox, secrets=())
    assert "webhook-signature" not in mailbox.posts[0][0]
    assert mailbox.posts[0][0]["webhook-id"] == "dlv_1"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    """No other status is one."""
    assert isinstance(answer_to(f"HTTP/1.1 {status} Fine"), Accepted)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_a_transient_error_defers(status: int) -> None:
    """408, 425, 429 and 5xx are retried."""
    answer = answer_to(f"HTTP/1.1 {status} Later\n\nnot now")
    assert answer == Deferred(text=f"HTTP {status}: not now", code=status, reply="not now")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 422])
def test_a_refusal_gets_a_few_more_attempts(status: int) -> None:
    """A redirect is not followed and counts as a refusal, like any other 4xx."""
    mailbox = Mailbox(answers=[f"HTTP/1.1 {status} No\nlocation: http://127.0.0.1:9/elsewhere"])
    [answer] = post(mailbox)
    assert answer == Refused(text=f"HTTP {status}", code=status, retryable=True)
    assert len(mailbox.posts) == 1


def test_gone_ends_the_endpoint() -> None:
    """A 410 pauses the channel until its owner resumes it."""
    assert answer_to("HTTP/1.1 410 Gone") == Blocked(text="HTTP 410", code=410, probe_after=None)


def test_a_server_that_hangs_up_leaves_the_outcome_unknown() -> None:
    """The receiver may have the message; the URL, which may be a secret, is not shown."""
    [answer] = post(Mailbox(answers=[None]))
    assert answer == Unknown(text="[hidden]: hung up")


def test_a_refused_connection_defers() -> None:
    """Nothing was sent, so the post is deferred and not unknown."""

    async def run() -> Answer:
        async with web_server(Mailbox()) as closed:
            url = closed.url
        return await WebhookSender(a_webhook_channel(url=url), http=PlainClient()).send(
            MESSAGE, a_delivery(), now=NOON
        )

    answer = asyncio.run(run())
    assert isinstance(answer, Deferred)
    assert "canary" not in answer.text


def test_an_echoed_secret_is_hidden() -> None:
    """A URL or secret in the receiver's answer is not stored (R22)."""
    answer = answer_to(f"HTTP/1.1 400 Bad\n\nsecret {NEW} \x1b[31m\u202e and 16 kB {'x' * 20_000}")
    assert isinstance(answer, Refused)
    assert NEW not in repr(answer)
    assert answer.text.startswith("HTTP 400: secret [hidden] [31m and 16 kB xxx")
    assert len(answer.text) == 500
    assert len(answer.reply) <= 16_384


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        (format_datetime(NOON + timedelta(hours=1), usegmt=True), timedelta(hours=1)),
        ("9" * 5000, timedelta(hours=24)),
        (format_datetime(NOON + timedelta(days=9), usegmt=True), timedelta(hours=24)),
        (format_datetime(NOON - timedelta(hours=1), usegmt=True), None),
        ("0", None),
        ("-5", None),
        ("²", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str | None, pause: timedelta | None) -> None:
    """Seconds and dates up to 24 h are read, past and garbled values are ignored (D5)."""
    assert retry_after(header, now=NOON) == pause


def test_retry_after_reaches_the_answer() -> None:
    """The result of a 429 has the time to wait."""
    answer = answer_to("HTTP/1.1 429 Slow down\nRetry-After: 90")
    assert isinstance(answer, Deferred)
    assert answer.retry_after == timedelta(seconds=90)


def test_a_webhook_needs_a_url() -> None:
    """A channel without a URL is refused when it is created."""
    with pytest.raises(ValueError, match="needs a url"):
        WebhookSender(a_webhook_channel(url=None), http=PlainClient())


@pytest.mark.parametrize("secret", ["whsec_", "whsec_canar", "", "whsec_ä"])
def test_a_bad_secret_is_refused_without_being_shown(secret: str) -> None:
    """The error names the channel and not the secret."""
    with pytest.raises(ValueError, match="channel 'hook': its secret is not base64") as raised:
        WebhookSender(a_webhook_channel(secrets=(secret,)), http=PlainClient())
    assert "canar" not in str(raised.value)


USER, PASSWORD, TOKEN, QUERY = "canary:user", "canary/pass&word", "canaryTOKEN0123/aB", "canary-query-value"
CANARY_URL = (
    f"https://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@hooks.example"
    f"/services/T0canary/{quote(TOKEN, safe='')}?key={QUERY}&other=1"
)
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
ECHOES = [
    f"Cannot POST {urlsplit(CANARY_URL).path}",
    f"no route for {CANARY_URL}",
    f"Authorization: Basic {BASIC}",
    f"decoded {unquote(CANARY_URL)}",
    f"user {USER} with {PASSWORD} and {quote(PASSWORD, safe='')} and {quote(PASSWORD, safe='').lower()}",
    f"token {TOKEN}, {base64.b64encode(TOKEN.encode()).decode()}, {quote(TOKEN)}",
    json.dumps({"url": CANARY_URL}).replace("/", "\\/"),
    json.dumps({"url": unquote(CANARY_URL)}).replace("&", "\\u0026"),
    f"<p>{html.escape(unquote(CANARY_URL))}</p>",
    f"signed with {NEW.removeprefix('whsec_')}",
    f"query {urlsplit(CANARY_URL).query} of T0canary",
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [200, 404, 410, 429, 500])
def test_no_part_of_a_secret_is_stored_from_an_answer(echo: str, status: int) -> None:
    """Receivers echo the path with its token, or the whole request, in any encoding (R22)."""

    class Echoing:
        async def post(self, *_: object, **__: object) -> HttpAnswer:
            return HttpAnswer(status=status, headers={}, body=echo.encode())

    channel = a_webhook_channel(url=CANARY_URL, secrets=(NEW,))
    answer = asyncio.run(WebhookSender(channel, http=Echoing()).send(MESSAGE, a_delivery(), now=NOON))
    shown = (answer.text + answer.reply).lower()
    assert "canary" not in shown
    assert BASIC.rstrip("=").lower() not in shown
    assert NEW.removeprefix("whsec_").lower() not in shown
    assert base64.b64encode(TOKEN.encode()).decode().lower() not in shown


def test_a_secret_that_is_cut_off_at_the_end_of_an_answer_is_hidden() -> None:
    """A partial token at the end of 16 kB is hidden too."""
    text = reply_text(b"x" * (16_384 - 9) + b"canaryTOKEN", secrets=("canaryTOKEN",))
    assert "canary" not in text


def test_ordinary_words_of_an_answer_stay() -> None:
    """Only secrets are hidden, so the cause can still be read."""
    secrets = secrets_of(a_webhook_channel(url="https://hooks.example/services/T0123456/x"))
    assert safe_line("HTTP 503: services unavailable", secrets=secrets) == "HTTP 503: services unavailable"


@pytest.mark.parametrize("before", ["", "x", "xx", '{"token": "'])
def test_a_secret_inside_a_longer_text_in_base64_is_hidden(before: str) -> None:
    """A request in base64 can contain a secret at any of three offsets."""
    secrets = secrets_of(a_webhook_channel(url=CANARY_URL))
    whole = base64.b64encode(f'{before}{TOKEN}"}}'.encode()).decode()
    shown = safe_line(f"request {whole}", secrets=secrets)
    inside = len(before) // 3 * 4 + 4
    assert whole[inside : inside + 12] not in shown
    assert TOKEN.encode().hex() not in safe_line(TOKEN.encode().hex(), secrets=secrets)
    assert "canary" not in safe_line(quote(quote(TOKEN, safe=""), safe=""), secrets=secrets)
