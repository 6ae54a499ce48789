"""Items of aggregators are attributed to their outlets without a request."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.polling.attribute import with_source
from monitor.polling.parsing.identity import identify
from monitor.polling.parsing.read_body import ReadFeed, read_document
from monitor.polling.sources.aggregators import AGGREGATORS, unwrapped
from storage.model import Publication

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ARTICLE = "https://www.post.example/harbour/bridge"


def read(items: str, *, root: str = "rss", url: str = "https://feeds.example/1") -> list[Publication]:
    if root == "atom":
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{items}</feed>'
    else:
        space = 'xmlns:News="https://www.bing.example/news"'
        body = f'<rss version="2.0" {space}><channel><title>F</title>{items}</channel></rss>'
    found = read_document(body.encode(), url=url, headers={}, now=NOW)
    assert isinstance(found, ReadFeed)
    return [item.publication for item in found.items]


def test_google_alerts_link_to_the_article_and_its_title_is_plain() -> None:
    """The redirect is replaced by its target, and the search words lose their bold markup."""
    [item] = read(
        "<entry><id>tag:google.com,2013:googlealerts/feed:1</id>"
        '<title type="html">Harbour &lt;b&gt;bridge&lt;/b&gt; reopens</title>'
        '<link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://www.post.example/harbour/bridge'
        '&amp;ct=ga&amp;usg=AOv"/>'
        '<content type="html">The &lt;b&gt;bridge&lt;/b&gt; took weight again.</content></entry>',
        root="atom",
    )
    assert (item.title, item.url) == ("Harbour bridge reopens", ARTICLE)


def google_news(guid: str = "CBMiA", title: str = "Harbour bridge reopens - The Post") -> str:
    link = f"https://news.google.com/rss/articles/{guid}?oc=5"
    related = f'&lt;ol&gt;&lt;li&gt;&lt;a href="{link}"&gt;Ferry strike ends&lt;/a&gt;&lt;/li&gt;&lt;/ol&gt;'
    return (
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{guid}</guid>'
        f'<description>{related}</description><source url="https://www.post.example">The Post</source></item>'
    )


def test_google_news_names_the_outlet_beside_the_title() -> None:
    """The outlet's name is removed from the title, and the list of related articles from the text."""
    [item] = read(google_news())
    assert (item.title, item.summary, item.content) == ("Harbour bridge reopens", "", "")
    assert (item.source, item.source_url) == ("The Post", "https://www.post.example/")
    assert item.url is not None
    assert item.url.startswith("https://news.google.com/rss/articles/CBMiA")


def test_google_news_items_are_identified_by_title_and_outlet() -> None:
    """Items survive new ids and links at every poll; two outlets with one agency headline stay two items."""
    post, again = read(google_news("CBMiA")), read(google_news("CBMiB"))
    other = [replace(post[0], source="The Daily", source_url="https://daily.example/", publisher_id="C")]
    keys = [identify(items)[0].title_key for items in (post, again, other)]
    assert keys[0] == keys[1] != keys[2]


def test_bing_news_names_its_source_and_links_through_itself() -> None:
    """The article's address is read from the query of Bing's own link."""
    [item] = read(
        "<item><title>Harbour bridge reopens</title><link>http://www.bing.com/news/apiclick.aspx?ref=FexRss"
        "&amp;tid=1&amp;url=https%3a%2f%2fwww.post.example%2fharbour%2fbridge&amp;c=1</link>"
        "<News:Source>The Post</News:Source></item>"
    )
    assert (item.url, item.source) == (ARTICLE, "The Post")


def test_reddit_links_to_what_was_submitted() -> None:
    """The line naming the submitter is removed; a post without an external link keeps its own address."""
    submission = (
        '&amp;#32; submitted by &amp;#32; &lt;a href="https://www.reddit.com/user/bob"&gt; /u/bob &lt;/a&gt; &lt;br/&gt; '
        '&lt;span&gt;&lt;a href="{target}"&gt;[link]&lt;/a&gt;&lt;/span&gt; &amp;#32; '
        '&lt;span&gt;&lt;a href="{own}"&gt;[comments]&lt;/a&gt;&lt;/span&gt;'
    )
    own = "https://www.reddit.com/r/harbours/comments/1/bridge/"
    entry = '<entry><id>t3_1</id><title>Bridge</title><link href="{own}"/><content type="html">{text}</content></entry>'
    [linked] = read(entry.format(own=own, text=submission.format(target=ARTICLE, own=own)), root="atom")
    assert (linked.url, linked.summary) == (ARTICLE, "")
    text = "&lt;p&gt;It holds.&lt;/p&gt; " + submission.format(target=own, own=own)
    [written] = read(entry.format(own=own, text=text), root="atom")
    assert written.url == own
    assert "It holds." in written.summary
    assert "submitted" not in written.summary


def test_mirrors_of_hacker_news_link_to_the_article() -> None:
    """Points and comment counts, which change at every poll, are removed from the text."""
    discussion = "https://news.ycombinator.com/item?id=1"
    text = (
        f'&lt;p&gt;Article URL: &lt;a href="{ARTICLE}"&gt;{ARTICLE}&lt;/a&gt;&lt;/p&gt;'
        f'&lt;p&gt;Comments URL: &lt;a href="{discussion}"&gt;{discussion}&lt;/a&gt;&lt;/p&gt;'
        "&lt;p&gt;Points: {points}&lt;/p&gt;&lt;p&gt;# Comments: 3&lt;/p&gt;"
    )
    item = "<item><title>Bridge</title><link>{link}</link><description>{text}</description></item>"
    for link in (ARTICLE, discussion):
        [found] = read(item.format(link=link, text=text.format(points=5)))
        assert (found.url, found.summary) == (ARTICLE, "")
    [plain] = read(item.format(link=ARTICLE, text=f'&lt;a href="{discussion}"&gt;Comments&lt;/a&gt;'))
    assert plain.summary == ""


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/amp/s/www.post.example/harbour/bridge",
        "https://www-post-example.cdn.ampproject.org/c/s/www.post.example/harbour/bridge",
        "https://out.reddit.com/t3_1?url=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge&token=1",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge&h=1",
        "https://l.instagram.com/?u=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://www.youtube.com/redirect?q=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://t.umblr.com/redirect?z=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://vk.com/away.php?to=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://getpocket.com/redirect?url=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.post.example%2Fharbour%2Fbridge",
        "https://google.de/url?q=https%3A%2F%2Fvk.com%2Faway.php%3Fto%3Dhttps%253A%252F%252Fwww.post.example%252Fharbour%252Fbridge",
    ],
)
def test_a_redirect_that_holds_its_target_is_replaced_by_it(link: str) -> None:
    """Nested redirects are resolved as well, without any request."""
    assert unwrapped(Publication(url=link)).url == ARTICLE


@pytest.mark.parametrize(
    "link",
    [
        "https://short.example/x1",
        "https://feedproxy.google.com/~r/post/~3/x1/",
        "https://www.google.com/url?url=javascript%3Aalert(1)",
        "https://www.google.com/url?url=%2Frelative",
        "https://www.google.com/url?sa=t",
        "https://google.evil.example/url?url=https%3A%2F%2Fpost.example%2Fa",
        "https://www.google.com/url?url=https%3A%2F%2F",
        ARTICLE,
    ],
)
def test_an_opaque_redirect_is_kept(link: str) -> None:
    """A redirect without its target in the URL is kept; no request is made."""
    assert unwrapped(Publication(url=link)).url == link


def test_a_source_that_is_a_script_is_a_plain_name() -> None:
    """Source names come from untrusted feeds: markup in them becomes plain text."""
    [item] = read(
        f"<item><title>Bridge</title><link>{ARTICLE}</link>"
        '<source url="javascript:alert(1)">&lt;script&gt;alert(1)&lt;/script&gt;The Post</source></item>'
    )
    assert (item.source, item.source_url) == (None, None)
    [item] = read(
        f"<item><title>Bridge</title><link>{ARTICLE}</link>"
        '<source url="https://post.example">&lt;script&gt;alert(1)&lt;/script&gt;The Post</source></item>'
    )
    assert item.source == "The Post"


def test_a_source_names_an_outlet_only_with_a_link_to_it() -> None:
    """A feed's `source` element names the outlet only if the item's link leads to that source."""
    entry = "<item><title>Bridge</title><link>https://blog.example/a</link>{source}</item>"
    for source in (
        '<source url="https://post.example">The Post</source>',
        "<source>The Post</source>",
        "<News:Source>The Post</News:Source>",
    ):
        [item] = identify(read(entry.format(source=source)))
        stored = with_source(item, None, 1)
        assert (stored.outlet, stored.source_name) == ("blog.example", None)


def test_every_line_of_the_table_has_a_name_of_its_own() -> None:
    """Names in the table of aggregators are unique, because lines are looked up by name."""
    names = [one.name for one in AGGREGATORS]
    assert len(set(names)) == len(names)
