"""An item's outlet is the domain of its link, an account on a shared platform, or its feed."""

import pytest

from monitor.polling.sources.outlets import home_of, outlet_of, site_outlet
from storage.model import Publication


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.post.example/a", "post.example"),
        ("https://sport.post.example/a", "post.example"),
        ("https://reader:secret@post.example:8443/a", "post.example"),
        ("https://www.post.co.uk/a", "post.co.uk"),
        ("https://POST.Example./a", "post.example"),
        ("https://bob.github.io/a", "bob.github.io"),
        ("https://github.io/a", "github.io"),
        ("https://co.uk/a", "co.uk"),
        ("https://alice.substack.com/p/a", "alice.substack.com"),
        ("https://alice.wordpress.com/2026/a", "alice.wordpress.com"),
        ("https://www.alice.tumblr.com/post/1", "alice.tumblr.com"),
        ("https://medium.com/@alice/a-title-1f", "medium.com/@alice"),
        ("https://medium.com/the-paper/a-title-1f", "medium.com/the-paper"),
        ("https://alice.medium.com/a-title-1f", "alice.medium.com"),
        ("https://www.youtube.com/@alice", "youtube.com/@alice"),
        ("https://www.youtube.com/channel/UC123", "youtube.com/channel/uc123"),
        ("https://old.reddit.com/r/Harbours/comments/1/a/", "reddit.com/r/harbours"),
        ("https://bsky.app/profile/alice.example/post/1", "bsky.app/profile/alice.example"),
        ("https://social.example/@Alice/123", "social.example/@alice"),
        ("https://t.me/s/harbour_news/12", "t.me/harbour_news"),
        ("https://t.me/harbour_news/12", "t.me/harbour_news"),
        ("https://x.com/alice/status/1", "x.com/alice"),
        ("https://github.com/alice/tool/releases/tag/1", "github.com/alice"),
        ("https://zeitung-münchen.example/a", "xn--zeitung-mnchen-osb.example"),
        ("https://пример.рф/a", "xn--e1afmkfd.xn--p1ai"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://127.0.0.1:8000/a", "127.0.0.1:8000"),
        ("http://[2001:db8::1]/a", "2001:db8::1"),
        ("http://localhost:8000/a", "localhost:8000"),
        ("https://youtu.be/1", None),
        ("https://", None),
        ("javascript:alert(1)", None),
        ("https://exa mple/a", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_belongs_to_an_outlet(url: str | None, outlet: str | None) -> None:
    """Sections, editions, ports and users of one domain are one outlet; accounts on a platform are several."""
    assert site_outlet(url) == outlet


def outlet(home: str | None = None, **given: str) -> str:
    return outlet_of(Publication(**given), feed_id=7, home=home)  # type: ignore[arg-type]


def test_where_the_address_names_nobody_the_author_does() -> None:
    """A video's address names no channel, so the author in the feed names the outlet."""
    assert outlet(url="https://www.youtube.com/watch?v=1", author="Harbour TV") == "youtube.com/harbour tv"


def test_where_nothing_names_an_outlet_it_is_the_feed() -> None:
    """An item without a link, or on a platform without an author, belongs to its feed."""
    assert outlet(title="A note") == "feed:7"
    assert outlet(url="https://www.youtube.com/watch?v=1") == "feed:7"


def test_an_opaque_link_belongs_to_the_source_that_the_aggregator_names() -> None:
    """The source that Google News names beside its link is the outlet; without one the feed's home page is."""
    link = "https://news.google.com/rss/articles/CBMiX?oc=5"
    assert outlet(url=link, source_url="https://www.post.example") == "post.example"
    assert outlet(url=link, source_url="javascript:alert(1)", home="daily.example") == "daily.example"
    assert outlet(url=link) == "feed:7"


def test_a_source_does_not_rename_an_article_with_a_link_of_its_own() -> None:
    """An article with a direct link belongs to the linked site, whatever source the feed names."""
    assert outlet(url="https://blog.example/a", source_url="https://post.example") == "blog.example"


@pytest.mark.parametrize(
    ("outlets", "site", "url", "home"),
    [
        (["post.example"], "https://www.post.example/sport", "https://feeds.example/1", "post.example"),
        (["bbc.example"] * 3, "https://bbc.co.uk/news", "https://feeds.bbci.co.uk/1", "bbc.example"),
        (["a.example", "post.example"], "https://post.example/", "https://x.example/1", "post.example"),
        (["a.example", "b.example"], None, "https://www.post.example/feed", "post.example"),
        ([], None, "http://127.0.0.1:8000/feed", "127.0.0.1:8000"),
        (["post.example"] * 9, None, "https://news.google.com/rss/search?q=site:post.example", None),
        (["post.example"] * 9, None, "https://www.google.de/alerts/feeds/1/2", None),
    ],
)
def test_a_feed_is_its_sites_unless_its_items_lead_elsewhere(
    outlets: list[str], site: str | None, url: str, home: str | None
) -> None:
    """A feed hosted by a service belongs to its site; an aggregator's feed belongs to no outlet."""
    assert home_of(outlets, site_url=site, url=url) == home
