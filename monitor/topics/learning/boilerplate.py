"""Detects boilerplate lines around an article by their words, because a single article shows no repetition."""

from __future__ import annotations

import re
from datetime import date

from monitor.text.words import words

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE_WORDS = frozenset(
    (*_MONTHS, *_WEEKDAYS, *(name[:3] for name in (*_MONTHS, *_WEEKDAYS)), "sept", "tues", "thurs", "of", "the", "st",
     "nd", "rd", "th", "am", "pm", "a", "p", "m", "at", "on", "gmt", "utc", "bst", "cet", "cest", "est", "edt", "et",
     "cst", "cdt", "pst", "pdt", "pt", "published", "updated", "posted", "last", "first", "date", "modified", "created",
     "time", "us")
)  # fmt: skip
_LONGEST_DATE_LINE = 16  # words: "Published Thursday 26 November 2020 at 10:41 pm EST, updated …"
_LONGEST_HEADING = 8  # words in a line that announces what follows, such as "You may also like"

_ISO_DATE = re.compile(r"\b((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?[ .,-]+(?:of )?([A-Za-z]{3,9})[ .,-]+((?:19|20)\d\d)\b")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +((?:19|20)\d\d)\b")

# Everything after one of these lines is not part of the article.
_END = re.compile(
    r"(?:leave a (?:reply|comment)|post a comment|write a comment|add (?:a|your) comment|join the (?:discussion|conversation)"
    r"|(?:\d+ )?(?:comments?|replies|responses)(?: \(?\d+\)?)?|check also|see also|also read|read (?:also|next)|related(?: \w+)?"
    r"|(?:more|other|similar|related|recommended|popular|latest|recent|trending|most read) (?:articles?|stories|posts?|news|reading)"
    r"|you (?:may|might) (?:also )?(?:like|enjoy|be interested in)|recommended(?: for you)?|what to read next|more (?:from|on|like) .{1,40}"
    r"|sponsored(?: content| links)?|from around the web|popular now|trending(?: now)?|newsletter|footnotes?|tags|categories"
    r"|schreibe einen kommentar|kommentare|laisser un commentaire|deja una respuesta|comentarios)[\s:.!*]*",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"(?:source ?: .{0,60}"
    r"|(?:source ?:? ?)?(?:read|view|see|continue reading|click here for) (?:the )?(?:full|original|whole|complete) (?:article|story|post|text).{0,60}"
    r"|(?:read|see) (?:more|also|next)\b.{0,120}|continue reading.{0,80}"
    r"|this (?:post|article|page|story) is (?:also )?available in\b.{0,80}|(?:translated|machine translation) (?:from|by)\b.{0,80}"
    r"|your e-?mail address will not be published.*|required fields are marked.*|save my name, e-?mail.*|notify me of .{0,60}"
    r"|(?:please )?(?:log ?in|sign ?in|register|subscribe|sign up|follow us|share this|share on|tweet this|like us)\b.{0,120}"
    r"|(?:email|print|facebook|twitter|whatsapp|linkedin|pinterest|reddit|telegram|share|tweet|save|copy link|advertise?ments?)"
    r"(?:[ ,|/·]+(?:email|print|facebook|twitter|whatsapp|linkedin|pinterest|reddit|telegram|share|tweet|save|this|copy link))*"
    r"|(?:photo|image|picture|file photo|photograph|illustration|video|graphic|featured image)s?(?: credit| source| courtesy| by)?s? ?[:/].{0,120}"
    r"|(?:photo|image|picture|photograph)s? (?:by|credit|courtesy)\b.{0,120}|.{0,60}(?:/|via )?getty images.{0,40}"
    r"|(?:copyright|\(c\)|©).{0,160}|.{0,80}all rights reserved.{0,80}"
    r"|\(?(?:additional )?(?:reporting|writing|editing|compiled|edited) by\b.{0,160}"
    r"|by [A-Z][\w.'-]+(?: (?:[A-Z][\w.'-]*|and|&|,)){0,6},?(?: [\w ]{0,40}(?:writer|reporter|correspondent|editor|staff|press|reuters))?"
    r"|.{0,40}\b(?:cookies?|privacy policy|terms of (?:use|service))\b.{0,80}|\d+ (?:min(?:ute)?s?|sec(?:ond)?s?) read"
    r"|\d+ (?:views?|shares?|likes?|comments?)|home ?[>»/|].{0,100})[\s.*]*",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"[(\[][^()\[\]]{0,80}\b(?:photos?|images?|picture|getty|shutterstock|unsplash|flickr|credit|courtesy)\b[^()\[\]]{0,80}[)\]]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"https?://\S{1,500}|www\.\S{1,500}|\S{1,60}@[\w.-]{1,60}\.\w{1,20}|\b[\w-]{1,60}\.(?:com|org|net|io|co\.uk|de|fr|info|gov|edu)\b"
)
_BROKEN_WORD = re.compile("\\w{1,30}\ufffd{1,4}\\w{1,30}|\ufffd")
_ABOUT = re.compile(r"about(?: the)? (\w.{1,60})", re.IGNORECASE)
_BIOGRAPHY = re.compile(
    r"(?:[A-Z][\w'.-]+ ){2,4}(?:is (?:an?|the|our)\b.{0,60}\b(?:writer|author|reporter|editor|journalist|blogger"
    r"|correspondent|columnist|contributor|freelancer?|founder|fan|enthusiast|housewife|student)\b"
    r"|(?:covers|writes (?:about|on)|reports on|has written for)\b.{0,120}\b(?:for|at)\b)"
)
_LONGEST_BIOGRAPHY = 60  # words
_LONGEST_AROUND = (
    600  # characters: patterns are not tried on longer lines, so that a hostile line takes no time
)


# Words of notices that sites show in place of an article.
_OF_NOTICES = frozenset({"cookie", "cookies", "consent", "javascript", "captcha", "robot"})
_TO_THE_READER = frozenset(
    (
        "we",
        "our",
        "us",
        "you",
        "your",
        "wir",
        "unsere",
        "uns",
        "sie",
        "ihre",
        "nous",
        "nos",
        "vous",
        "vos",
        "votre",
    )
)
_LONGEST_NOTICE = 300  # words: a longer page contains an article besides the notice
_NOTICE_SHARE = 0.05  # share of its words that are notice words; an article about cookies has fewer
_TIMES_TO_THE_READER = 3


def is_notice(text: str) -> bool:
    """Whether a text is a web site's notice (of cookies, consent or a check for robots) instead of an article."""
    row = words(text)
    speaks = sum(word in _TO_THE_READER for word in row)
    named = sum(word in _OF_NOTICES for word in row)
    return (
        len(row) <= _LONGEST_NOTICE
        and speaks >= _TIMES_TO_THE_READER
        and named >= max(2, _NOTICE_SHARE * len(row))
    )


def is_date_line(line: str) -> bool:
    """Whether a line contains a date and nothing else."""
    row = words(line)
    if not row or len(row) > _LONGEST_DATE_LINE or not any(word.isdigit() for word in row):
        return False
    return all(word in _DATE_WORDS or word.isdigit() or word.rstrip("stndrh").isdigit() for word in row)


def date_in(line: str) -> date | None:
    """Return the first complete date in a line."""
    if found := _ISO_DATE.search(line):
        return _day(*found.groups())
    if found := _DAY_FIRST.search(line):
        day, month, year = found.groups()
        return _day(year, month, day)
    if found := _MONTH_FIRST.search(line):
        month, day, year = found.groups()
        return _day(year, month, day)
    return None


def _day(year: str, month: str, day: str) -> date | None:
    numbers = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(month.lower()[:3])]
    try:
        return date(int(year), int(month) if month.isdigit() else numbers[0], int(day))
    except (IndexError, ValueError):
        return None


def without_boilerplate(lines: list[str], title: str) -> list[str]:
    """Return the lines of an article's body, without boilerplate and without the repeated headline."""
    headline = words(title)
    kept: list[str] = []
    about: str | None = None
    for line in lines:
        length = len(words(line))
        if kept and length <= _LONGEST_HEADING and _END.fullmatch(line[:_LONGEST_AROUND]):
            break
        announced = _ABOUT.fullmatch(line[:_LONGEST_AROUND]) if length <= _LONGEST_HEADING else None
        if announced is not None and not line.endswith((".", "!", "?")):
            about = announced.group(1).split()[0].lower()
            continue
        if about is not None and about in line.lower() and length <= _LONGEST_BIOGRAPHY:
            continue
        about = None
        if words(line) != headline and not _is_around(line, length):
            kept.append(cleaned(line))
    return [line for line in kept if words(line)]


def _is_around(line: str, length: int) -> bool:
    if len(line) > _LONGEST_AROUND:
        return False
    if is_date_line(line) or _LINE.fullmatch(line):
        return True
    return length <= _LONGEST_BIOGRAPHY and _BIOGRAPHY.match(line) is not None


def cleaned(line: str) -> str:
    """Return a line without photo credits, addresses and words with broken characters."""
    return " ".join(_BROKEN_WORD.sub(" ", _ADDRESS.sub(" ", _CREDIT.sub(" ", line))).split())
