"""How fast topics judge: `python benchmarks/topic_speed.py [--topics 10000] [--items 400]`.

Queries and learnt rules are made of the unlabelled items beside the labelled topics (title and summary), each rule of an
item and those nearest to it; other items are judged by all of them. Times are CPU time of this process, so that other
work on the machine counts little. Found by $STORYWATCH_TOPICEVAL, else beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from monitor.text import stems, words
from monitor.topics.document import Article, Document
from monitor.topics.frequencies import shipped
from monitor.topics.judge import Matcher
from monitor.topics.learn import learn
from monitor.topics.query import parse_query
from monitor.topics.sieve import Sieve

ROOT = Path(__file__).resolve().parents[1]
TOPICEVAL = Path(os.environ.get("STORYWATCH_TOPICEVAL", ROOT.parent / "shared" / "topiceval"))
COMMON = 60  # items: words in more of them make no neighbours
AT_A_TIME = 3  # examples of a rule


def main() -> None:
    """Print the times of few and many topics, and of hostile items."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=400)
    asked = parser.parse_args()
    items = [
        json.loads(line) for line in (TOPICEVAL / "background.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    judged, sources = items[: asked.items], items[asked.items :]
    documents = [_document(item) for item in judged]
    groups = _groups(sources, asked.topics)
    started = time.process_time()
    rules = {f"rule {number}": learn(f"rule {number}", group) for number, group in enumerate(groups)}
    print(f"learnt {len(rules)} rules: {(time.process_time() - started) / len(rules) * 1000:.1f} ms each")
    queries = {
        f"query {number}": parse_query(text, "query")
        for number, text in enumerate(_queries(sources, asked.topics))
    }
    few = dict(list(rules.items())[:20])
    _print("20 learnt rules, all scores", _seconds(Matcher(few), documents), len(documents))
    _print(f"{len(queries)} queries", _seconds(Sieve(queries), documents), len(documents))
    _print(f"{len(rules)} learnt rules", _seconds(Sieve(rules), documents), len(documents))
    _print(f"{len(rules)} learnt rules, all scores", _seconds(Matcher(rules), documents[:50]), 50)
    for name, item in _hostile().items():
        _print(f"hostile item ({name}), {len(queries)} queries", _seconds(Sieve(queries), [item]), 1)
        _print(f"hostile item ({name}), 20 rules", _seconds(Matcher(few), [item]), 1)
    for name, text in _hostile_queries().items():
        _print(
            f"hostile query ({name})",
            max(_seconds(Matcher({"q": parse_query(text, "q")}), [item]) for item in _hostile().values()),
            1,
        )


def _print(what: str, seconds: float, items: int) -> None:
    each = seconds / items
    print(f"{what:52} {each * 1000:9.3f} ms an item {1 / each:12,.0f} items/s")


def _seconds(judge: Any, documents: list[Document]) -> float:
    """Return the least CPU time of three rounds, the stems of ordinary words known from the first."""
    times = []
    for _ in range(3):
        started = time.process_time()
        for document in documents:
            judge.judge(document)
        times.append(time.process_time() - started)
    return min(times)


def _document(item: dict[str, Any]) -> Document:
    return Document(id=item["id"], title=item["title"], summary=item.get("summary") or "")


def _groups(items: list[dict[str, Any]], number: int) -> list[list[Article]]:
    """Return groups of items that share rare words: what an owner might give as examples of one topic."""
    table = shipped()
    rare = [
        sorted({word for word in stems(words(item["title"])) if table.count(word) <= COMMON}, key=table.count)
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


def _hostile() -> dict[str, Document]:
    """Return items made to be slow: the longest fields, of one word, of words never seen, of unspaced script."""
    unseen = " ".join(f"zq{number:x}ing" for number in range(40_000))
    return {
        "one word": Document(id="1", title="a " * 50_000, summary="a b " * 100_000, text="a " * 500_000),
        "unseen words": Document(id="2", title=unseen, summary=unseen[::-1], text=unseen.upper()),
        "unspaced": Document(
            id="3", title="顔認識" * 50_000, summary="警察" * 200_000, text="ใบหน้า" * 200_000
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


if __name__ == "__main__":
    main()
