"""Extends a rule that has few examples: items that match it with high certainty become examples too.

The owner refuses such an example by `mark no`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.topics.learning.average import averaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document

FEW = 1  # examples; rules with more do not improve by this
SURE = 1.2  # share of the threshold, including neighbours: 99 of 100 such items were on the topic
MOST_ITEMS = 3  # items to learn from
OWN = 2  # weight of the owner's example, in items


def learns_on(rule: Rule) -> bool:
    """Whether a rule has so few examples that sure items help."""
    return 0 < sum(not source.counter for source in rule.learnt_from) <= FEW


def learnt_on(rule: Rule, items: Sequence[Document]) -> Rule:
    """Return the rule averaged with the rule learnt from items; the same rule if none can be learnt from them."""
    return averaged(rule, items, own=OWN)
