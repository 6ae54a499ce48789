"""Effect of marks on rules as written: `python -m benchmarks.marks [--number 5]`.

An owner marks the first alerts of every labelled topic, as with `storywatch mark`, and the changed rule judges the other
items. Which alerts come first is chance, so each stream is read in several orders: its own and shuffled ones. The mean
over a topic's orders counts once. The fit to the archive is left out; `benchmarks/topics.py --feedback` includes it. Half a minute.
$STORYWATCH_TOPICEVAL names the folder of the labelled topics.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.fit_threshold import as_written, ratio_of
from benchmarks.labelled import TOPICEVAL, LabelledTopic, labelled_topics, scorer
from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.feedback import Marked, remarked

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITES = ("fnc", "ecb", "reuters")
ORDERS = 4
LEAST = 0.25  # of the threshold: marks lift no item with less, and it is not judged again
MEASURES = ("F1", "T11SU", "AP")


def main() -> None:
    """Print, for each suite, the figures of the other items before and after the marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=5, help="marks of a topic")
    parser.add_argument("--one-example", action="store_true", help="learn from the first example alone")
    asked = parser.parse_args()
    topics = labelled_topics(TOPICEVAL / "dev", examples=1 if asked.one_example else None)
    print(
        f"{'F1, T11SU, AP':10} {'topics':>6}  {'before':17}  {'after':17}  {'change':20}  error of the change"
    )
    for suite in SUITES:
        found = [means for topic in topics if topic.suite == suite and (means := effect(topic, asked.number))]
        before, after = (np.array([one[place] for one in found]) for place in (0, 1))
        change = after - before
        error = change.std(axis=0) / np.sqrt(len(change))
        cells = "  ".join(_cell(one.mean(axis=0), "") for one in (before, after))
        print(f"{suite:13} {len(found):6}  {cells}  {_cell(change.mean(axis=0), '+')}  {_cell(error, '')}")


def effect(topic: LabelledTopic, number: int) -> tuple[Any, Any] | None:
    """Return the mean figures before and after the marks; None if no order leaves an item that is meant."""
    pairs = [pair for order in range(ORDERS) if (pair := effect_in_order(topic, number, order))]
    return (
        (np.mean([one for one, _ in pairs], axis=0), np.mean([one for _, one in pairs], axis=0))
        if pairs
        else None
    )


def effect_in_order(topic: LabelledTopic, number: int, order: int) -> tuple[list[float], list[float]] | None:
    """Return the figures of the items that are not marked, before and after the marks of one order."""
    written = as_written(topic)
    places = list(range(len(written)))
    if order:
        places = np.random.default_rng(order).permutation(len(written)).tolist()
    marked = [place for place in places if written[place] >= 1][:number]
    rest = [place for place in range(len(written)) if place not in marked]
    if not any(topic.truths[place] for place in rest):
        return None
    marks = [Marked(document=topic.documents[place], meant=topic.truths[place]) for place in marked]
    matcher = Matcher({"": remarked(topic.rule, marks)})
    changed = [
        ratio_of(matcher.judge(topic.documents[place])[""]) if written[place] > LEAST else written[place]
        for place in rest
    ]
    truths = [topic.truths[place] for place in rest]
    return _figures(truths, [written[place] for place in rest]), _figures(truths, changed)


def _figures(truths: Sequence[bool], ratios: Sequence[float]) -> list[float]:
    found = scorer().topic_metrics(truths, ratios, [ratio >= 1 for ratio in ratios])
    return [float(found[measure]) for measure in MEASURES]


def _cell(row: Any, sign: str) -> str:
    return " ".join(f"{value:{sign}.3f}" for value in row)


if __name__ == "__main__":
    main()
