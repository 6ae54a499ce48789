"""Renders templates. Every printed value is cleaned as in mails and escaped, whatever the template does."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context  # noqa: TC002 - pass_context looks at nothing, but readers do
from markupsafe import Markup, escape

from alerts.render.formats.escape import host, link, one_line, plain, titled
from alerts.render.parts.story_view import short_title
from alerts.render.parts.times import duration
from monitor.web.looks import pictures, times
from monitor.web.looks.topic_pictures import score_line, share_bar, spark

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")  # the usual tags of BCP 47
BACKTICKS = re.compile(r"`([^`]+)`")
ASSETS = {"style.css": "text/css; charset=utf-8", "comfort.js": "text/javascript; charset=utf-8"}


def render(template: str, **words: Any) -> str:
    """Return `templates/{template}.j2` rendered with these values."""
    return _environment().get_template(f"{template}.j2").render(**words)


@cache
def asset(name: str) -> bytes:
    """Return the style sheet or the script."""
    return files("monitor.web.looks").joinpath("assets", name).read_bytes()


@cache
def asset_url(name: str) -> str:
    """Return the address of an asset, which changes with its content so that browsers may cache it."""
    return f"/assets/{name}?v={hashlib.sha256(asset(name)).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("monitor.web.looks"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.globals |= {"asset_url": asset_url, "bars": pictures.bars, "strip": pictures.strip}
    made.globals |= {"score_line": score_line, "share_bar": share_bar, "spark": spark}
    made.filters |= {
        "ago": _ago,
        "clock": _clock,
        "code": _code,
        "coming": _coming,
        "count": _count,
        "day": _day,
        "duration": duration,
        "headline": short_title,
        "language": _language,
        "host": host,
        "lines": _lines,
        "link": link,
        "part": _part,
        "plain": plain,
        "titled": titled,
    }
    return made


def _finalize(value: Any) -> Any:
    """Remove control and invisible characters, text directions and line breaks from a printed text."""
    if value is None:
        return ""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(text: str) -> Markup:
    """Return a text with its line breaks, for text areas and `pre`."""
    return Markup("\n").join(escape(_line(line)) for line in text.splitlines())


def _part(text: str) -> str:
    """Return a text as one part of an address."""
    return quote(text, safe="")


def _line(line: str) -> str:
    indent = len(line) - len(line.lstrip(" \t"))
    return line[:indent].replace("\t", "    ") + one_line(line)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _code(text: str) -> Markup:
    """Return a text with the words between backticks marked up as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", str(escape(one_line(text)))))  # noqa: S704 - escaped before


def _language(tag: str | None) -> Markup:
    """Return the `lang` of a text whose language the feed has named."""
    return Markup(' lang="{}"').format(tag) if tag and LANGUAGE.fullmatch(tag) else Markup("")


@pass_context
def _day(context: Context, moment: Any) -> str:
    return times.day(moment, now=context["now"], zone=context["zone"])


@pass_context
def _ago(context: Context, moment: Any) -> Markup:
    return times.ago(moment, now=context["now"], zone=context["zone"])


@pass_context
def _clock(context: Context, moment: Any) -> Markup:
    return times.clock(moment, now=context["now"], zone=context["zone"])


@pass_context
def _coming(context: Context, moment: Any) -> Markup:
    return times.coming(moment, now=context["now"], zone=context["zone"])
