"""Speed of judging topics: `python benchmarks/topic_speed.py [learning] [few] [queries] [rules] [hostile]`.

Queries and learnt rules are made from the unlabelled items beside the labelled topics (title and summary); each rule is
learnt from an item and its nearest neighbours. All of them judge other items. Times are CPU time of this process, so
other work on the machine has little effect; each is printed with its goal. Without arguments all parts run: two
minutes. The default install is measured, even if the semantic extra is installed. $STORYWATCH_TOPICEVAL names the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.labelled import document_of
from monitor.text.stems import is_stop_word, stems
from monitor.text.words import words
from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.sieve import Sieve
from monitor.topics.learning.learn import learn
from monitor.topics.queries.query import Query, parse_query
from monitor.topics.rules.rule import Rule, Term
from monitor.topics.vocabulary.document import Article, Document
from monitor.topics.vocabulary.embeddings import PACKAGE
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[1]
TOPICEVAL = Path(os.environ.get("STORYWATCH_TOPICEVAL", ROOT.parent / "shared" / "topiceval"))
COMMON = 60  # items; a word in more of them does not make neighbours
AT_A_TIME = 3  # examples of a rule
FEW = 20  # topics
TERMS = 120  # of each topic, not counting facets
SMALL = 0.3  # points of the terms added to a learnt rule
ROUNDS = 10  # the quickest counts, since other programs may run
WORST_OF = 3  # rounds of hostile items; the slowest counts

AN_ITEM = "goal 0.5 ms"
HOSTILE = "goal 50 ms"


@dataclass
class Material:
    """The judged items, and the sources of the topics."""

    topics: int
    items: int

    @cached_property
    def all_items(self) -> list[dict[str, Any]]:
        """The unlabelled items."""
        return _lines("background.jsonl")

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The items from which topics are made."""
        return self.all_items[self.items :]

    @cached_property
    def documents(self) -> list[Document]:
        """The items that are judged."""
        return [document_of(item) for item in self.all_items[: self.items]]

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Rules learnt from items and their nearest neighbours."""
        groups = enumerate(_groups(self.sources, self.topics))
        return {f"rule {number}": learn(f"rule {number}", group) for number, group in groups}

    @cached_property
    def few(self) -> dict[str, Rule]:
        """Rules with as many terms as the goal requires, filled up with words of other items."""
        groups = enumerate(_groups(self.sources, self.topics)[:: self.topics // FEW][:FEW])
        return {
            str(number): _filled(learn(str(number), group), self.sources[number * 50 :])
            for number, group in groups
        }

    @cached_property
    def queries(self) -> dict[str, Query]:
        """Queries of several forms, made from titles."""
        texts = enumerate(_queries(self.sources, self.topics))
        return {f"query {number}": parse_query(text, "query") for number, text in texts}


def main() -> None:
    """Print the times of the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--topics", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=400)
    asked = parser.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    sys.modules[PACKAGE] = None  # type: ignore[assignment]  # as if the semantic extra were not installed
    material = Material(topics=asked.topics, items=asked.items)
    for part in asked.parts or PARTS:
        PARTS[part](material)


def _learning(_: Material) -> None:
    examples = [example for topic in _lines("dev/topics.jsonl") for example in topic["seed_docs"]]
    five = sorted(examples, key=lambda example: -len(example["text"]))[:5]
    articles = [Article(name=one["title"], title=one["title"], text=one["text"]) for one in five]
    for which in ("the first time", "again"):
        seconds = _taken(lambda: learn("five", articles))
        print(f"learning from the five longest articles, {which:22} {seconds * 1000:9.3f} ms   goal 2,000 ms")


def _few(material: Material) -> None:
    _print_all(f"{FEW} topics of {TERMS} terms", Sieve(material.few), material, "goal 10,000 items/s")
    _print_all(f"{FEW} topics of {TERMS} terms, all scores", Matcher(material.few), material, "")


def _many_queries(material: Material) -> None:
    sieve = Sieve(material.queries)
    _print_all(f"{len(material.queries):,} queries", sieve, material, AN_ITEM)
    for language in ("fr", "pl", "de"):
        document = replace(material.documents[0], language=language)
        stems(words(f"{document.title} {document.summary}"), language)  # loads the language's word list
        seconds = _taken(partial(sieve.judge, document))
        print(f"{'the first item in ' + language:52} {seconds * 1000:9.3f} ms   goal 100 ms")


def _many_rules(material: Material) -> None:
    seconds = _taken(lambda: material.rules)
    print(
        f"learning {len(material.rules):,} rules{'':32} {seconds / len(material.rules) * 1000:9.3f} ms each"
    )
    _print_all(f"{len(material.rules):,} learnt rules", Sieve(material.rules), material, AN_ITEM)


def _print_all(what: str, judge: Any, material: Material, goal: str) -> None:
    """Print the least time of the rounds; the first round fills the cache of stems."""
    seconds = min(_taken(lambda: _judge_each(judge, material.documents)) for _ in range(ROUNDS))
    matches = sum(one.matched for document in material.documents for one in judge.judge(document).values())
    number = len(material.documents)
    told = f"{number / seconds:9,.0f} items/s, {matches / number:.2f} matches an item"
    print(f"{what:52} {seconds / number * 1000:9.3f} ms an item, {told}   {goal}")


def _judge_each(judge: Any, documents: Iterable[Document]) -> None:
    for document in documents:
        judge.judge(document)


def _hostile(material: Material) -> None:
    rounds = [_hostile_items(turn, material.sources) for turn in range(WORST_OF)]
    judges = {
        f"{FEW} topics": Matcher(material.few),
        f"{len(material.queries):,} queries": Sieve(material.queries),
        f"{len(material.rules):,} learnt rules": Sieve(material.rules),
    }
    for what, judge in judges.items():
        for name in rounds[0]:
            _print_worst(f"hostile item ({name}), {what}", judge, [items[name] for items in rounds])
    every = [item for items in rounds for item in items.values()]
    for name, text in _hostile_queries().items():
        _print_worst(f"hostile query ({name}), these items", Matcher({"q": parse_query(text, "q")}), every)


def _print_worst(what: str, judge: Any, documents: Iterable[Document]) -> None:
    """Print the greatest time of the rounds; each round has new words, so that no cache helps."""
    judge.judge(Document(id="0", title="an ordinary title"))
    seconds = max(_taken(partial(judge.judge, document)) for document in documents)
    print(f"{what:62} {seconds * 1000:9.3f} ms   {HOSTILE}")


def _taken(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TOPICEVAL / name).read_text(encoding="utf-8").splitlines()]


def _groups(items: list[dict[str, Any]], number: int) -> list[list[Article]]:
    """Return groups of items that share rare words, as an owner might give them as examples of one topic."""
    table = shipped()
    rare = [
        sorted(
            {word for word in stems(words(item["title"])) if table.count(word) <= COMMON},
            key=lambda word: (table.count(word), word),
        )
        for item in items
    ]
    holding = defaultdict(list)
    for place, found in enumerate(rare):
        for word in found:
            holding[word].append(place)
    groups = []
    for turn in range(number):
        place = turn % len(items)
        word = rare[place][(turn // len(items)) % len(rare[place])] if rare[place] else ""
        near = [place, *(other for other in holding[word] if other != place)]
        groups.append([_article(items[one]) for one in near[:AT_A_TIME]])
    return groups


def _article(item: dict[str, Any]) -> Article:
    return Article(name=str(item["id"]), title=item["title"], text=item.get("summary") or "")


def _filled(rule: Rule, items: list[dict[str, Any]]) -> Rule:
    """Return a rule with as many terms as `TERMS`, the rest of them words of other items."""
    held = {term.text for term in rule.terms}
    found = dict.fromkeys(
        word for item in items[:100] for word in words(item["title"] + " " + item["summary"])
    )
    more = [word for word in found if word not in held and not is_stop_word(word)][: TERMS - len(rule.terms)]
    return replace(rule, terms=(*rule.terms, *(Term(text=word, points=SMALL) for word in more)))


def _queries(items: list[dict[str, Any]], number: int) -> list[str]:
    made = []
    for turn in range(number):
        item = items[turn % len(items)]
        found = list(dict.fromkeys(word for word in words(item["title"]) if len(word) > 3)) or ["nothing"]  # noqa: PLR2004
        first, last, middle = found[0], found[-1], found[turn % len(found)]
        shapes = (
            f'"{first}" AND {last}',
            f"({first} OR {middle}) {last}",
            f"{first} NEAR/5 {last}",
            f"{last} NOT {middle}x",
        )
        made.append(shapes[turn % len(shapes)])
    return made


def _hostile_items(turn: int, items: list[dict[str, Any]]) -> dict[str, Document]:
    """Return items made to be slow: the longest fields, of one word, of words never seen, of all words of the news."""
    unseen = " ".join(f"zq{turn}{number:x}ing" for number in range(40_000))
    news = [*dict.fromkeys(word for item in items[turn::WORST_OF] for word in words(item["title"]))]
    return {
        "one word": Document(id="1", title="a " * 50_000, summary="a b " * 100_000, text="a " * 500_000),
        "unseen words": Document(id="2", title=unseen, summary=unseen[::-1], text=unseen.upper()),
        "unspaced": Document(
            id="3", title="顔認識" * 50_000, summary="警察" * 200_000, text="ใบหน้า" * 200_000
        ),
        "words of the news": Document(
            id="4", title=" ".join(news[:120]), summary=" ".join(news[120:720]), text=" ".join(news[720:])
        ),
    }


def _hostile_queries() -> dict[str, str]:
    return {
        "near": " NEAR/1000 ".join(["a"] * 39) + " NEAR/1 zz OR a",
        "starts": " OR ".join(f"b{number}*" for number in range(399)) + " OR a",
        "phrases": " OR ".join(['"b a b a b a b a b b a"'] * 399) + " OR a",
        "regex": "/(a|b|c|d|e|é){1,60}z/",
        "regexes": " OR ".join([r"/(\w+ )+\d/"] * 12),
    }


PARTS: dict[str, Callable[[Material], None]] = {
    "learning": _learning,
    "few": _few,
    "queries": _many_queries,
    "rules": _many_rules,
    "hostile": _hostile,
}

if __name__ == "__main__":
    main()
