"""Mails parsed as by a mail client: headers, threads and parts (D7), without injected headers (R16)."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from builders import NOON, a_delivery, a_match, a_message, a_story, an_email_channel, an_item, some_news
from loopback_mail import Postbox, send_to

from alerts.channels.interface import Accepted, Refused
from alerts.channels.mime import mail_bytes
from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert

if TYPE_CHECKING:
    from email.message import EmailMessage

    from storage.model import Message

OUR_HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted",
    "MIME-Version", "Content-Type",
}  # fmt: skip


def read(mail: bytes) -> EmailMessage:
    """Read a mail as a client does."""
    parsed = message_from_bytes(mail, policy=default)
    assert not parsed.defects
    return parsed


def a_rendered(**item: object) -> Message:
    """A mail about a story, rendered."""
    item_ = an_item(**item)
    news = some_news(story=a_story(title=item_.title), matches=[a_match(item=item_)])
    rendered = render_alert(news, form=form_of(an_email_channel()), now=NOON)
    return a_message(subject=rendered.subject, body=rendered.body, html=rendered.html, thread=rendered.thread)


def test_a_mail_arrives_with_text_and_html() -> None:
    """The text comes first, then the HTML, which loads nothing."""
    postbox = Postbox()
    answer = send_to(postbox, message=a_rendered())
    assert answer == Accepted(text="SMTP 250: kept", code=250)
    mail = read(postbox.mails[0])
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in mail.iter_parts())
    assert "storywatch stories show s12" in text
    assert "<img" not in page
    assert "src=" not in page
    assert postbox.commands == ["RCPT", "DATA", "QUIT"]


def test_a_mail_names_itself_its_story_and_its_topic() -> None:
    """It is marked automatic, dated by its message, identified by its delivery, threaded by its story (D7)."""
    postbox = Postbox()
    send_to(postbox, message=a_rendered(), delivery=a_delivery(id="dlv_7"))
    mail = read(postbox.mails[0])
    assert set(mail.keys()) == OUR_HEADERS
    assert mail["Message-ID"] == "<dlv_7@news.example>"
    assert mail["References"] == mail["In-Reply-To"]
    assert mail["References"].startswith("<story.s12-")
    assert mail["List-Id"] == "<police-face-recognition.storywatch.news.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOON


@pytest.mark.parametrize("length", range(60, 90))
def test_a_subject_begins_on_the_line_of_its_name(length: int) -> None:
    """A subject that fits into a line, but not behind its name, leaves no empty first line."""
    subject = ("[police] " + "harbour bridge " * 9)[:length].strip()
    mail = mail_bytes(a_message(subject=subject), a_delivery(), channel=an_email_channel())
    assert b"Subject: [police] harbour" in mail
    assert read(mail)["Subject"] == subject


def test_a_mail_is_the_same_at_every_attempt() -> None:
    """Two attempts of one delivery send the same bytes."""
    postbox = Postbox()
    for _ in range(2):
        send_to(postbox, message=a_rendered())
    assert postbox.mails[0] == postbox.mails[1]


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?=0d=0aBcc:_victim=40news.example?=",
        "=?utf-8?b?DQpCY2M6IHZpY3RpbUBuZXdzLmV4YW1wbGU=?= and more",
        "News\r\nBcc: victim@news.example\r\n\r\nNo body",
        "News\x85Bcc: victim@news.example",
        "News\u2028Bcc: victim@news.example\u2029\x0b\x0c\x1c\x1d\x1e",
        "=\u200b?utf-8?q?=0d=0aBcc:_v=40x.example?=",
        "\ud800 lone \udfff surrogates \x00 and NUL \x1b[31m",
        "Ünïcödé " * 40,
        "a" * 5000,
    ],
)
def test_no_title_becomes_a_header(title: str) -> None:
    """With any title the mail is delivered and has exactly our headers (R16)."""
    postbox = Postbox()
    answer = send_to(postbox, message=a_rendered(title=title, feed=title, summary=title))
    assert isinstance(answer, Accepted)
    mail = read(postbox.mails[0])
    assert set(mail.keys()) == OUR_HEADERS
    assert len(mail.keys()) == len(OUR_HEADERS)
    assert mail["Subject"].startswith("[police-face-recognition]")
    assert postbox.recipients == ["desk@news.example"]
    assert all(len(line) <= 998 for line in postbox.mails[0].split(b"\r\n"))


def test_an_unclean_subject_is_cleaned_by_the_channel() -> None:
    """A subject that no renderer cleaned adds no header either."""
    postbox = Postbox()
    hostile = "[x] a\r\nBcc: v@x.example =?utf-8?q?=0d=0aCc:_v@x.example?=\u2028"
    send_to(postbox, message=a_message(subject=hostile), delivery=a_delivery(id="a\r\nBcc: b"))
    assert set(read(postbox.mails[0]).keys()) <= OUR_HEADERS | {"Content-Transfer-Encoding"}


@pytest.mark.parametrize(
    "recipient",
    [
        "nobody",
        "a@b@",
        "x\r\nRCPT TO:<y@z.example>@news.example",
        "<>",
        "ä@news.example",
        "a@-",
        "a b@news.example",
        "",
    ],
)
def test_an_invalid_recipient_is_refused(recipient: str) -> None:
    """The delivery is dead with that reason, and no server is contacted."""
    postbox = Postbox()
    answer = send_to(postbox, delivery=a_delivery(recipient=recipient))
    assert isinstance(answer, Refused)
    assert "not a mail address" in answer.text
    assert postbox.commands == []


def test_a_domain_in_another_script_is_spelled_as_dns_does() -> None:
    """An internationalised domain is sent in ASCII (RFC 5891)."""
    postbox = Postbox()
    send_to(postbox, delivery=a_delivery(recipient="desk@bücher.example"))
    assert postbox.recipients == ["desk@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("kind", "subject", "label"),
    [
        ("story.new", "[Face Recognition: police] x (y)", "face-recognition-police"),
        ("stories", "[ports] 3 stories: x", "ports"),
        ("stories", "[2 topics] 3 stories: x", "stories"),
        ("story.grew", "[警察] x", "topic-910a3de4"),
        ("digest", "Your stories: nothing new", "digest"),
        ("feed.failing", "[storywatch] feed is failing: x", "feed"),
    ],
)
def test_a_list_id_names_the_topic(kind: str, subject: str, label: str) -> None:
    """Mail filters can sort by topic, whatever its script."""
    postbox = Postbox()
    send_to(postbox, message=a_message(kind=kind, subject=subject))
    assert read(postbox.mails[0])["List-Id"] == f"<{label}.storywatch.news.example>"


def test_long_identifiers_stay_plain_in_the_raw_mail() -> None:
    """Mail programs compare bytes, so long topics and domains are not encoded (D7)."""
    domain = "notifications.observatory." + "long-harbour." * 8 + "example.org"
    postbox = Postbox()
    message = replace(
        a_rendered(), subject="[police-face-recognition-across-all-of-europe] x", thread="s12-" + "0" * 40
    )
    send_to(postbox, message=message, sender=f"alerts@{domain}")
    raw = postbox.mails[0].replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("ascii")
    lines = dict(line.split(": ", 1) for line in raw.split("\n") if ": " in line)
    assert lines["In-Reply-To"] == lines["References"] == f"<story.s12-{'0' * 40}@{domain}>"
    assert lines["Message-ID"] == f"<dlv_1@{domain}>"
    assert lines["List-Id"].endswith(f".storywatch.{domain}>")
    assert "=?" not in raw


@pytest.mark.parametrize(
    ("mailbox", "name", "address"),
    [
        ('"Doe, Jane" <jane@example.org>', "Doe, Jane", "jane@example.org"),
        ('"Jane \\"JD\\" @ Work" <jane@example.org>', 'Jane "JD" @ Work', "jane@example.org"),
        ("Zoë <zoe@bücher.example>", "Zoë", "zoe@xn--bcher-kva.example"),
    ],
)
def test_display_names_are_written_as_mail_programs_write_them(mailbox: str, name: str, address: str) -> None:
    """Names with commas, quotes and accents survive (RFC 5322 3.4)."""
    postbox = Postbox()
    send_to(postbox, message=a_rendered(), sender=mailbox)
    [sender] = read(postbox.mails[0])["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, address)


def test_a_mail_can_be_unsubscribed_from_with_one_click() -> None:
    """A long address is still on one line (RFC 2369, RFC 8058)."""
    url = "https://watch.example.org/a/" + "x" * 600
    raw = mail_bytes(a_rendered(), a_delivery(unsubscribe=url), channel=an_email_channel())
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"Unsubscribe" not in mail_bytes(a_rendered(), a_delivery(), channel=an_email_channel())
