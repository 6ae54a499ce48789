"""Restores items of aggregators to what the outlets published, from addresses and texts alone, without requests.

    unwrapped(item)   the link behind a redirect, the title without the outlet's name, no boilerplate for a text

`AGGREGATORS` is the table: a new aggregator is a line there and a test. If the address of the article cannot be derived
from the aggregator's link (`opaque`), the item keeps that link, and its `<source>` names the outlet.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from monitor.polling.http.address import Target, parse_target
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.model import Publication

MAX_WRAPPERS = 3  # redirects within redirects
_PARTS = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]+)(?::\d+)?([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)


@value
class Aggregator:
    """A site that links to the articles of others; `host` and `path` identify its own links.

    `parameter` holds the target of such a link, `inside` finds it in the path (first group: `s/` for https), `in_text`
    in the item's text. `tidy` removes the site's additions from an item. `named` says that the site names outlets without
    their address.
    """

    name: str
    host: str
    path: str = "/.*"
    parameter: tuple[str, ...] = ()
    inside: str = ""
    in_text: str = ""
    opaque: bool = False
    named: bool = False
    tidy: Callable[[Publication], Publication] | None = None


def _without_outlet(item: Publication) -> Publication:
    """Return an item of Google News: its title ends with the outlet's name, its text lists links to other articles."""
    title = item.title.removesuffix(f" - {item.source}").rstrip() if item.source else item.title
    return replace(item, title=title or item.title, summary="", content="")


def _without_submitter(item: Publication) -> Publication:
    """Return an item of Reddit without the line that names its submitter and repeats its links."""
    return replace(item, summary=_SUBMITTED.sub("", item.summary), content=_SUBMITTED.sub("", item.content))


_BLANK = r"(?:&#32;|&nbsp;|\s|<[^<>]*>)"
_SUBMITTED = re.compile(rf"{_BLANK}*\bsubmitted by{_BLANK}*/?u/[\w-]+{_BLANK}*\[link\].*\Z", re.DOTALL)
_GOOGLE = r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}"

AGGREGATORS = (
    Aggregator(name="Google Alerts", host=_GOOGLE, path="/url", parameter=("url", "q")),
    Aggregator(
        name="Google News",
        host=r"news\.google\.com",
        path="/(?:rss/)?(?:articles|read)/.*",
        opaque=True,
        tidy=_without_outlet,
    ),
    Aggregator(name="Google AMP", host=_GOOGLE, path="/amp/.*", inside="/amp/(s/)?(.+)"),
    Aggregator(name="AMP cache", host=r"[\w-]+\.cdn\.ampproject\.org", inside="/[cv]/(s/)?(.+)"),
    Aggregator(
        name="Bing News", host=r"(?:www\.)?bing\.com", path="/news/apiclick.*", parameter=("url",), named=True
    ),
    Aggregator(name="Feedburner", host=r"feedproxy\.google\.com|feeds\d?\.feedburner\.com", opaque=True),
    Aggregator(
        name="Reddit",
        host=r"(?:www\.|old\.|new\.)?reddit\.com",
        path="/r/[^/]+/comments/.*",
        in_text=r'<a [^<>]*href="([^"]+)"[^<>]*>\s*\[link\]',
        tidy=_without_submitter,
    ),
    Aggregator(
        name="Hacker News",
        host=r"news\.ycombinator\.com",
        path="/item",
        in_text=r'Article URL: <a [^<>]*href="([^"]+)"',
    ),
    Aggregator(name="Reddit, on its way out", host=r"out\.reddit\.com", parameter=("url",)),
    Aggregator(name="Facebook", host=r"lm?\.facebook\.com", path=r"/l\.php", parameter=("u",)),
    Aggregator(name="Instagram", host=r"l\.instagram\.com", parameter=("u",)),
    Aggregator(name="YouTube", host=r"(?:www\.)?youtube\.com", path="/redirect", parameter=("q",)),
    Aggregator(name="Tumblr", host=r"t\.umblr\.com", path="/redirect", parameter=("z",)),
    Aggregator(name="VK", host=r"(?:www\.)?vk\.com", path=r"/away\.php", parameter=("to",)),
    Aggregator(name="DuckDuckGo", host=r"(?:www\.)?duckduckgo\.com", path="/l/?", parameter=("uddg",)),
    Aggregator(name="Pocket", host=r"(?:www\.)?getpocket\.com", path="/redirect", parameter=("url",)),
    Aggregator(name="Safe Links", host=r"[\w-]+\.safelinks\.protection\.outlook\.com", parameter=("url",)),
)
_ANY_HOST = re.compile("|".join(f"(?:{one.host})" for one in AGGREGATORS), re.IGNORECASE)
# Sites whose feeds belong to no outlet, even if most items link to one.
_MIXED = re.compile(
    rf"https?://(?:news\.google\.com|{_GOOGLE}/alerts|(?:www\.)?bing\.com|(?:www\.|old\.|new\.)?reddit\.com"
    r"|news\.ycombinator\.com|hnrss\.org)(?:[:/?]|$)",
    re.IGNORECASE,
)
# Mirrors of Hacker News are recognised by the text, since their items link to the articles.
_DISCUSSED = "news.ycombinator.com/item?id="
_POINTS = re.compile(
    r"(?:<p>\s*)?(?:Article URL: |Comments URL: |Points: |# Comments: )(?:<a [^<>]*>[^<>]*</a>|[^<>]*)(?:</p>)?"
    r'|<a [^<>]*news\.ycombinator\.com/item\?id=\d+"[^<>]*>Comments</a>'
)


def unwrapped(item: Publication) -> Publication:
    """Return an aggregator's item as its outlet published it; other items are unchanged."""
    for _ in range(MAX_WRAPPERS):
        found = _aggregator(item.url)
        if found is None:
            break
        target = _target(found, item)
        if found.tidy is not None:
            item = found.tidy(item)
        if target is None:
            break
        item = replace(item, url=target)
    if _DISCUSSED in item.summary or _DISCUSSED in item.content:
        return replace(
            item, summary=_POINTS.sub("", item.summary).strip(), content=_POINTS.sub("", item.content).strip()
        )
    return item


def is_opaque(url: str) -> bool:
    """Whether a link is an aggregator's and does not contain the article's address."""
    found = _aggregator(url)
    return found is not None and found.opaque


def names_source_without_url(url: str) -> bool:
    """Whether a link belongs to an aggregator whose items name the outlet without its address."""
    found = _aggregator(url)
    return found is not None and found.named


def is_mixed(url: str) -> bool:
    """Whether the feeds at an address contain items of many outlets."""
    return _MIXED.match(url) is not None


def _aggregator(url: str | None) -> Aggregator | None:
    parts = _PARTS.match(url or "")
    if parts is None or _ANY_HOST.fullmatch(parts[1]) is None:
        return None
    host, path = parts[1], parts[2] or "/"
    return next(
        (
            one
            for one in AGGREGATORS
            if re.fullmatch(one.host, host, re.IGNORECASE) and re.fullmatch(one.path, path, re.IGNORECASE)
        ),
        None,
    )


def _target(one: Aggregator, item: Publication) -> str | None:
    """Return the address of the article, if the aggregator's link or the item's text holds it."""
    parts = _PARTS.match(item.url or "")
    if parts is None:
        return None
    candidates: list[str] = []
    if one.parameter:
        given = parse_qs(parts[3] or "", max_num_fields=100)
        candidates = [value for name in one.parameter for value in given.get(name, ())]
    if one.inside and (found := re.fullmatch(one.inside, parts[2])):
        candidates = [f"{'https' if found[1] else 'http'}://{unquote(found[2])}"]
    if one.in_text and (
        found := re.search(one.in_text, item.content) or re.search(one.in_text, item.summary)
    ):
        candidates = [unescape(found[1])]
    targets = (parse_target(candidate) for candidate in candidates if "://" in candidate)
    return next((target.url for target in targets if isinstance(target, Target)), None)
