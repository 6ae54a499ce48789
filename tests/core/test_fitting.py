"""Judging with the archive: neighbours count, thresholds are fitted, and sure items become examples."""

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


def test_an_item_gains_points_from_similar_earlier_items() -> None:
    """The reasons name the neighbour and still add up to the points; an alert names the neighbour too."""
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


def test_neighbours_move_a_share_towards_their_own() -> None:
    """R' = r + 2 * sum(w * (r_j - r)) / (1 + 2 * sum(w)), where w is the similarity above 0.3."""
    profile = read_profile(Document(id="1", title="Velmont ferry"))
    one = NearItem(document=Document(id="1", title=""), at=NOON, share=2.0, matched=True, profile=profile)
    assert smoothed(0.5, [(one, 0.55)]).share == pytest.approx(0.5 + 2 * 0.25 * 1.5 / (1 + 2 * 0.25))
    assert smoothed(0.5, []).share == 0.5


def test_a_decision_depends_only_on_earlier_items() -> None:
    """Later items do not change earlier decisions."""
    stream = a_stream(60)
    whole = decisions(ArchiveJudge(a_rule()), stream)
    assert decisions(ArchiveJudge(a_rule()), stream[:25]) == whole[:25]
    assert {matched for _, matched in whole} == {True, False}


@pytest.mark.parametrize("after", [3, 11, 40])
def test_a_resumed_judge_decides_like_an_uninterrupted_one(after: int) -> None:
    """The text of the rule and the last items are enough for a restart."""
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


def test_a_fitted_rule_is_read_back_with_its_fit() -> None:
    """The text of a rule version contains the fit, since a restart has nothing else."""
    judge = ArchiveJudge(a_rule())
    decisions(judge, a_stream(60))
    fitted = judge.rule.fitted
    assert fitted is not None
    assert fitted.default == 10.0
    assert judge.rule.threshold != fitted.default
    assert len(fitted.inputs) == 64
    assert parse_rule(format_rule(judge.rule), "test") == judge.rule


def test_a_rule_from_one_example_learns_from_sure_items() -> None:
    """Words that occur only in those items give points, and the rule names the items."""
    judge = ArchiveJudge(a_rule())
    decisions(judge, a_stream(60))
    fitted = judge.rule.fitted
    assert fitted is not None
    assert 1 <= len(fitted.learnt_on) <= 3
    known = {term.text for term in a_rule().terms}
    assert {term.text for term in judge.rule.terms} - known


def test_a_rule_does_not_learn_from_a_refused_item() -> None:
    """An example that is marked as not meant is removed and stays below the threshold."""
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


def test_a_mark_outweighs_the_archive() -> None:
    """A fitted threshold never exceeds the points of an item marked as meant."""
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


def test_the_more_marks_the_less_the_archive_moves_the_threshold() -> None:
    """Marks that allow the fitted threshold draw it towards the threshold of the rule, which has learnt from them."""
    stream = a_stream(60)
    shifts = []
    for number in (0, 2, 10):
        # The rule's own example has more points than any threshold that is fitted here.
        sure = [Document(id=f"m{one}", title=an_article(0).title, summary=an_article(0).text) for one in range(number)]  # fmt: skip
        verdicts = Verdicts(meant={one.id: True for one in sure}, documents=tuple(sure))
        judge = ArchiveJudge(a_rule(), verdicts=verdicts)
        decisions(judge, stream)
        shifts.append(abs(judge.rule.threshold - a_rule().threshold))
    assert shifts[0] > shifts[1] > shifts[2] > 0


def test_only_unedited_story_rules_are_fitted() -> None:
    """A wide rule, a rule file that its owner has edited, and a rule with a fit in its file keep their thresholds."""
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
    """The schedule depends only on the number of items, so every machine fits at the same item."""
    assert [next_fit(None), next_fit(5), next_fit(40), next_fit(400)] == [5, 10, 50, 450]


def test_similarities_are_those_of_stories() -> None:
    """The matrix for fitting a threshold and the cosine for deciding an item agree to the last digit."""
    profiles = [read_profile(one) for one in a_stream(12)]
    found = likenesses(profiles)
    for place, one in enumerate(profiles):
        for other in range(place):
            assert found[place, other] == cosine(one, profiles[other]) / UNIT


def test_only_the_last_items_are_kept() -> None:
    """A rule is fitted to a limited number of items, counted by their positions."""
    judge = ArchiveJudge(a_rule())
    [document] = a_stream(1, seed=3)
    profile = read_profile(document)
    for _ in range(HELD + 5):
        judge.add(NearItem(document=document, at=NOON, share=1.0, matched=True, profile=profile))
    assert len(judge._near.items) == HELD
    assert judge._near.items[0].place == 6


def test_scores_are_drawn_as_bars_with_the_threshold_between_them() -> None:
    """The line is between the scores that match and those that do not, whatever they are."""
    lines = list(drawn([3.0, 9.9, 10.0, 12.5, 12.6, 99.0], 10.0))
    line = next(place for place, one in enumerate(lines) if "threshold 10.0" in one)
    assert lines[line - 1].split()[:3] == ["10.0", "to", "12.0"]
    assert lines[line + 1].split()[:3] == ["8.0", "to", "10.0"]
    assert lines[0].split()[:3] == ["24.0", "and", "more"]
    assert [one.split()[-1] for one in lines if "█" in one] == ["1", "2", "1", "1", "1"]
    assert any("threshold" in one for one in drawn([1.0], 10.0))
