"""The head of a page gives a description and a date, or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.parsing.page_facts import HEAD_BYTES, PageHead
from monitor.polling.parsing.page_head import read_head

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
EIGHT = datetime(2026, 11, 30, 8, tzinfo=UTC)


def head_of(markup: str) -> PageHead:
    return read_head(
        f"<!doctype html><html><head>{markup}</head><body>Text".encode(), content_type="text/html", now=NOW
    )


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<meta property="og:description" content="The ferry &amp; its crew">', "The ferry &amp; its crew"),
        ('<meta name="description" content="The ferry">', "The ferry"),
        (ld({"@type": "NewsArticle", "description": "The ferry"}), "The ferry"),
        (
            ld(
                [
                    {"@type": "WebSite", "description": "All news"},
                    {"@type": ["NewsArticle"], "description": "F"},
                ]
            ),
            "F",
        ),
        (ld({"@graph": [{"@type": "WebPage"}, {"@type": "ReportageNewsArticle", "description": "F"}]}), "F"),
        ('<meta property="og:description" content="<script>alert(1)</script> F">', "F"),
        ('<meta property="og:description" content=""><meta name="description" content="F">', "F"),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "descr', ""),
        (ld({"@type": "NewsArticle", "description": ["no", "text"]}), ""),
        ("", ""),
    ],
)
def test_the_description_of_an_article_is_read(markup: str, expected: str) -> None:
    """The order is og:description, JSON-LD, plain description; the result is harmless HTML."""
    assert head_of(markup).description == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (ld({"@type": "NewsArticle", "datePublished": "2026-11-30T08:00:00Z"}), EIGHT),
        ('<meta property="article:published_time" content="2026-11-30T09:00:00+01:00">', EIGHT),
        (ld({"@type": "NewsArticle", "datePublished": "2099-01-01"}), NOW),
        (ld({"@type": "NewsArticle", "datePublished": 7}), None),
        (ld({"@type": "WebSite", "datePublished": "2026-11-30"}), None),
    ],
)
def test_the_date_of_an_article_is_read(markup: str, expected: datetime | None) -> None:
    """A future date becomes now, and an invalid one is none."""
    assert head_of(markup).published_at == expected


def test_only_the_beginning_of_a_page_is_read() -> None:
    """Text after the first 64 kB is ignored."""
    late = '<meta property="og:description" content="late">'
    assert head_of(f"<style>{' ' * HEAD_BYTES}</style>{late}").description == ""


def test_a_head_is_decoded_by_its_own_label_and_may_be_cut() -> None:
    """ISO 8859-2 and UTF-8 cut within a character are decoded."""
    page = '<meta charset="iso-8859-2"><meta property="og:description" content="Łódź"><p>'
    assert read_head(page.encode("iso-8859-2"), content_type="", now=NOW).description == "Łódź"
    whole = '<meta property="og:description" content="Łódź"><title>Łódź</title>'.encode()
    cut = whole[: -len("</title>") - 1]
    assert read_head(cut, content_type="", now=NOW).description == "Łódź"


@given(
    st.binary(max_size=500), st.sampled_from(["", '<meta property="og:description" content="', "{[" * 2_000])
)
def test_any_bytes_give_a_head(noise: bytes, before: str) -> None:
    """Any bytes give a head without an exception."""
    script = b'<script type="application/ld+json">' + before.encode() + noise
    assert isinstance(read_head(script, content_type="", now=NOW), PageHead)
