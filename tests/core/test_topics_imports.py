"""Filter rules of Miniflux and FreshRSS become equivalent queries or are reported as left out."""

from __future__ import annotations

import pytest

from monitor.topics.judging.matcher import Matcher
from monitor.topics.queries.imports import convert
from monitor.topics.queries.query import parse_query
from monitor.topics.vocabulary.document import Document

RULES = {
    "EntryTitle=(?i)night train": "title:/night train/",
    "EntryTitle=a/b": r"title:/a\/b/",
    "EntryContent=sleeper": "(summary:/sleeper/ OR text:/sleeper/)",
    "EntryAuthor=Jane Doe": 'author:"Jane Doe"',
    "strike": "strike",
    "intitle:strike OR 'port union'": 'title:strike OR "port union"',
    'author:"Jane Doe" !football': 'author:"Jane Doe" NOT football',
    "(author:Alice OR intitle:hello) -(a b)": "(author:Alice OR title:hello) NOT (a b)",
    r"intitle:/^Lo+l\b/i": r"title:/^Lo+l\b/",
    "intext:sleeper": "(summary:sleeper OR text:sleeper)",
    "intext:'night train' !intext:/foot.*/": '(summary:"night train" OR text:"night train") NOT (summary:/foot.*/ OR text:/foot.*/)',
    "C++ OR co-op": '"C++" OR co-op',
    r"\(sic\)": '"(sic)"',
}
WITHOUT_COUNTERPART = [
    "EntryURL=example",
    "EntryDate=max-age:7d",
    "EntryTag=rail",
    "EntryAuthor=^J.*e$",
    "#rail",
    "strike inurl:example",
    "f:12",
    "date:P1W",
    "author:/J.*/",
]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_becomes_a_query(rule: str) -> None:
    """An imported filter becomes a readable query."""
    assert convert(f"\n  {rule}\n").parts == (RULES[rule],)
    parse_query(RULES[rule], "test")


@pytest.mark.parametrize("rule", WITHOUT_COUNTERPART)
def test_a_rule_without_a_counterpart_is_left_out(rule: str) -> None:
    """It is left out as a whole and named with its line."""
    converted = convert(f"train\n{rule}")
    assert converted.parts == ("train",)
    [words] = converted.left_out
    assert words.startswith("line 2: ")
    assert words.endswith(rule)


@pytest.mark.parametrize(
    ("rule", "title", "matched"),
    [
        ("EntryTitle=(?i)night train", "The Night Train is back", True),
        ("EntryTitle=(?i)night train", "The day train is back", False),
        ("intitle:strike !football", "Dockers strike", True),
        ("intitle:strike !football", "Football strike", False),
        ("intitle:/^Night/i", "night trains", True),
    ],
)
def test_the_query_matches_the_same_items(rule: str, title: str, *, matched: bool) -> None:
    """The imported query matches the items that the original rule matches."""
    [query] = convert(rule).parts
    document = Document(id="1", title=title, summary="")
    judged = Matcher({"x": parse_query(query, "test")}).judge(document)["x"]
    assert judged.matched is matched


def test_a_rule_that_no_query_may_hold_is_left_out_with_its_reason() -> None:
    """The expression syntax is RE2's, so a look-ahead excludes its own rule only."""
    converted = convert("EntryTitle=(?=night) train\nEntryTitle=sleeper")
    assert converted.parts == ("title:/sleeper/",)
    [words] = converted.left_out
    assert words.startswith("line 1: no query holds it: ")
    assert "at column" not in words
