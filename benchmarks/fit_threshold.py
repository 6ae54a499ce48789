"""Fits the figures of fitted thresholds: `python -m benchmarks.fit_threshold [--write]`.

Every labelled topic of an event is learnt, from all its examples and from the first alone. For parts of its archive and
every candidate threshold the features are computed, and the F1 that the candidate gives on the whole; a ridge
regression predicts one from the other. The table judges topics that were left out: ten folds, sibling events in one.
`fitted` judges every item by the threshold fitted at the end; `forward` decides each item as the daemon would have done
then, and counts the second half of the stream. With --write the figures of all topics are stored where storywatch reads
them. $STORYWATCH_TOPICEVAL names the folder of the labelled topics.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.labelled import ROOT, TOPICEVAL, LabelledTopic, labelled_topics, scorer
from monitor.fitting.archive_judge import ArchiveJudge
from monitor.fitting.features import CANDIDATES, features
from monitor.fitting.fit import compared, learnt_further
from monitor.fitting.fitting_topic import NO_VERDICTS, fits, share_of
from monitor.fitting.neighbourhood import NearItem
from monitor.fitting.threshold import FIGURES, Figures, best_share, fitted_figures
from monitor.stories.profile import read_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.fitting.threshold import Floats
    from monitor.stories.profile import Profile
    from monitor.topics.judging.score import Judgement
    from monitor.topics.vocabulary.document import Document

RIDGE = 0.1  # a share of the number of rows; between .03 and .1 nothing changes
PARTS = (0.25, 0.5, 1.0)  # of an archive
FOLDS = 10
SEED = 7
DIGITS = 5  # of a figure
BELOW = 0.99  # of the threshold, for an item that does not match
MEASURES = ("F1", "T11SU", "AP")
EXAMPLES: dict[str, int | None] = {"all examples": None, "one example": 1}
SUITES = ("fnc", "ecb", "reuters", "fr")
PROFILES: dict[Document, Profile] = {}
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Archive:
    """The items near a topic at the end of its stream, by the rule that it has learnt on from them."""

    topic: LabelledTopic
    near: list[NearItem]
    shares: Floats
    alike: Floats
    examples: int
    truths: Floats
    places: Floats  # in the stream, from 0 to 1

    def part(self, share: float) -> Floats:
        """Return the features of the candidates when a part of the stream had been read."""
        number = int((self.places < share).sum())
        return features(self.shares[:number], self.alike[:number, :number], self.examples)

    def f1_at(self) -> Floats:
        """Return the F1 of each candidate on the whole stream."""
        meant = sum(self.topic.truths)
        above = [self.shares >= candidate for candidate in CANDIDATES]
        return np.array([2 * (self.truths * one).sum() / max(1, meant + one.sum()) for one in above])

    def ratios(self, figures: Figures) -> list[float]:
        """Return the points of every item as shares of the threshold fitted at the end of the stream."""
        best = best_share(self.shares, self.alike, self.examples, figures) if self.near else 1.0
        near = {
            one.document.id: float(share) / best for one, share in zip(self.near, self.shares, strict=True)
        }
        pairs = zip(self.topic.documents, as_written(self.topic), strict=True)
        return [near.get(document.id, min(ratio / best, BELOW)) for document, ratio in pairs]


def main() -> None:
    """Print the table of topics left out; with --write, store the figures of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"store monitor/fitting/{FIGURES}")
    parser.add_argument("--forward", action="store_true", help="print the forward figures too: some minutes")
    asked = parser.parse_args()
    every = print_left_out(("all examples", "one example"), forward=asked.forward)
    if asked.write:
        store(trained(every))


def print_left_out(labels: Sequence[str], *, forward: bool) -> list[Archive]:
    """Print the figures of topics that were left out of the fit; return the archives of all."""
    sets = {label: labelled_topics(TOPICEVAL / "dev", examples=EXAMPLES[label]) for label in EXAMPLES}
    archives = {label: [archive_of(topic) for topic in topics] for label, topics in sets.items()}
    every = [one for found in archives.values() for one in found if one is not None]
    folds = folds_of(every)
    figures = {
        fold: trained(one for one in every if folds[one.topic.family] != fold) for fold in range(FOLDS)
    }
    print(f"{'F1, T11SU, MAP':28}" + "".join(f"  {suite:17}" for suite in (*SUITES, "mean of 3")))
    for label in labels:
        topics = sets[label]
        print_row(f"{label}, as written", topics, [as_written(one) for one in topics])
        fitted = [
            as_written(topic) if one is None else one.ratios(figures[folds[topic.family]])
            for topic, one in zip(topics, archives[label], strict=True)
        ]
        print_row(f"{label}, left out", topics, fitted)
        if forward:
            print_forward(label, topics, [figures.get(folds.get(topic.family, -1)) for topic in topics])
    return every


def archive_of(topic: LabelledTopic) -> Archive | None:
    """Return a topic's archive; None for a topic that is not fitted."""
    if not fits(topic.rule):
        return None
    near = [
        NearItem(document=document, at=THEN, share=share, matched=False, profile=profile_of(document))
        for document, judgement in zip(topic.documents, topic.judgements, strict=True)
        if (share := share_of(topic.rule, judgement)) is not None
    ]
    rule, chosen = learnt_further(topic.rule, near)
    everything = [
        NearItem(document=document, at=THEN, share=None, matched=False, profile=profile_of(document))
        for document in topic.documents
    ]
    near, shares, alike = compared(rule, everything if chosen else near, NO_VERDICTS)
    at = {document.id: place for place, document in enumerate(topic.documents)}
    places = [at[one.document.id] for one in near]
    return Archive(
        topic=topic,
        near=near,
        shares=shares,
        alike=alike,
        examples=len(topic.rule.learnt_from) + len(chosen),
        truths=np.array([topic.truths[place] for place in places], dtype=float),
        places=np.array(places) / len(at),
    )


def profile_of(document: Document) -> Profile:
    """Return the profile of a document, which many topics judge."""
    if document not in PROFILES:
        PROFILES[document] = read_profile(document)
    return PROFILES[document]


def folds_of(archives: Iterable[Archive]) -> dict[str, int]:
    """Return the fold of each family of topics."""
    families = sorted({one.topic.family for one in archives})
    order = np.random.default_rng(SEED).permutation(len(families))
    return {families[place]: int(turn) % FOLDS for turn, place in enumerate(order)}


def trained(archives: Iterable[Archive]) -> Figures:
    """Return the figures fitted to some topics."""
    rows, truths = [], []
    for one in archives:
        for part in PARTS:
            if (one.places < part).any():
                rows.append(one.part(part))
                truths.append(one.f1_at())
    found = fitted_figures(np.concatenate(rows), np.concatenate(truths), ridge=RIDGE)
    return Figures(*(), **{key: np.round(getattr(found, key), DIGITS) for key in Figures.__slots__})


def as_written(topic: LabelledTopic) -> list[float]:
    """Return the points of every item as shares of the threshold of the rule as written."""
    return [ratio_of(judgement) for judgement in topic.judgements]


def ratio_of(judgement: Judgement) -> float:
    """Return the points of a judgement as a share of its threshold, below 1 if the item does not match."""
    ratio = judgement.points / judgement.threshold if judgement.threshold else 0.0
    return max(ratio, 1.0) if judgement.matched else min(ratio, BELOW)


def print_row(label: str, topics: Sequence[LabelledTopic], ratios: Sequence[Sequence[float]]) -> None:
    """Print the mean F1, T11SU and average precision of each suite, and of the three that count."""
    score = scorer().topic_metrics
    found = [
        (topic.suite, score(topic.truths, its, [ratio >= 1 for ratio in its]))
        for topic, its in zip(topics, ratios, strict=True)
    ]
    means = {
        suite: [float(np.mean([one[key] for its, one in found if its == suite])) for key in MEASURES]
        for suite in SUITES
    }
    rows = [*means.values(), np.mean([means[suite] for suite in SUITES[:3]], axis=0)]
    print(f"{label:28}" + "".join(f"  {f1:.3f} {t11su:.3f} {ap:.3f}" for f1, t11su, ap in rows), flush=True)


def print_forward(label: str, topics: Sequence[LabelledTopic], figures: Sequence[Figures | None]) -> None:
    """Print what the daemon decides in the second half of each stream, with items there that are meant."""
    kept, written, forward = [], [], []
    for topic, its in zip(topics, figures, strict=True):
        half = len(topic.documents) // 2
        if not any(topic.truths[half:]):
            continue
        kept.append(
            LabelledTopic(
                **{key: getattr(topic, key) for key in topic.__slots__} | {"truths": topic.truths[half:]}
            )
        )
        written.append(as_written(topic)[half:])
        forward.append(
            (as_written(topic) if its is None or not fits(topic.rule) else in_order(topic, its))[half:]
        )
    print_row(f"{label}, second half", kept, written)
    print_row(f"{label}, forward", kept, forward)


def in_order(topic: LabelledTopic, figures: Figures) -> list[float]:
    """Return the points of every item as shares of the threshold of its time, each decided by what came before."""
    judge = ArchiveJudge(topic.rule, figures=figures)
    return [
        ratio_of(judge.decide(document, THEN, raw))
        for document, raw in zip(topic.documents, topic.judgements, strict=True)
    ]


def store(figures: Figures) -> None:
    """Write the figures where storywatch reads them."""
    path = ROOT / "monitor" / "fitting" / FIGURES
    held = {key: getattr(figures, key).tolist() for key in Figures.__slots__}
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="ascii")
    print(f"written {path.relative_to(ROOT)}: {len(held['weights'])} weights")


if __name__ == "__main__":
    main()
