"""Subscription lists of other programs: OPML of any reader, newsboat's `urls`, rss2email's configuration.

newsboat: an address a line, then tags, one of which may be a title that begins with `~`
(https://newsboat.org/releases/2.38/docs/newsboat.html, "urls file").
rss2email: INI sections `[feed.NAME]` with `url` and `active` (its manual page r2e(1), "configuration").
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass

from monitor.config.lists.opml import OpmlError, Outline, one_line, read_opml

RSS2EMAIL = re.compile(r"^\[feed\.", re.MULTILINE)
WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
NOT_POLLED = {
    "query:": "a query over other feeds",
    "exec:": "a program",
    "filter:": "a program's output",
    "file:": "a local file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """What a list holds: the feeds in order, and in words what of it is no feed to be polled."""

    feeds: tuple[Outline, ...]
    left_out: tuple[str, ...] = ()


def read_subscriptions(body: bytes) -> Subscriptions:
    """Return the subscriptions of a list, whichever program wrote it.

    Raises:
        OpmlError: it is none of the kinds that are read.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Subscriptions(feeds=tuple(read_opml(body)))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OpmlError("is neither OPML nor UTF-8 text", "export the list as OPML") from None
    read = _of_rss2email(text) if RSS2EMAIL.search(text) else _of_newsboat(text)
    if not read.feeds and not read.left_out:
        raise OpmlError("holds no feed", "give OPML, newsboat's urls or rss2email's rss2email.cfg")
    return read


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
                f"line {number} begins with no address", "give OPML, or an address a line", number
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
        cause = f"is no rss2email configuration ({one_line(str(error))})"
        raise OpmlError(cause, "mend it, or export OPML with `r2e opmlexport`") from None
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
