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

from benchmarks.labelled import ROOT, TOPICEVAL, LabelledTopic, f1, labelled_topics
from monitor.fitting.archive_judge import ArchiveJudge
from monitor.fitting.features import CANDIDATES, features
from monitor.fitting.fit import NO_VERDICTS, compared, fits, learnt_further, share_of
from monitor.fitting.neighbourhood import NearItem
from monitor.fitting.threshold import FIGURES, Figures, best_share, fitted_figures
from monitor.stories.profile import read_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.fitting.threshold import Floats
    from monitor.stories.profile import Profile
    from monitor.topics.vocabulary.document import Document

RIDGE = 0.1  # a share of the number of rows; between .03 and .1 nothing changes
PARTS = (0.25, 0.5, 1.0)  # of an archive
FOLDS = 10
SEED = 7
DIGITS = 5  # of a figure
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

    def decisions(self, figures: Figures) -> list[bool]:
        """Return the decisions on the stream by the threshold fitted at its end."""
        best = best_share(self.shares, self.alike, self.examples, figures) if self.near else 1.0
        told = {one.document.id for one, share in zip(self.near, self.shares, strict=True) if share >= best}
        return [document.id in told for document in self.topic.documents]


def main() -> None:
    """Print the table of topics left out; with --write, store the figures of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"store monitor/fitting/{FIGURES}")
    parser.add_argument("--forward", action="store_true", help="print the forward figures too: some minutes")
    asked = parser.parse_args()
    sets = {
        label: labelled_topics(TOPICEVAL / "dev", examples=number)
        for label, number in (("all examples", None), ("one example", 1))
    }
    archives = {label: [archive_of(topic) for topic in topics] for label, topics in sets.items()}
    every = [one for found in archives.values() for one in found if one is not None]
    folds = folds_of(every)
    figures = {
        fold: trained(one for one in every if folds[one.topic.family] != fold) for fold in range(FOLDS)
    }
    print(f"{'':30}" + "".join(f"{suite:>9}" for suite in SUITES) + f"{'mean of 3':>11}")
    for label, found in archives.items():
        topics = sets[label]
        print_row(f"{label}, as written", topics, [as_written(one) for one in topics])
        fitted = [
            as_written(topic) if one is None else one.decisions(figures[folds[topic.family]])
            for topic, one in zip(topics, found, strict=True)
        ]
        print_row(f"{label}, fitted", topics, fitted)
        if asked.forward:
            print_forward(label, topics, [figures.get(folds.get(topic.family, -1)) for topic in topics])
    if asked.write:
        store(trained(every))


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


def as_written(topic: LabelledTopic) -> list[bool]:
    """Return the decisions of the rule alone."""
    return [judgement.matched for judgement in topic.judgements]


def print_row(label: str, topics: Sequence[LabelledTopic], decisions: Sequence[Sequence[bool]]) -> None:
    """Print the mean F1 of each suite, and of the three that count."""
    means = [
        float(
            np.mean(
                [
                    f1(topic.truths, its)
                    for topic, its in zip(topics, decisions, strict=True)
                    if topic.suite == suite
                ]
            )
        )
        for suite in SUITES
    ]
    print(
        f"{label:30}" + "".join(f"{mean:9.3f}" for mean in means) + f"{sum(means[:3]) / 3:11.3f}", flush=True
    )


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


def in_order(topic: LabelledTopic, figures: Figures) -> list[bool]:
    """Return the decisions on the stream, each by what came before."""
    judge = ArchiveJudge(topic.rule, figures=figures)
    return [
        judge.decide(document, THEN, raw).matched
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
