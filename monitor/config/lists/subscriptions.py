"""Reads subscription lists of other programs: OPML, newsboat's `urls`, rss2email's configuration.

newsboat: one address per line, then tags, one of which may be a title that begins with `~`
(https://newsboat.org/releases/2.38/docs/newsboat.html, "urls file").
rss2email: INI sections `[feed.NAME]` with `url` and `active` (its manual page r2e(1), "configuration").
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass

from monitor.config.lists.one_line import one_line
from monitor.config.lists.opml import OpmlError, Outline, read_opml
from monitor.polling.parsing.decode import decode

RSS2EMAIL = re.compile(r"^\[feed\.", re.MULTILINE)
HEAD = 4096  # bytes that show whether a list is XML
WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
NOT_POLLED = {
    "query:": "a query over other feeds",
    "exec:": "a program",
    "filter:": "a program's output",
    "file:": "a local file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The feeds of a list in order, and descriptions of its entries that cannot be polled."""

    feeds: tuple[Outline, ...]
    left_out: tuple[str, ...] = ()


def read_subscriptions(body: bytes) -> Subscriptions:
    """Return the subscriptions of a list, whichever program wrote it.

    Raises:
        OpmlError: the list has an unknown format, or contains no feed.
    """
    if decode(body[:HEAD]).lstrip().startswith("<"):
        return _of_opml(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OpmlError("the list is neither OPML nor UTF-8 text", "export the list as OPML") from None
    read = _of_rss2email(text) if RSS2EMAIL.search(text) else _of_newsboat(text)
    return _with_something(read, "use OPML, newsboat's urls or rss2email's rss2email.cfg")


def _with_something(read: Subscriptions, remedy: str) -> Subscriptions:
    if not read.feeds and not read.left_out:
        raise OpmlError("the list contains no feed", remedy)
    return read


def _of_opml(body: bytes) -> Subscriptions:
    listed = read_opml(body)
    left_out = tuple(f"line {one.line}: {one.reason}" for one in listed.left_out)
    read = Subscriptions(feeds=listed.feeds, left_out=left_out)
    return _with_something(read, "export an OPML list that has <outline> elements with xmlUrl")


def _of_newsboat(text: str) -> Subscriptions:
    feeds, left_out = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        words = [quoted.replace('\\"', '"') or bare for quoted, bare in WORD.findall(line)]
        if not words or words[0].startswith("#"):
            continue
        kind = next((kind for kind in NOT_POLLED if words[0].startswith(kind)), None)
        if kind:
            left_out.append(f"line {number} is {NOT_POLLED[kind]}: {one_line(words[0])}")
            continue
        if not re.match(r"https?://", words[0]):
            raise OpmlError(
                "the line does not begin with an address", "use OPML, or one address per line", number
            )
        titles = [word[1:] for word in words[1:] if word.startswith("~")]
        tags = tuple(one_line(word) for word in words[1:] if not word.startswith(("~", "!")))
        title = one_line(titles[0]) if titles else ""
        feeds.append(Outline(url=words[0], title=title, tags=tags, line=number))
    return Subscriptions(feeds=tuple(feeds), left_out=tuple(left_out))


def _of_rss2email(text: str) -> Subscriptions:
    reader = configparser.RawConfigParser(strict=False)  # an address may hold `%`
    try:
        reader.read_string(text)
    except configparser.Error as error:
        cause = f"the list is not an rss2email configuration ({one_line(str(error))})"
        raise OpmlError(cause, "correct it, or export OPML with `r2e opmlexport`") from None
    feeds, left_out = [], []
    for section in reader.sections():
        kind, _, name = section.partition(".")
        if kind != "feed" or not reader.has_option(section, "url"):
            continue
        url = reader.get(section, "url").strip()
        if reader.get(section, "active", fallback="True").strip().lower() in {"false", "no", "off", "0"}:
            left_out.append(f"{one_line(name)} is switched off in rss2email: {one_line(url)}")
            continue
        feeds.append(Outline(url=url, title=one_line(name), tags=(), line=_line_of(text, section)))
    return Subscriptions(feeds=tuple(feeds), left_out=tuple(left_out))


def _line_of(text: str, section: str) -> int:
    return text[: text.index(f"[{section}]")].count("\n") + 1
