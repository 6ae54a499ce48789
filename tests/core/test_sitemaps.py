"""News sitemaps become feeds, whatever is wrong with them (O3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from documents import NOW, URL, failure_of, feed_of, parsed_as
from sitemaps import entry, sitemap

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.form import MAX_ITEMS
from monitor.polling.parsing.read_body import ReadFeed, read_news
from storage.model import Publication


def test_a_news_sitemap_is_read_in_full() -> None:
    """Entries have link, title, language and date; the feed has title, language and site."""
    feed = feed_of(
        sitemap(
            entry(
                "https://news.example/a?x=1&amp;y=2",
                "Ferry &amp; harbour",
                date="2026-11-21T10:30:00+02:00",
                name="The Tide",
                language="en",
            )
        )
    )
    assert (feed.facts.title, feed.facts.language, feed.facts.site_url) == (
        "The Tide",
        "en",
        "https://news.example/",
    )
    assert feed.items == (
        Publication(
            title="Ferry & harbour",
            url="https://news.example/a?x=1&y=2",
            language="en",
            published_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    "document",
    [
        sitemap(),
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
        '<?xml version="1.0"?><!-- none today --><urlset>\n</urlset>',
    ],
)
def test_a_news_sitemap_may_be_empty(document: str) -> None:
    """A sitemap without entries of the last two days is no failure."""
    assert feed_of(document).items == ()


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:09Z", datetime(2026, 11, 20, 8, 9, tzinfo=UTC)),
        ("2026-11-20T08:09:10.1234567+01:00", datetime(2026, 11, 20, 7, 9, 10, tzinfo=UTC)),
        ("2026-11-20T08:09:10-0500", datetime(2026, 11, 20, 13, 9, 10, tzinfo=UTC)),
        ("2026-11-20T08:09:10 +0100", datetime(2026, 11, 20, 7, 9, 10, tzinfo=UTC)),
        ("2026-11-20 08:09:10", datetime(2026, 11, 20, 8, 9, 10, tzinfo=UTC)),
        ("2099-01-01T00:00:00Z", NOW),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_w3c_writes_them(date: str, expected: datetime | None) -> None:
    """A future date becomes the time of the poll, and an invalid one is none."""
    (item,) = feed_of(sitemap(entry("https://news.example/a", "Ferry", date=date))).items
    assert item.published_at == expected


def test_an_article_must_be_on_the_site_of_its_sitemap() -> None:
    """Other sites are refused; relative links are resolved, subdomains and `www` belong to the site."""
    links = [
        "https://news.example/a",
        "/b",
        "https://www.news.example/c",
        "https://sport.news.example/d",
        "https://other.example/e",
        "https://fakenews.example/f",
        "javascript:alert(1)",
        "http://[broken/",
    ]
    found = feed_of(sitemap(*(entry(link, f"Title {link}") for link in links)))
    assert [item.url for item in found.items] == [
        "https://news.example/a",
        "https://news.example/b",
        "https://www.news.example/c",
        "https://sport.news.example/d",
    ]


def words_of(document: str | bytes) -> str:
    parsed = parsed_as(document)
    assert isinstance(parsed, ParseFailure), parsed
    assert parsed.kind in {FailureKind.NOT_A_FEED, FailureKind.NO_NEWS}
    return parsed.words


def test_other_sitemaps_are_refused_with_the_reason() -> None:
    """Ordinary sitemaps, foreign sites and other root elements are refused."""
    plain = "<urlset><url><loc>https://news.example/about</loc></url></urlset>"
    assert "no news entries" in words_of(plain)
    foreign = sitemap(entry("https://other.example/a", "Ferry"))
    assert "no page of its own site" in words_of(foreign)
    assert "neither RSS nor Atom" in words_of(f"<catalogue>{foreign.partition('?>')[2]}</catalogue>")
    assert failure_of("<html><body><urlset></urlset></body></html>") is FailureKind.NOT_A_FEED


def test_entries_without_a_title_or_a_link_are_left_out() -> None:
    """Some sitemaps mix ordinary pages with news."""
    document = sitemap(
        "<url><loc>https://news.example/about</loc></url>",
        entry("https://news.example/a", ""),
        entry("", "Nothing"),
        entry("https://news.example/b", "Ferry"),
    )
    assert [item.title for item in feed_of(document).items] == ["Ferry"]


def test_pictures_and_films_of_an_entry_are_not_its_title() -> None:
    """Image and video extensions have titles and links of their own, before and after the news."""
    picture = "<image:image><image:loc>https://cdn.example/x.jpg</image:loc><image:title>Wrong</image:title></image:image>"
    film = "<video:video><video:title>Wrong</video:title></video:video>"
    whole = entry("https://news.example/a", "Ferry")
    document = sitemap(
        whole.replace("<loc>", f"{picture}{film}<loc>"), whole.replace("</url>", f"{picture}</url>")
    )
    assert {(item.url, item.title) for item in feed_of(document).items} == {
        ("https://news.example/a", "Ferry")
    }


def test_prefixes_cdata_and_bare_ampersands_are_read() -> None:
    """Publishers choose prefixes, and many sitemaps are not valid XML."""
    document = sitemap(
        entry("<![CDATA[https://news.example/a?x=1&y=2]]>", "<![CDATA[Rats & <em>mice</em>]]>"),
        entry("https://news.example/b?x=1&y=2", "Rats & mice &nbsp; again"),
    )
    renamed = document.replace("news:", "n:").replace("xmlns:news", "xmlns:n")
    prefixed = renamed.replace("<url", "<s:url").replace("</url", "</s:url")
    prefixed = prefixed.replace("<loc>", "<s:loc>").replace("</loc>", "</s:loc>")
    for text in (document, renamed, prefixed):
        assert [(item.url, item.title) for item in feed_of(text).items] == [
            ("https://news.example/a?x=1&y=2", "Rats & mice"),
            ("https://news.example/b?x=1&y=2", "Rats & mice again"),
        ]


def test_declared_entities_are_never_expanded() -> None:
    """A sitemap with entity declarations is read as if it had none."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(20))
    outside = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    document = sitemap(entry("https://news.example/a", "&l19;Ferry &file;"))
    document = document.replace("?>", f"?><!DOCTYPE urlset [{laughs}{outside}]>", 1)
    (item,) = feed_of(document).items
    assert "Ferry" in item.title
    assert len(item.title) < 40
    assert "root" not in item.title


def test_the_newest_thousand_of_a_long_sitemap_are_read() -> None:
    """The latest dates count, and the document's order is kept."""
    start = NOW - timedelta(days=400)
    dates = [(start + timedelta(minutes=10 * number)).isoformat() for number in range(50_000)]
    document = sitemap(
        *(entry(f"https://news.example/{n}", f"Title {n}", date=dates[n]) for n in range(50_000))
    )
    feed = feed_of(document)
    assert [item.url for item in feed.items] == [f"https://news.example/{n}" for n in range(49_000, 50_000)]
    assert feed.truncated == 50_000 - MAX_ITEMS


def test_an_unchanged_entry_is_not_read_again() -> None:
    """As in feeds, entries of the last document are recognised by their raw text."""
    entries = [entry(f"https://news.example/{n}", f"Title number {n}") for n in range(50)]
    first = read(sitemap(*entries))
    assert (len(first.items), first.recognised) == (50, 0)
    new = entry("https://news.example/new", "Something new")
    second = read(sitemap(new, *entries[:40]), before=first.after)
    assert [item.publication.title for item in second.items] == ["Something new"]
    assert second.recognised == 40


def read(document: str, before: bytes = b"") -> ReadFeed:
    found = read_news(document.encode(), url=URL, content_type="application/xml", now=NOW, before=before)
    assert isinstance(found, ReadFeed)
    return found
