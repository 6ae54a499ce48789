"""Full names: the words of one name are one piece of evidence in languages without counts of news."""

from __future__ import annotations

import pytest
from examples import an_article

from monitor.topics.learning.full_names import names_beside
from monitor.topics.learning.learn import learn

TITLE = "Steinbruch über Tormund eingestürzt"
BODY = (
    "Felsen aus dem Steinbruch verschütteten am Montag eine Straße beim Dorf. Die Polizei rief Isko Brandelm, und "
    "Geologen aus Velstum untersuchen den Hang."
)


def points_of(rule):
    return {term.text: term.points for term in rule.terms}


@pytest.mark.parametrize(
    ("language", "title", "body", "name", "beside"),
    [
        ("de", TITLE, BODY, "brandelm", {"isko"}),
        ("de", TITLE, f"{BODY} Am Abend warnte Brandelm vor Regen.", "brandelm", set()),
        ("de", TITLE, "Es kamen Brandelm, Velstum und andere.", "brandelm", set()),
        ("en", "Quarry", "The valley was closed by Isko Brandelm. Others left.", "brandelm", {"isko"}),
        ("ja", "採石場で崩落", "責任者は砂礼江だと発表された。", "礼江", {"砂礼"}),
    ],
)  # fmt: skip
def test_a_name_that_never_stands_alone_is_part_of_a_full_name(language, title, body, name, beside):
    """A first name belongs to its surname; a surname that also stands alone, or beyond a comma, does not."""
    assert names_beside(title, body, language)[name] == beside


def test_the_words_of_a_full_name_count_as_one_name_in_the_rule_of_a_story():
    """A person with two names must not outweigh a place with one."""
    points = points_of(learn("quarry", [an_article(title=TITLE, text=BODY)], breadth="story"))
    assert points["isko"] + points["brandelm"] == pytest.approx(points["velstum"], abs=0.05)


def test_a_surname_that_a_second_article_uses_alone_counts_in_full():
    """Only the first name, which says nothing more, loses points."""
    second = an_article(
        name="2.txt", title="Straße bleibt gesperrt", text=f"Für Tormund erwartet Brandelm weitere Felsen. {BODY}"
    )  # fmt: skip
    points = points_of(learn("quarry", [an_article(title=TITLE, text=BODY), second], breadth="story"))
    assert points["brandelm"] == pytest.approx(2 * points["isko"], abs=0.05)


def test_a_subject_counts_every_word():
    """On a subject, other people and places share the words of a name."""
    points = points_of(learn("quarry", [an_article(title=TITLE, text=BODY)], breadth="wide"))
    assert points["brandelm"] == pytest.approx(points["velstum"], abs=0.05)
