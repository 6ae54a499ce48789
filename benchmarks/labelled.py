"""The labelled topics of topiceval, learnt and judged in this process; $STORYWATCH_TOPICEVAL names the folder."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.articles import read_article
from monitor.topics.learning.learn import learn
from monitor.topics.vocabulary.document import Document

if TYPE_CHECKING:
    from monitor.topics.judging.score import Judgement
    from monitor.topics.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
TOPICEVAL = Path(os.environ.get("STORYWATCH_TOPICEVAL", ROOT.parent / "shared" / "topiceval"))
BREADTHS = {"fr:event": "narrow", "fr:topic": "wide"}  # elsewhere the examples decide


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTopic:
    """A topic, its learnt rule, and the items of its stream that are judged: their documents, judgements and truth."""

    name: str
    suite: str
    family: str  # of siblings, which are never trained on and judged by each other
    rule: Rule
    documents: tuple[Document, ...]
    judgements: tuple[Judgement, ...]
    truths: tuple[bool, ...]


def labelled_topics(folder: Path, *, examples: int | None) -> list[LabelledTopic]:
    """Return every topic learnt from its first examples (None for all), and judged by its rule alone."""
    topics = _lines(folder / "topics.jsonl")
    rules = {topic["topic_id"]: _learnt(topic, examples) for topic in topics}
    found = []
    for stream in dict.fromkeys(topic["stream"] for topic in topics):
        documents = [document_of(item) for item in _lines(folder / "streams" / f"{stream}.jsonl")]
        names = [topic["topic_id"] for topic in topics if topic["stream"] == stream]
        matcher = Matcher({name: rules[name] for name in names})
        judged = [matcher.judge(document) for document in documents]
        for topic in (topic for topic in topics if topic["stream"] == stream):
            kept = [place for place, one in enumerate(documents) if one.id not in set(topic["exclude"])]
            name, meant = topic["topic_id"], set(topic["positives"])
            found.append(
                LabelledTopic(
                    name=name,
                    suite=topic["suite"],
                    family=re.sub(r"(?<=\d)ecb(plus)?$", "", name) if topic["suite"] == "ecb" else name,
                    rule=rules[name],
                    documents=tuple(documents[place] for place in kept),
                    judgements=tuple(judged[place][name] for place in kept),
                    truths=tuple(documents[place].id in meant for place in kept),
                )
            )
    return found


def scorer() -> Any:
    """Return the scorer of topiceval."""
    spec = importlib.util.spec_from_file_location("topiceval_score", TOPICEVAL / "score.py")
    if spec is None or spec.loader is None or not TOPICEVAL.is_dir():
        sys.exit(f"{TOPICEVAL / 'score.py'}: not found; set STORYWATCH_TOPICEVAL to its folder")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _learnt(topic: dict[str, Any], examples: int | None) -> Rule:
    given = [
        read_article(f"{one['title']}\n\n{one['text']}\n".encode(), f"{number}.txt")
        for number, one in enumerate(topic["seed_docs"][:examples])
    ]
    return learn(topic["topic_id"], given, breadth=BREADTHS.get(topic["topic_id"]))


def document_of(item: dict[str, Any]) -> Document:
    """Return the document of an item of a stream."""
    return Document(id=item["id"], title=item["title"], summary=item.get("summary") or "")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
