"""Quality and speed of grouping items into stories: `python benchmarks/stories.py [--speed ITEMS]`.

Quality is measured by the scorer of topiceval (which needs numpy); $STORYWATCH_TOPICEVAL names its folder. Each item is
placed by what came before it, so the figures are forward ones. The constants were chosen on these sets (ADR 44). Speed is
measured on invented items, with the given number in the window.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.labelled import TOPICEVAL, scorer
from monitor.stories.index import WINDOW, StoryIndex
from monitor.topics.vocabulary.document import Document
from monitor.topics.vocabulary.frequencies import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SETS = ("allsides", "ecb", "fnc", "fr")
IN_THE_MEAN = SETS[:3]  # fr is reviewed item by item
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = 10_000  # items between two printed speeds


def main() -> None:
    """Print the table, or the speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--speed", type=int, metavar="ITEMS", help="measure speed and memory instead of quality"
    )
    parser.add_argument("--summaries", action="store_true", help="leave the items' text out")
    asked = parser.parse_args()
    if asked.speed:
        print_speed(asked.speed)
    else:
        print_table(with_text=not asked.summaries)


def print_table(*, with_text: bool) -> None:
    """Print B-cubed precision, recall and F1 a set, lost events and duplicate alerts a story, and the mean F1."""
    score = scorer()
    means = []
    print(f"{'set':9} {'items':>6} {'stories':>8} {'P':>6} {'R':>6} {'F1':>6} {'lost':>6} {'dup/story':>10}")
    for name in SETS:
        rows = [json.loads(line) for line in (TOPICEVAL / "dev" / "stories" / f"{name}.jsonl").open("rb")]
        gold = {row["id"]: row["story"] for row in rows}
        found = score.bcubed(gold, dict(group(rows, with_text=with_text)))
        lost, repeated = found["lost_events"] / found["gold"], found["dup_alerts"] / found["gold"]
        print(
            f"{name:9} {len(rows):6} {found['gold']:8} {found['bP']:6.3f} {found['bR']:6.3f} {found['bF1']:6.3f}"
            f" {lost:6.1%} {repeated:10.2f}"
        )
        means += [found["bF1"]] if name in IN_THE_MEAN else []
    print(f"mean F1 of {', '.join(IN_THE_MEAN)}: {sum(means) / len(means):.4f}")


def group(rows: Iterable[dict[str, Any]], *, with_text: bool) -> Iterator[tuple[str, int]]:
    """Yield ids with their stories; an undated row has the time of the row before it."""
    index, at = StoryIndex(), START
    for number, row in enumerate(rows):
        if row.get("published"):
            at = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
        document = Document(
            id=row["id"],
            title=row["title"],
            summary=row.get("summary", ""),
            text=row.get("text", "") if with_text else "",
            language=row.get("lang"),
        )
        placement = index.find(document, at)
        story = number if placement is None else placement.story
        index.add(document, at, story)
        yield row["id"], story


def print_speed(items: int) -> None:
    """Print items a second of CPU, and memory, while the window fills."""
    index, made = StoryIndex(), invented(items)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pause, number, opened = WINDOW / items, 0, 0
    for _ in range(0, items, STEP):
        documents = [next(made) for _ in range(STEP)]
        begun = time.process_time()
        for document in documents:
            number += 1
            at = START + pause * number
            placement = index.find(document, at)
            opened += placement is None
            index.add(document, at, number if placement is None else placement.story)
        speed = STEP / (time.process_time() - begun)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
        print(f"{number:8} items, {opened:7} stories: {speed:6.0f} items/s, {grown:6.0f} MB")


def invented(items: int) -> Iterator[Document]:
    """Yield items of invented events, a title of 11 words and a summary of 45, drawn as often as news draws them."""
    rng = random.Random(5)
    table = {word: count for word, count in shipped().counts.items() if word.isalpha()}
    common = rng.choices(list(table), list(table.values()), k=1_000_000)
    events: list[list[str]] = []
    for number in range(items):
        if not events or rng.random() < 0.25:  # noqa: PLR2004 (four items an event)
            called = ["".join(rng.choices("aeioubdklmnrst", k=7)).title() for _ in range(4)]
            events.append(called + rng.sample(common, 30))
        event = events[-1 - min(len(events) - 1, int(rng.expovariate(1 / 50)))]
        title = [*event[:2], *rng.sample(event, 6), *rng.sample(common, 3)]
        summary = [*event[:4], *rng.sample(event, 15), *rng.sample(common, 26)]
        yield Document(id=str(number), title=" ".join(title), summary=" ".join(summary))


if __name__ == "__main__":
    main()
