"""Judging with the archive: near items count in, thresholds are fitted, and sure items become examples."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON
from examples import an_article

from monitor.cli.topics.draw_scores import drawn
from monitor.fitting.archive_judge import NEAR, ArchiveJudge, PastItem
from monitor.fitting.features import likenesses
from monitor.fitting.fit import next_fit
from monitor.fitting.fitting_topic import Verdicts, fitting_rule
from monitor.fitting.neighbourhood import HELD, NearItem, smoothed
from monitor.stories.profile import UNIT, read_profile
from monitor.stories.similarity import cosine
from monitor.topics.judging.reasons import points_by_reason
from monitor.topics.learning.learn import learn
from monitor.topics.rules.format import format_rule, is_as_learnt
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth, Fitted, Rule, Term
from monitor.topics.topic import LearntTopic
from monitor.topics.vocabulary.document import Document

FERRY = (
    "Velmont ferry",
    "ferry sinks off Brevik",
    "Brevik rescuers",
    "ferry survivors",
    "Velmont coast guard",
)
DETAILS = ("say water came in through the car deck", "search the sea all night", "count the passengers again",
           "ask why it left in a storm", "thank the crew of the lifeboat", "bring divers to the wreck")  # fmt: skip
OTHERS = (
    "Orchard prices rise in the valley",
    "Coast towns plan a new ferry terminal",
    "Ferry rescuers train in a storm",
)


def a_rule() -> Rule:
    return learn("ferry", [an_article(0)], breadth="story")


def a_stream(number: int, *, seed: int = 1) -> list[Document]:
    """Items of the event in many words, and others that share some of them."""
    dice = random.Random(seed)
    titles = [
        f"{dice.choice(FERRY)}: {dice.choice(FERRY)} {dice.choice(DETAILS)}"
        if dice.random() < 0.7
        else dice.choice(OTHERS)
        for _ in range(number)
    ]
    return [
        Document(id=str(place), title=title, summary=f"{dice.choice(DETAILS)} {dice.choice(DETAILS)}")
        for place, title in enumerate(titles)
    ]


def decisions(judge: ArchiveJudge, stream: list[Document]) -> list[tuple[float, bool]]:
    """Decide items an hour apart."""
    found = [judge.decide(one, NOON + timedelta(hours=int(one.id))) for one in stream]
    return [(one.score, one.matched) for one in found]


def test_an_item_gains_points_by_earlier_ones_like_it_and_says_which() -> None:
    """Its reasons still add up to its points, and an alert names the neighbour."""
    judge = ArchiveJudge(a_rule(), prefix="i")
    told = Document(
        id="7", title="Velmont ferry sinks off Brevik with 60 aboard", summary="Rescuers search the sea"
    )
    assert judge.decide(told, NOON).matched
    like_it = Document(id="8", title="Rescuers search the sea off Brevik for those aboard")
    alone = ArchiveJudge(a_rule()).judge(like_it, NOON + timedelta(days=1)).judgement
    found = judge.judge(like_it, NOON + timedelta(days=1)).judgement
    assert found.points > alone.points
    [near] = [why for why in found.why if why.term.startswith(NEAR)]
    assert near.term == "near i7, matched the day before"
    points = points_by_reason(found)
    assert points is not None
    assert sum(points) == pytest.approx(found.points, abs=0.1)


def test_neighbours_pull_a_share_towards_theirs_by_their_likeness() -> None:
    """R' = r + 2 * sum(w * (r_j - r)) / (1 + 2 * sum(w)), with w the likeness beyond 0.3."""
    profile = read_profile(Document(id="1", title="Velmont ferry"))
    one = NearItem(document=Document(id="1", title=""), at=NOON, share=2.0, matched=True, profile=profile)
    assert smoothed(0.5, [(one, 0.55)]).share == pytest.approx(0.5 + 2 * 0.25 * 1.5 / (1 + 2 * 0.25))
    assert smoothed(0.5, []).share == 0.5


def test_a_decision_depends_on_earlier_items_alone() -> None:
    """Items that come later change nothing of what was decided."""
    stream = a_stream(60)
    whole = decisions(ArchiveJudge(a_rule()), stream)
    assert decisions(ArchiveJudge(a_rule()), stream[:25]) == whole[:25]
    assert {matched for _, matched in whole} == {True, False}


@pytest.mark.parametrize("after", [3, 11, 40])
def test_a_judge_resumed_from_what_was_stored_decides_as_the_uninterrupted_one(after: int) -> None:
    """A restart reads the rule as text and the last items, and nothing else."""
    stream = a_stream(70)
    steady = ArchiveJudge(a_rule())
    past, fitted_at = [], None
    for one in stream[:after]:
        at = NOON + timedelta(hours=int(one.id))
        if not steady.until_fit:
            steady.fit()
            fitted_at = steady.decided
        found = steady.judge(one, at)
        if found.near is not None:
            steady.add(found.near)
            past.append(PastItem(document=one, at=at, matched=found.near.matched, place=steady.decided))
    resumed = ArchiveJudge(a_rule())
    text = format_rule(steady.rule)
    resumed.resume(parse_rule(text, "test"), fitted_at=fitted_at, decided=steady.decided, items=past)
    assert decisions(resumed, stream[after:]) == decisions(steady, stream[after:])
    assert resumed.rule == steady.rule


def test_a_fitted_rule_says_what_was_fitted_and_reads_back_the_same() -> None:
    """The text of its version is all that a restart has."""
    judge = ArchiveJudge(a_rule())
    decisions(judge, a_stream(60))
    fitted = judge.rule.fitted
    assert fitted is not None
    assert fitted.default == 10.0
    assert judge.rule.threshold != fitted.default
    assert len(fitted.inputs) == 64
    assert parse_rule(format_rule(judge.rule), "test") == judge.rule


def test_a_rule_from_one_example_learns_on_from_items_it_is_sure_of() -> None:
    """Words that only those items hold bring points, and the rule names the items."""
    judge = ArchiveJudge(a_rule())
    decisions(judge, a_stream(60))
    fitted = judge.rule.fitted
    assert fitted is not None
    assert 1 <= len(fitted.learnt_on) <= 3
    known = {term.text for term in a_rule().terms}
    assert {term.text for term in judge.rule.terms} - known


def test_an_item_that_its_owner_refused_is_not_learnt_from() -> None:
    """Marked as not meant, an example is given up and stays below the threshold."""
    judge = ArchiveJudge(a_rule())
    stream = a_stream(60)
    decisions(judge, stream)
    assert judge.rule.fitted is not None
    refused = judge.rule.fitted.learnt_on[0]
    verdicts = Verdicts(meant={refused: False}, documents=tuple(one for one in stream if one.id == refused))
    again = ArchiveJudge(a_rule(), verdicts=verdicts)
    decisions(again, stream)
    assert again.rule.fitted is not None
    assert refused not in again.rule.fitted.learnt_on


def test_a_mark_outweighs_what_the_archive_says() -> None:
    """A fitted threshold never passes an item that was meant, however good the archive finds it."""
    judge = ArchiveJudge(a_rule())
    stream = a_stream(60)
    first = decisions(judge, stream)
    missed = [
        one for one, (score, matched) in zip(stream, first, strict=True) if not matched and score > 0.25
    ]
    assert missed
    meant = Verdicts(meant={missed[0].id: True}, documents=(missed[0],))
    again = ArchiveJudge(a_rule(), verdicts=meant)
    decisions(again, stream)
    assert again.judge(missed[0], NOON + timedelta(days=9)).judgement.matched


def test_only_rules_of_an_event_that_nobody_edited_are_fitted() -> None:
    """A wide rule keeps its threshold; so does a rule whose file its owner changed, and one that was fitted before."""
    rule = a_rule()
    assert is_as_learnt(parse_rule(format_rule(rule), "test"))
    edited = replace(rule, terms=(*rule.terms, Term(text="lifeboat", points=2.0)))
    assert not is_as_learnt(edited)
    assert not is_as_learnt(replace(rule, threshold=8.0))
    assert fitting_rule(LearntTopic(rule, fit=True)) == rule
    assert fitting_rule(LearntTopic(rule)) is None
    assert fitting_rule(LearntTopic(replace(rule, breadth=Breadth.WIDE), fit=True)) is None
    fitted = Fitted(on=NOON.date(), items=9, default=10.0, inputs="x")
    assert fitting_rule(LearntTopic(replace(rule, fitted=fitted), fit=True)) is None


def test_a_rule_is_fitted_again_after_a_quarter_more_items() -> None:
    """The schedule follows the number of items alone: every machine fits at the same one."""
    assert [next_fit(None), next_fit(5), next_fit(40), next_fit(400)] == [5, 10, 50, 450]


def test_likenesses_are_those_of_stories() -> None:
    """The matrix that fits a threshold and the cosine that decides an item agree to the last digit."""
    profiles = [read_profile(one) for one in a_stream(12)]
    found = likenesses(profiles)
    for place, one in enumerate(profiles):
        for other in range(place):
            assert found[place, other] == cosine(one, profiles[other]) / UNIT


def test_only_the_last_items_are_held() -> None:
    """What a rule is fitted to is bounded, by places and not by what is left of them."""
    judge = ArchiveJudge(a_rule())
    [document] = a_stream(1, seed=3)
    profile = read_profile(document)
    for _ in range(HELD + 5):
        judge.add(NearItem(document=document, at=NOON, share=1.0, matched=True, profile=profile))
    assert len(judge._near.items) == HELD
    assert judge._near.items[0].place == 6


def test_scores_are_drawn_as_bars_with_the_threshold_between_them() -> None:
    """The line stands between what matches and what does not, whatever the scores are."""
    lines = list(drawn([3.0, 9.9, 10.0, 12.5, 12.6, 99.0], 10.0))
    line = next(place for place, one in enumerate(lines) if "threshold 10.0" in one)
    assert lines[line - 1].split()[:3] == ["10.0", "to", "12.0"]
    assert lines[line + 1].split()[:3] == ["8.0", "to", "10.0"]
    assert lines[0].split()[:3] == ["24.0", "and", "more"]
    assert [one.split()[-1] for one in lines if "█" in one] == ["1", "2", "1", "1", "1"]
    assert any("threshold" in one for one in drawn([1.0], 10.0))
