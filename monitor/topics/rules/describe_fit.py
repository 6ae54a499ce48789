"""Describes in a sentence how a rule was fitted to the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.topics.rules.rule import Rule

ITEM = "i"  # prefix of the id of a stored item


def describe_fit(rule: Rule) -> str | None:
    """Return `threshold 8.1, fitted on 12 May to 310 items; 10.0 by default`, None for a rule as written."""
    if rule.fitted is None:
        return None
    on, items = rule.fitted.on, "1 item" if rule.fitted.items == 1 else f"{rule.fitted.items} items"
    threshold, default = f"{rule.threshold:.1f}", f"{rule.fitted.default:.1f}"
    return f"threshold {threshold}, fitted on {on.day} {on:%b %Y} to {items}; {default} by default"


def describe_learnt_on(rule: Rule) -> str | None:
    """Return which items became examples of a rule, and how to refuse one; None if there are none."""
    if rule.fitted is None or not rule.fitted.learnt_on:
        return None
    items = ", ".join(f"{ITEM}{one}" for one in rule.fitted.learnt_on)
    return f"learnt on from {items}; `storywatch mark no ITEM --topic {rule.name}` refuses one"
