"""Learns a topic from pasted addresses and texts. Unusable parts are reported and skipped."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.actions.topics.learn import name_of_page
from monitor.config.errors import TopicRefused
from monitor.matching.read_topics.learn_topic import GivenArticle, learn_compared
from monitor.polling.http.outcome import Fetched
from monitor.topics.learning.choose_breadth import SAY_STORY, SAY_WIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.learning.learn import Learnt

MOST_EXAMPLES = 5
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
CHOOSE = "choose that below"  # in the place of an option of the command line
NEEDED = "give the address or the text of at least one article on the topic"


class NothingToLearn(ActionRefused):
    """No rule can be learnt from the pasted examples; the message gives the reason for each of them."""


def split_pasted(boxes: Sequence[str]) -> list[str]:
    """Return the examples in the boxes of a form: a box with only addresses has one example on each line.

    Raises:
        NothingToLearn: there are none, or too many.
    """
    found: list[str] = []
    for box in boxes:
        lines = [line.strip() for line in box.splitlines() if line.strip()]
        addresses = lines and all(ADDRESS.fullmatch(line) for line in lines)
        found += lines if addresses else [box.strip()] if lines else []
    distinct = list(dict.fromkeys(found))
    if len(distinct) > MOST_EXAMPLES:
        raise NothingToLearn(
            f"{len(distinct)} examples are too many; fix: choose the {MOST_EXAMPLES} best ones"
        )
    return distinct


def addresses_in(pasted: Sequence[str]) -> list[str]:
    """Return the pasted examples that are addresses."""
    return [one for one in pasted if ADDRESS.fullmatch(one)]


def learn_pasted(
    name: str,
    examples: Sequence[str],
    *,
    against: Sequence[str] = (),
    pages: Mapping[str, Fetched | str],
    breadth: str | None,
) -> Learnt:
    """Return the rule learnt from addresses and texts; `pages` contains the page of each address.

    Raises:
        NothingToLearn: nothing can be learnt from them.
    """
    remarks: list[str] = []
    given = _given(examples, pages, "example", remarks)
    counter = _given(against, pages, "counter-example", remarks)
    if not given:
        raise NothingToLearn("; ".join([*remarks, NEEDED]))
    try:
        learnt = learn_compared(name, given, against=counter, breadth=breadth)
    except TopicRefused as refused:
        raise NothingToLearn("; ".join([*remarks, str(refused)])) from None
    adapted = [remark.replace(SAY_WIDE, CHOOSE).replace(SAY_STORY, CHOOSE) for remark in learnt.remarks]
    return replace(learnt, remarks=(*remarks, *adapted))


def _given(
    examples: Sequence[str], pages: Mapping[str, Fetched | str], kind: str, remarks: list[str]
) -> list[GivenArticle]:
    given = []
    for number, example in enumerate(examples, start=1):
        if not ADDRESS.fullmatch(example):
            given.append(GivenArticle(name=f"{kind} {number}", body=example.encode()))
            continue
        page = pages[example]
        if isinstance(page, Fetched):
            given.append(GivenArticle(name=f"{name_of_page(example)} ({kind} {number})", body=page.body))
        else:
            remarks.append(f"{page}; left out: open it in a browser and paste its text")
    return given
