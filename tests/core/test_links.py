"""Links are compared without the parts that select another view of the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.sources.links import LinkRule, Links, article_link, canonical_link, link_rules

RULES = link_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind} {rule.pattern}")
def test_each_line_of_the_table_turns_its_example_into_its_canonical_link(rule: LinkRule) -> None:
    """Each line removes what it names, and no other line would do so in its place."""
    assert article_link(rule.example) == rule.canonical
    others = [other for other in RULES if other is not rule and other.kind != "fragment"]
    assert Links.of(others).article(rule.example) != rule.canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://post.example/a?p=1", "https://post.example/a?p=2"),
        ("https://post.example/A", "https://post.example/a"),
        ("https://post.example/a", "https://daily.example/a"),
        ("https://post.example/amplitude", "https://post.example/litude"),
        ("https://post.example/#!/a", "https://post.example/#!/b"),
        ("https://post.example:8443/a", "https://post.example/a"),
        ("https://sport.post.example/a", "https://post.example/a"),
    ],
)
def test_links_to_different_articles_stay_different(one: str, other: str) -> None:
    """Links that differ in path, other parameters, port or host name different articles."""
    assert article_link(one) != article_link(other)


@pytest.mark.parametrize(
    "url",
    [None, "", "https://post.example", "https://www.post.example/?utm_source=rss", "https://post.example/#top",
     "mailto:desk@post.example", "https://[::1", "https://post.example/amp/", "tag:post.example,2026:1"],
)  # fmt: skip
def test_links_to_the_site_itself_have_no_canonical_link(url: str | None) -> None:
    """Some feeds link every item to the home page; those items are not one article."""
    assert article_link(url) is None


@given(
    st.lists(
        st.sampled_from(
            ["www.", "m.", "a", "b.c", ":80", ":443", ":8080", ":080", ":70000", "/", "amp", "%20", "~", "A"]
        ),
        max_size=8,
    ).map("".join)
)
def test_a_link_is_the_same_with_a_parameter_that_does_not_count(rest: str) -> None:
    """A link without parameters is not split, and has the same parts as one that is."""
    plain, tracked = f"https://{rest}", f"https://{rest}?utm_source=letter"
    assert article_link(plain) == article_link(tracked)
    if article_link(plain) is not None:
        assert canonical_link(plain) == canonical_link(tracked)


def test_a_host_keeps_its_domain() -> None:
    """`m.example` is a domain, and not the mobile site of `example`."""
    assert article_link("https://m.example/a") == "m.example/a"
    assert article_link("https://reader@m.post.example:443/a") == "post.example/a"


@given(
    st.builds(
        "https://{}.post.example/{}?{}#{}".format,
        st.sampled_from(["www", "m", "amp", "www.m", "news"]),
        st.lists(st.sampled_from(["a", "amp", "/", "index.html", "b.amp", "%C3%A9", "ä"])).map("/".join),
        st.text(max_size=15),
        st.text(max_size=10),
    )
)
def test_a_canonical_link_is_its_own_canonical_link(url: str) -> None:
    """Simplifying twice gives the same as simplifying once, and nothing raises."""
    once = article_link(url)
    assert once is None or article_link(f"https://{once}") == once
