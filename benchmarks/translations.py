"""One story over languages: `python -m benchmarks.translations [--wrong]`, with the semantic extra.

Each line of `benchmarks/events/translations.jsonl` has an English report of an invented event and, in another language, a
report of the same event (`same`), of a like event elsewhere (`other`) and, for some, of another event with the same names
(`related`). All English reports are grouped first; each report in another language is then placed among them. The line
"left out" says what the nearest cosine would be if it were chosen without each line and applied to it.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.languages import FOLDERS, documents, labels_of
from monitor.stories.in_other_languages import SAME
from monitor.stories.index import StoryIndex
from monitor.topics.vocabulary.document import Document
from monitor.topics.vocabulary.embeddings import meanings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.stories.comparison import Placement

FILE = Path(__file__).parent / "events" / "translations.jsonl"
KINDS = ("same", "related", "other")
ENGLISH = "english"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
LATER = timedelta(hours=5)  # after the English reports
STEPS = range(200, 1000)  # nearest cosines that are tried, in thousandths


@dataclass(frozen=True, kw_only=True)
class Margin:
    """By how much the nearest report in another language exceeds the cosine it needs; `is_same` says that it is right."""

    line: int
    above: float
    is_same: bool


def main() -> None:
    """Print how many reports joined, and what was decided wrongly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wrong", action="store_true", help="list the wrong decisions")
    asked = parser.parse_args()
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    print_lines(lines, in_full=asked.wrong)
    print_left_out(margins(lines))
    print_events(in_full=asked.wrong)


def print_lines(lines: Sequence[Mapping[str, Any]], *, in_full: bool) -> None:
    """Print the reports that joined the story of their line, a wrong story, or none; in both directions."""
    for held, placed in ((ENGLISH, KINDS), ("same", (ENGLISH,))):
        index = indexed(report(line, held, at) for at, line in enumerate(lines))
        for kind in placed:
            counts: Counter[str] = Counter()
            for at, line in enumerate(lines):
                if kind in line:
                    found = index.find(report(line, kind, at), BEGIN + LATER)
                    counts[outcome(found, at)] += 1
                    if in_full and (outcome(found, at) == "joined") != (kind in ("same", ENGLISH)):
                        print(f"  {line['language']} {kind}: {line[kind][0]} {found}")
            told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
            print(f"{kind:8} among {held:8} {told}")


def outcome(found: Placement | None, line: int) -> str:
    """Return where a report came."""
    return "apart" if found is None else "joined" if found.story == line else "wrong story"


def margins(lines: Sequence[Mapping[str, Any]]) -> list[Margin]:
    """Return the margins of all reports in other languages that share enough to be compared."""
    found = []
    for at, line in enumerate(lines):
        others = indexed([report(line, ENGLISH, at)], first=at).others
        assert others is not None
        for kind in KINDS:
            if kind in line:
                document = report(line, kind, at)
                compared = others.compare(document, line["language"], (BEGIN + LATER).timestamp())
                found += [
                    Margin(line=at, above=one.cosine - one.needed, is_same=kind == "same") for one in compared
                ]
    return found


def print_left_out(found: Sequence[Margin]) -> None:
    """Print the decisions on each line by the cosine that decides best on the others."""
    chosen: dict[int, float] = {}
    for line in {one.line for one in found}:
        rest = [one for one in found if one.line != line]
        right = {
            step: sum((one.above >= step / 1000 - SAME) == one.is_same for one in rest) for step in STEPS
        }
        best = [step for step in STEPS if right[step] == max(right.values())]
        chosen[line] = statistics.median(best) / 1000
    joined = [one for one in found if one.above >= chosen[one.line] - SAME]
    same = sum(one.is_same for one in joined)
    print(
        f"left out: {same} joined, {len(joined) - same} wrongly, by cosines from {min(chosen.values()):.2f} to "
        f"{max(chosen.values()):.2f} (shipped: {SAME})"
    )


def print_events(*, in_full: bool) -> None:
    """Print the reports of other languages on the events of `benchmarks.languages` that joined English reports, by label."""
    counts: Counter[str] = Counter()
    for folder in FOLDERS:
        labels = labels_of(folder / "en" / "items.jsonl")
        english = [one.document for one in documents(folder / "en" / "items.jsonl", "en")]
        for path in sorted(folder.glob("*/items.jsonl")):
            if path.parent.name == "en":
                continue
            index, its = indexed(english), labels_of(path)
            for one in documents(path, path.parent.name):
                found = index.find(one.document, BEGIN + LATER)
                joined = labels[found.by] if found else "no English item"
                counts[f"{its[one.document.id]} to {joined}"] += 1
                if in_full and found and joined != its[one.document.id]:
                    print(f"  {path.parent.name} {its[one.document.id]}: {one.document.title} {found}")
    print("events: " + ", ".join(f"{number} {name}" for name, number in sorted(counts.items())))


def indexed(reports: Iterable[Document], *, first: int = 0) -> StoryIndex:
    """Return an index with each report in a story of its own."""
    index = StoryIndex(meanings=meanings())
    for story, one in enumerate(reports, start=first):
        index.add(one, BEGIN + timedelta(minutes=story), story)
    return index


def report(line: Mapping[str, Any], kind: str, number: int) -> Document:
    """Return a report of a line."""
    title, summary = line[kind]
    language = "en" if kind == ENGLISH else line["language"]
    return Document(id=f"{kind}{number}", title=title, summary=summary, language=language)


if __name__ == "__main__":
    main()
