"""Reading examples: the article is separated from the rest of its page."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.topics.learning.articles import MAX_CHARACTERS, ArticleError, read_article

PAGE = """Friday , March 6 2026

Ferry sinks off Brevik

Ferry sinks off Brevik

By Ada Orrin, Staff Writer

A ferry went down in heavy seas on its way to Velmont. (Courier Photo / Tom Hale)

The coast guard said it had left in spite of a warning, and told brev\ufffdik@example.org so.

Read more: Ten ferries that sank

This post is also available in: Deutsch (German)

About Tom Hale

Tom Hale is a gardener who loves boats. He is also a blogger.

Check Also

Storm keeps boats in harbour

A storm kept all boats of Velmont in the harbour on …

Leave a Reply

Your email address will not be published. Required fields are marked *
"""


def test_only_the_article_is_left_of_a_page():
    """Date line, repeated headline, byline, credit, address, notice, biography, teasers and form are removed."""
    article = read_article(PAGE.encode(), "ferry.txt")
    assert article.title == "Ferry sinks off Brevik"
    assert article.date == date(2026, 3, 6)
    assert article.text.splitlines() == [
        "A ferry went down in heavy seas on its way to Velmont.",
        "The coast guard said it had left in spite of a warning, and told so.",
    ]
    assert article.remarks == ("broken characters were dropped",)
    assert len(article.sha256) == 64


@pytest.mark.parametrize(
    "line",
    [
        "Source: Read Full Article",
        "Read Full Article",
        "Continue reading the main story",
        "Share this: Facebook Twitter Email",
        "Facebook | Twitter | WhatsApp",
        "Photo: Tom Hale / Courier",
        "Getty Images",
        "Subscribe to our newsletter for more",
        "Copyright 2026 The Courier. All rights reserved.",
        "Reporting by Ada Orrin; editing by Tom Hale",
        "Advertisement",
        "5 min read",
        "21 July 2013 Last updated at 11: 11 GMT",
        "Ada Orrin covers shipping for the Courier.",
        "We use cookies on this site",
    ],
)
def test_boilerplate_lines_are_removed(line):
    """Each of these lines is removed, even from a single example."""
    page = f"A headline\n\nThe ferry sank near the harbour.\n\n{line}\n\nThe crew was saved by another boat."
    text = read_article(page.encode(), "a.txt").text
    assert text.splitlines() == ["The ferry sank near the harbour.", "The crew was saved by another boat."]


@pytest.mark.parametrize(
    "line",
    [
        "About 40 people were saved, the coast guard said.",
        "By Friday the ferry had been raised from the sea.",
        "Comments by the minister angered the families.",
        "The captain is a writer of songs, and so he sang, said one of those who were with him on the night it sank.",
        "Related questions will be put to the owner.",
        "May 5 was to be its last voyage before the repairs.",
    ],
)
def test_a_line_of_the_article_stays(line):
    """Sentences that begin like boilerplate are kept."""
    page = f"A headline\n\nThe ferry sank.\n\n{line}\n\nThe crew was saved."
    assert line in read_article(page.encode(), "a.txt").text


def test_the_title_is_the_first_line_that_is_no_date():
    """Blank lines and date lines are skipped; a paragraph in place of a title gives its first sentence."""
    assert read_article(b"\n\n12 March 2026\n\nThe title\n\nText.", "a").title == "The title"
    long = "The ferry sank off Brevik in heavy seas on Friday. " + "It was old and full of people. " * 20
    article = read_article(long.encode(), "a")
    assert article.title == "The ferry sank off Brevik in heavy seas on Friday."
    assert "old and full" in article.text


def test_html_gives_its_article():
    """The headline and paragraphs of the article element are read, not navigation, forms or scripts."""
    page = b"""<!doctype html><html><head><title>Ferry | Courier</title>
    <meta property="article:published_time" content="2026-03-06T10:00:00Z"></head><body><nav><p>Home News</p></nav>
    <article><h1>Ferry sinks</h1><p>A ferry <b>went down</b> &amp; sank.</p><div class="share-bar"><p>Share</p></div>
    <p>All were saved.</p></article><footer><p>Imprint</p></footer><script>alert(1)</script></body></html>"""
    article = read_article(page, "ferry.html")
    assert article.title == "Ferry sinks"
    assert article.date == date(2026, 3, 6)
    assert article.text.splitlines() == ["A ferry went down & sank.", "All were saved."]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "binary"),
        (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n", "a PDF file"),
        (b"\r\n{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Times;}} The ferry sank.}", "an RTF file"),
        (b"... !!! ---", "no words"),
        (b"<html><body><script>x()</script></body></html>", "no words"),
    ],
)
def test_other_files_are_refused(body, cause):
    """The error names the file, the cause, and what would work."""
    with pytest.raises(ArticleError, match=cause) as refused:
        read_article(body, "odd.bin")
    assert str(refused.value).startswith("odd.bin: ")
    assert "; " in str(refused.value)


@pytest.mark.parametrize(
    "body", ["Größe\n\nDie Fähre sank.".encode("cp1252"), "Größe\n\nDie Fähre sank.".encode("utf-16")]
)
def test_other_encodings_are_read(body):
    """A file in another encoding than UTF-8 is decoded correctly."""
    article = read_article(body, "a.txt")
    assert (article.title, article.text) == ("Größe", "Die Fähre sank.")


def test_a_huge_article_is_cut_and_says_so():
    """Of two megabytes the beginning is used, and a note says how much."""
    article = read_article(("A title\n\n" + "The ferry sank off Brevik. " * 90_000).encode(), "huge.txt")
    assert len(article.text) <= MAX_CHARACTERS
    assert [remark.split(" ", 1)[0] for remark in article.remarks] == ["only", "only"]


@given(st.binary(max_size=400))
def test_any_bytes_are_an_article_or_an_error(body):
    """Any bytes give an article or the documented error."""
    try:
        article = read_article(body, "a")
    except ArticleError:
        return
    assert article.title or article.text
