"""Judges a topic's items in the order in which they came, each with the help of earlier items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from monitor.fitting.fit import fitted, judged, next_fit
from monitor.fitting.fitting_topic import NO_VERDICTS, Verdicts, default_threshold, share_of
from monitor.fitting.neighbourhood import NearItem, Neighbourhood
from monitor.fitting.threshold import shipped
from monitor.stories.profile import read_profile
from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.score import DIGITS, UNMET, Details, Judgement, score_of
from monitor.topics.judging.semantic import is_by_meaning
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.fitting.neighbourhood import Smoothed
    from monitor.fitting.threshold import Figures
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document

NEAR = "near "  # prefix of a reason that names a neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A judgement that includes the archive; `near` is None for an item that is not near the topic."""

    judgement: Judgement
    near: NearItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastItem:
    """An item that was decided before."""

    document: Document
    at: datetime
    matched: bool
    place: int  # in the order of decisions, from 1


class ArchiveJudge:
    """A topic's rule as last fitted, and the last items near the topic."""

    def __init__(
        self,
        rule: Rule,
        *,
        verdicts: Verdicts = NO_VERDICTS,
        figures: Figures | None = None,
        prefix: str = "",
    ) -> None:
        """Begin without items; `rule` is as written, `prefix` stands before an item's id in reasons."""
        self._written = rule
        self._verdicts = verdicts
        self._figures = figures
        self._prefix = prefix
        self._decided = 0
        self._is_final = False
        self._fitted_at: int | None = None
        self._follow(rule, ())

    @property
    def rule(self) -> Rule:
        """The rule that judges now."""
        return self._rule

    @property
    def learnt_on(self) -> tuple[str, ...]:
        """The ids of the items from which the rule has learnt."""
        return () if self._rule.fitted is None else self._rule.fitted.learnt_on

    @property
    def decided(self) -> int:
        """The number of items decided so far."""
        return self._decided

    @property
    def until_fit(self) -> int:
        """The number of items to decide before the next fit; 0 if a fit is due."""
        if self._is_final:
            return 1
        return max(0, next_fit(self._fitted_at) - self._decided)

    def resume(
        self, rule: Rule | None, *, fitted_at: int | None, decided: int, items: Iterable[PastItem]
    ) -> None:
        """Continue after `decided` items, of which these are the last, with the rule last fitted, if there is one."""
        past = [
            NearItem(
                document=one.document,
                at=one.at,
                share=None,
                matched=one.matched,
                place=one.place,
                profile=read_profile(one.document),
            )
            for one in items
        ]
        self._decided, self._fitted_at = decided, fitted_at
        self._follow(rule or self._written, past)

    def fit(self) -> Rule:
        """Fit the rule to the last items, use it from now on, and return it."""
        items = self._near.items
        if items:
            rule = fitted(
                self._written,
                items,
                kept=self.learnt_on,
                verdicts=self._verdicts,
                figures=self._figures or shipped(),
                on=items[-1].at.date(),
            )
            self._follow(rule, items)
        self._fitted_at = self._decided
        return self._rule

    def decide(self, document: Document, at: datetime, raw: Judgement | None = None) -> Judgement:
        """Judge the next document, fit the rule if a fit is due, and keep the document as a neighbour of later ones."""
        if not self.until_fit:
            self.fit()
        decided = self.judge(document, at, raw)
        if decided.near is not None:
            self.add(decided.near)
        return decided.judgement

    def at_end(self) -> ArchiveJudge:
        """Return a new judge with the rule fitted to the items so far; it has no items and never fits again."""
        self.fit()
        judge = ArchiveJudge(
            self._written, verdicts=self._verdicts, figures=self._figures, prefix=self._prefix
        )
        judge._follow(self._rule, ())
        judge._is_final = True
        return judge

    def judge(self, document: Document, at: datetime, raw: Judgement | None = None) -> Decided:
        """Return the topic's judgement of a document, including the effect of earlier items.

        `raw` is the judgement by the rule as written, if the caller has it.
        """
        if raw is None or not self._has_words_of_written:
            raw = self._matcher.judge(document)[self._rule.name]
        share = share_of(self._rule, raw)
        if share is None:
            return Decided(judgement=self._on_own_scale(raw), near=None)
        profile = read_profile(document)
        judgement = self._counted_in(raw, self._near.smoothed(share, profile), at)
        near = NearItem(document=document, at=at, share=share, matched=judgement.matched, profile=profile)
        return Decided(judgement=judgement, near=self._verdicts.over(near))

    def add(self, near: NearItem) -> None:
        """Remember an item as a neighbour of later ones."""
        self._decided += 1
        self._near.add(replace(near, place=self._decided))

    def _follow(self, rule: Rule, items: Iterable[NearItem]) -> None:
        self._rule = rule
        self._has_words_of_written = rule.fitted is None or not rule.fitted.learnt_on
        self._matcher = Matcher({rule.name: rule})
        self._near = Neighbourhood(judged(rule, [*items], self._verdicts))

    def _counted_in(self, raw: Judgement, found: Smoothed, at: datetime) -> Judgement:
        points = found.share * default_threshold(self._rule)
        change = round(points - raw.points, DIGITS)
        if not change:
            return self._on_own_scale(raw)
        strongest = max(found.pulls, key=lambda pull: pull.change if change > 0 else -pull.change)

        def explain() -> Details:
            shares = fsum(why.weight for why in raw.why)
            weight = round(change * shares / raw.points, DIGITS) if raw.points else 0.0
            reason = Why(term=self._named(strongest.near, at), weight=weight, where="")
            return Details(why=(*raw.why, reason), met=raw.met, missed=raw.missed)

        threshold = self._rule.threshold
        return Judgement(
            score=score_of(points, threshold), points=points, threshold=threshold, explain=explain
        )

    def _on_own_scale(self, raw: Judgement) -> Judgement:
        """Convert a judgement by the rule as written to the fitted threshold."""
        threshold = self._rule.threshold
        if raw.threshold in (0.0, threshold) or is_by_meaning(raw):
            return raw
        score = score_of(raw.points, threshold)
        lacks = raw.points >= raw.threshold and not raw.matched
        return Judgement(
            score=min(score, UNMET) if lacks else score,
            points=raw.points,
            threshold=threshold,
            explain=lambda: Details(why=raw.why, met=raw.met, missed=raw.missed),
        )

    def _named(self, near: NearItem, at: datetime) -> str:
        days = abs((at.date() - near.at.date()).days)
        when = "the same day" if not days else "the day before" if days == 1 else f"{days} days before"
        outcome = f"matched {when}" if near.matched else "no match"
        return f"{NEAR}{self._prefix}{near.document.id}, {outcome}"
