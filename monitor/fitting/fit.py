"""Fits a rule to the last items near its topic: its threshold and, for a rule with few examples, its words.

A fitted rule is a function of the rule as written, those items, the owner's marks and the shipped figures. The number
of items alone decides when it is fitted again.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from monitor.fitting.features import likenesses
from monitor.fitting.fitting_topic import NO_VERDICTS, Verdicts, share_of
from monitor.fitting.learn_on import MOST_ITEMS, SURE, learns_on, learnt_on
from monitor.fitting.neighbourhood import ALIKE, NEIGHBOURS, smoothed
from monitor.fitting.threshold import best_share
from monitor.topics.judging.matcher import Matcher
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.rule import Fitted, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date as Date  # noqa: N812 (the field is called date)

    from monitor.fitting.neighbourhood import NearItem
    from monitor.fitting.threshold import Figures, Floats

FIRST = 5  # items near a topic, before anything is fitted to them
STEP, GROWTH, MOST_STEP = (
    5,
    0.25,
    50,
)  # items after which it is fitted again: a quarter more, within these bounds
DIGITS = 2  # of a threshold
MARKS_OF_A_FIT = 5  # marks that count as much as the fit: they move the rule's own threshold


def next_fit(fitted_at: int | None) -> int:
    """Return the number of items near a topic at which it is fitted next, given the number at the last time."""
    if fitted_at is None:
        return FIRST
    return fitted_at + min(MOST_STEP, max(STEP, math.ceil(GROWTH * fitted_at)))


def judged(rule: Rule, items: Sequence[NearItem], verdicts: Verdicts) -> list[NearItem]:
    """Return the items with their shares of the threshold by this rule."""
    matcher = Matcher({rule.name: rule})
    return [
        verdicts.over(replace(near, share=share_of(rule, matcher.judge(near.document)[rule.name])))
        for near in items
    ]


def compared(
    rule: Rule, items: Sequence[NearItem], verdicts: Verdicts
) -> tuple[list[NearItem], Floats, Floats]:
    """Return the items near the topic by a rule, their shares including neighbours, and their similarities."""
    near = [one for one in judged(rule, items, verdicts) if one.share is not None]
    alike = likenesses([one.profile for one in near])
    return near, _smoothed_in_order(near, alike), alike


def fitted(
    rule: Rule,
    items: Sequence[NearItem],
    *,
    kept: Sequence[str],
    verdicts: Verdicts,
    figures: Figures,
    on: Date,
) -> Rule:
    """Return the rule fitted to the last items near its topic.

    `rule` is the rule as written; `kept` are the items from which it has learnt so far.
    """
    own = sum(not source.counter for source in rule.learnt_from) or 1
    changed, chosen = learnt_further(rule, items, kept=kept, verdicts=verdicts)
    near, shares, alike = compared(changed, items, verdicts)
    best = best_share(shares, alike, own + len(chosen), figures) if near else 1.0
    best = _as_marked(best, changed, verdicts)
    return replace(
        changed,
        threshold=round(best * rule.threshold, DIGITS),
        fitted=Fitted(
            on=on,
            items=len(near),
            default=rule.threshold,
            inputs=_hash(rule, items, verdicts, chosen),
            learnt_on=tuple(one.document.id for one in chosen),
        ),
    )


def learnt_further(
    rule: Rule, items: Sequence[NearItem], *, kept: Sequence[str] = (), verdicts: Verdicts = NO_VERDICTS
) -> tuple[Rule, Sequence[NearItem]]:
    """Return the rule after learning from the surest items, and these items. Only rules with few examples change."""
    chosen = _sure(rule, items, kept=kept, verdicts=verdicts) if learns_on(rule) else []
    return learnt_on(rule, [near.document for near in chosen]) if chosen else rule, chosen


def _sure(
    rule: Rule, items: Sequence[NearItem], *, kept: Sequence[str], verdicts: Verdicts
) -> list[NearItem]:
    """Return the items to learn from: the kept ones, then the surest. Items that the owner refused are left out."""
    near, shares, _ = compared(rule, items, verdicts)
    ranked = sorted(zip(shares.tolist(), near, strict=True), key=lambda pair: -pair[0])
    allowed = [(share, one) for share, one in ranked if verdicts.meant.get(one.document.id, True)]
    known = {one.document.id: one for one in items if verdicts.meant.get(one.document.id, True)}
    chosen = [known[name] for name in kept if name in known]
    surest = [one for share, one in allowed if share >= SURE and one.document.id not in kept]
    return [*chosen, *surest][:MOST_ITEMS]


def _smoothed_in_order(items: Sequence[NearItem], alike: Floats) -> Floats:
    """Return each item's share, adjusted by the shares of its nearest earlier items."""
    found = []
    for place, near in enumerate(items):
        earlier = [other for other in range(place) if alike[place, other] > ALIKE]
        earlier.sort(key=lambda other: -alike[place, other])
        pairs = [(items[other], float(alike[place, other])) for other in earlier[:NEIGHBOURS]]
        found.append(smoothed(near.share or 0.0, pairs).share)
    return np.array(found)


def _as_marked(best: float, rule: Rule, verdicts: Verdicts) -> float:
    """Return the threshold within the limits of the owner's marks; the one as written if none satisfies them.

    The rule as written has learnt from the marks, the fit has not: the more marks, the nearer the threshold is to the rule's.
    """
    if not verdicts.documents:
        return best
    best **= MARKS_OF_A_FIT / (MARKS_OF_A_FIT + len(verdicts.documents))
    matcher = Matcher({rule.name: rule})
    shares = {one.id: matcher.judge(one)[rule.name].points / rule.threshold for one in verdicts.documents}
    least = max((share for one, share in shares.items() if not verdicts.meant[one]), default=0.0)
    most = min((share for one, share in shares.items() if verdicts.meant[one]), default=math.inf)
    if least >= most:
        return 1.0
    return min(most, best) if best > least else min(most, math.nextafter(least, math.inf))


def _hash(rule: Rule, items: Sequence[NearItem], verdicts: Verdicts, chosen: Sequence[NearItem]) -> str:
    """Return the SHA-256 of all inputs of a fitted rule."""
    parts = [format_rule(rule)]
    parts += [f"{one.document.title}\n{one.document.summary}\n{one.document.text}" for one in items]
    parts += [f"{name} {meant}" for name, meant in sorted(verdicts.meant.items())]
    parts += [one.document.id for one in chosen]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
