"""Learns a topic from articles: files, addresses of pages, or texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.matching.read_topics.learn_topic import GivenArticle, article_file, learn_compared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.topics.learning.learn import Learnt

    FetchPages = Callable[[Sequence[str]], Sequence[bytes]]  # the bodies of pages, in order

URL = re.compile(r"https?://", re.IGNORECASE)
LONGEST_NAME = 80  # characters of a file name made from an address


def learn_topic(
    name: str,
    articles: Sequence[str],
    *,
    against: Sequence[str] = (),
    breadth: str | None = None,
    fetch: FetchPages,
) -> Learnt:
    """Return the rule learnt from articles, each given as the path of a file or the address of a page.

    With it comes a function that learns the rules of the other breadths, for comparison.

    Raises:
        TopicRefused: an article cannot be read, or no rule can be learnt from them.
        BadValueError: a page cannot be fetched.
    """
    given = _given([*articles, *against], fetch)
    examples, counter = given[: len(articles)], given[len(articles) :]
    return learn_compared(name, examples, against=counter, breadth=breadth)


def _given(articles: Sequence[str], fetch: FetchPages) -> list[GivenArticle]:
    urls = [article for article in articles if URL.match(article)]
    bodies = fetch(urls) if urls else ()
    pages = {
        url: GivenArticle(name=f"{number}-{name_of_page(url)}", body=body)
        for number, (url, body) in enumerate(zip(urls, bodies, strict=True), start=1)
    }
    return [pages.get(article) or article_file(Path(article)) for article in articles]


def name_of_page(url: str) -> str:
    """Return a file name made from the last part of an address."""
    return re.sub(r"[^\w.-]+", "-", url.rstrip("/").rsplit("/", 1)[-1])[:LONGEST_NAME]
