"""Quality in many languages: `python -m benchmarks.languages [FOLDER ...] [--errors LANGUAGE] [--titles]`.

Each folder holds a language per subfolder: `article1.txt`, `article2.txt`, `items.jsonl` (items with a `label`: on, sibling
or off) and, if grouping is measured too, `group.jsonl`. A topic is learnt from one article and from both, and judged and
grouped with the functions that `topics learn` and `backtest` call, with and without the items' language.
The default folders are benchmarks/events, benchmarks/theft, benchmarks/outbreak and $STORYWATCH_LANGS.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.matching.backtest import from_lines, group_all, judge_all
from monitor.polling.sources.feed_language import usual_language
from monitor.text.languages import language_of
from monitor.topics.learning.articles import read_article
from monitor.topics.learning.learn import learn
from monitor.topics.topic import LearntTopic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.matching.backtest import BacktestLine, Dated

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    *(ROOT / "benchmarks" / name for name in ("events", "theft", "outbreak")),
    Path(os.environ.get("STORYWATCH_LANGS", ROOT.parent / "shared" / "langs")),
)
EVENT = "event"  # label of the reports of one event in group.jsonl


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many items a topic found, and of which kind."""

    on: int
    found: int
    siblings: int
    off: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.found / (self.on + self.found + self.siblings + self.off)


def main() -> None:
    """Print a row for each language of each folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS)
    parser.add_argument(
        "--errors", metavar="LANGUAGE", help="list the decisions of this language, with the rule"
    )
    parser.add_argument(
        "--titles", action="store_true", help="count the titles whose language is wrong instead"
    )
    asked = parser.parse_args()
    if asked.titles:
        print_titles(asked.folders)
        return
    for folder in asked.folders:
        languages = sorted(path.name for path in folder.iterdir() if (path / "items.jsonl").exists())
        print(f"{folder.name:12} from one           from two           no language, one   two      stories")
        print(
            f"{'':12} found sibl. off F1" + "  found sibl. off F1" + "  found sibl. F1   F1       given none"
        )
        for language in languages:
            if asked.errors in (None, language):
                print_row(folder / language, in_full=asked.errors is not None)


def print_titles(folders: Iterable[Path]) -> None:
    """Print how many titles are in another language than detected: each alone, and as items of a feed with the others."""
    alone = together = total = 0
    for items in (path for folder in folders for path in sorted(folder.glob("*/items.jsonl"))):
        code = items.parent.name
        titles = [one.document.title for one in documents(items, code)]
        usual = [usual_language(titles[:at] + titles[at + 1 :]) for at in range(len(titles))]
        detected = [language_of(title) for title in titles]
        total += len(titles)
        alone += sum(one != code for one in detected)
        together += sum((feed or one) != code for feed, one in zip(usual, detected, strict=True))
    print(f"titles in a wrong language: {alone} of {total} alone, {together} by the feed's other titles")


def print_row(folder: Path, *, in_full: bool) -> None:
    """Print the figures of one language."""
    given = documents(folder / "items.jsonl", folder.name)
    bare = [without_language(one) for one in given]
    labels = labels_of(folder / "items.jsonl")
    one, two = ([folder / f"article{number}.txt" for number in range(1, most + 1)] for most in (1, 2))
    scores = [scored(judged(articles, items), labels) for items in (given, bare) for articles in (one, two)]
    cells = [f"{folder.name:12}"]
    cells += [f"{s.found:3}/{s.on} {s.siblings:5} {s.off:4} {s.f1:.2f} " for s in scores[:2]]
    cells += [
        f"{scores[2].found:3}/{s.on} {scores[2].siblings:4} {scores[2].f1:.2f} {scores[3].f1:.2f} "
        for s in scores[:1]
    ]
    if (folder / "group.jsonl").exists():
        events = documents(folder / "group.jsonl", folder.name)
        kinds = labels_of(folder / "group.jsonl")
        cells += [grouped(items, kinds) for items in (events, [*map(without_language, events)])]
    print(" ".join(cells))
    if in_full:
        for articles in (one, two):
            print_decisions(articles, given, labels)


def documents(path: Path, language: str) -> list[Dated]:
    """Return the items of a file, each with a language."""
    read = from_lines(path.read_text("utf-8").splitlines())
    return [replace(one, document=replace(one.document, language=language)) for one in read]


def without_language(one: Dated) -> Dated:
    """Return the same item without its language."""
    return replace(one, document=replace(one.document, language=None))


def labels_of(path: Path) -> dict[str, str]:
    """Return the label of each item."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {row["id"]: row["label"] for row in rows}


def judged(articles: Sequence[Path], items: Iterable[Dated]) -> list[BacktestLine]:
    """Return the judgements of a topic learnt from articles."""
    rule = learn("topic", [read_article(path.read_bytes(), path.name) for path in articles])
    return list(judge_all(items, {"topic": LearntTopic(rule, fit=True)}))


def scored(lines: Iterable[BacktestLine], labels: dict[str, str]) -> Score:
    """Count the matches by label."""
    found = [labels[line.document.id] for line in lines if line.matched]
    on = sum(label == "on" for label in labels.values())
    return Score(on=on, found=found.count("on"), siblings=found.count("sibling"), off=found.count("off"))


def grouped(items: Iterable[Dated], labels: dict[str, str]) -> str:
    """Return how many stories the reports of the event are in, and how many others are among them."""
    stories = {line.document.id: line.story for line in group_all(items)}
    of_event = {stories[name] for name, label in labels.items() if label == EVENT}
    others = [
        name for name, label in labels.items() if label not in (EVENT, "on") and stories[name] in of_event
    ]
    return f"{len(of_event)}+{len(others)} "


def print_decisions(articles: Sequence[Path], items: Sequence[Dated], labels: dict[str, str]) -> None:
    """Print the rule, and for each item its label, its score and the reasons."""
    rule = learn("topic", [read_article(path.read_bytes(), path.name) for path in articles])
    print(
        f"{rule.breadth}, {rule.language}: " + ", ".join(f"{one.text} {one.points:.1f}" for one in rule.terms)
    )
    print("ideas: " + ", ".join(f"{one.name} {one.points:.1f}" for one in rule.facets))
    print("cast: " + (", ".join(rule.cast.names) if rule.cast else "none"))
    for line in judged(articles, items):
        why = ", ".join(f"{one.term} {one.weight:+.2f}" for one in line.why[:8])
        mark = "*" if line.matched else " "
        print(f"{mark} {labels[line.document.id]:8} {line.score:.2f} {line.document.title[:50]} [{why}]")


if __name__ == "__main__":
    main()
