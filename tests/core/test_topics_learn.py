"""Learning: the contents of a rule learnt from examples."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from examples import TITLES, a_document, an_article, the_articles

from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.learn import LearnError, learn, learn_with_remarks
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth
from monitor.topics.vocabulary.frequencies import Frequencies, counted


def judged(rule, title, summary=""):
    return Matcher({"t": rule}).judge(a_document(title, summary))["t"]


def test_a_rule_takes_what_its_examples_share():
    """Names and words in the opening of all examples come first; no stop word is in a rule."""
    rule = learn("ferry", the_articles())
    texts = [term.text for term in rule.terms]
    assert texts[0] == "velmont"
    assert "brevik" in texts
    assert not {"the", "of", "a"} & set(texts)
    assert "shipping" in [facet.name for facet in rule.facets]


def test_a_rule_matches_its_story_and_no_other():
    """Another outlet's item on the event matches; other items that share a word do not."""
    rule = learn("ferry", the_articles())
    assert judged(
        rule, "Divers reach wreck of Velmont ferry", "The ferry lies off Brevik; 12 are missing."
    ).matched
    assert not judged(rule, "Velmont council raises harbour fees", "Boat owners protest.").matched
    assert not judged(
        rule, "Train derails in heavy snow", "Rescuers pulled 41 people from the coaches."
    ).matched


def test_learning_twice_gives_the_same_rule_and_it_reads_back():
    """A rule is a function of its articles, and its file is read back equal."""
    rule = learn("ferry", the_articles())
    assert learn("ferry", the_articles()) == rule
    assert parse_rule(format_rule(rule), "ferry.toml") == rule
    assert [source.sha256 for source in rule.learnt_from] == [article.sha256 for article in the_articles()]


def test_a_rule_quotes_no_sentence():
    """A rule holds no text longer than a phrase, and no title."""
    text = format_rule(learn("ferry", the_articles())).lower()
    assert max(len(term.text.split()) for term in learn("ferry", the_articles()).terms) <= 2
    assert not any(title.lower() in text for title in TITLES)


def test_one_example_is_enough():
    """A rule from one article matches reports of its story by other outlets."""
    rule = learn("ferry", [an_article()])
    assert judged(
        rule, "Ferry to Velmont sinks near Brevik", "Rescuers saved dozens from heavy seas."
    ).matched
    assert not judged(rule, "Ministers meet in Geneva", "Talks on fishing quotas will go on.").matched


COFFEE = {
    "title": "Velmont growers hold back coffee",
    "text": "Coffee growers around Velmont keep their harvest in store. Buyers of coffee beans had hoped for a quick sale. "
    "Nobody knows how much coffee the sheds hold, and arabica from the hills may follow.",
}


def test_a_repeated_subject_is_enough_for_a_wide_rule():
    """A wide rule matches the repeated subject alone; a narrow rule still requires the event."""
    item = ("Frost spoils coffee in Brevik", "Planters count what is left.")
    assert judged(learn("coffee", [an_article(0, **COFFEE)]), *item).matched
    assert not judged(learn("coffee", [an_article(0, **COFFEE)], breadth="narrow"), *item).matched
    assert not judged(
        learn("coffee", [an_article(0, **COFFEE)]), "Velmont growers meet", "The hills."
    ).matched


def test_a_subject_is_not_enough_beside_a_frequent_name():
    """A name that the article repeats as often as its subject is required as well."""
    about = (
        COFFEE["text"]
        + " So says Orrin. He and Orrin Lines sail, as Orrin knows, for Orrin alone, if Orrin stays."
    )
    rule = learn("orrin", [an_article(0, title=COFFEE["title"], text=about)])
    assert not judged(rule, "Frost spoils coffee in Brevik", "Planters count what is left.").matched


def test_a_subject_is_not_enough_beside_a_frequent_event():
    """An event named as often, and in the title, is half of the topic."""
    text = "Port pilots are on strike. The strike of the port pilots spreads; ships wait. A second strike may follow."
    rule = learn("strike", [an_article(0, title="Strike of port pilots in Brevik", text=text)])
    assert not judged(rule, "A ship is launched in Orrin", "The vessel will carry cargo.").matched
    quiet = an_article(0, title="Work of port pilots in Brevik", text=text.replace("strike", "queue"))
    assert judged(
        learn("work", [quiet]), "A ship is launched in Orrin", "The vessel will carry cargo."
    ).matched


def test_a_subject_of_one_example_alone_is_not_enough():
    """Examples with different subjects are about what they share."""
    rule = learn(
        "velmont", [an_article(0, **COFFEE), an_article(0, title="Ferry to Velmont late", text="It snowed.")]
    )
    assert not judged(rule, "Frost spoils coffee in Brevik", "Planters count what is left.").matched


def test_narrow_requires_the_names_of_all_titles():
    """Items on the subject without the event's name match only the wide rule."""
    rule = learn("ferry", the_articles(), breadth="narrow")
    assert rule.breadth is Breadth.NARROW
    assert "velmont" in rule.must
    assert not judged(
        rule, "Ferry sinks off another coast", "Rescuers and the coast guard are on their way."
    ).matched


def test_narrow_from_one_example_requires_a_single_name():
    """Only the most frequent name of the title is required."""
    rule = learn("ferry", [an_article()], breadth="narrow")
    assert rule.must == ("velmont",)
    assert not judged(rule, "Ferry sinks off Brevik", "Rescuers search the sea for the ferry.").matched


def test_narrow_requires_no_name_in_german():
    """Nouns like `Eröffnung` are no names, so German examples give a narrow rule without that condition."""
    tunnel = an_article(
        title="Eröffnung des Tunnels verschoben",
        text="Die Eröffnung des Tunnels ist wegen der Lüftung verschoben. Der Tunnel ist fast fertig.",
    )
    rule = learn("tunnel", [tunnel], breadth="narrow")
    assert rule.language == "de"
    assert rule.must == ()


def test_counter_examples_are_kept_below_the_threshold():
    """Words found only in counter-examples take points off, and counter-examples do not match."""
    fees = an_article(
        0,
        name="fees.txt",
        title="Velmont ferry fares rise",
        text="Fares of the Velmont ferry rise by a tenth. Commuters complain.",
    )
    assert judged(learn("ferry", the_articles()), fees.title, fees.text).matched
    learnt = learn_with_remarks("ferry", the_articles(), against=[fees])
    assert not judged(learnt.rule, fees.title, fees.text).matched
    assert any(term.points < 0 for term in learnt.rule.terms)
    assert [source.file for source in learnt.rule.learnt_from if source.counter] == ["fees.txt"]
    assert judged(
        learnt.rule, "Divers reach wreck of Velmont ferry", "It sank off Brevik; many are missing."
    ).matched


def test_an_indistinguishable_counter_example_is_reported():
    """If examples and counter-examples cannot be separated, a note says so and what to do."""
    near = an_article(0, name="near.txt", title=f"{TITLES[0]}, again")
    learnt = learn_with_remarks("ferry", the_articles(), against=[near, an_article(0, name="same.txt")])
    assert any("near.txt: still matches" in remark for remark in learnt.remarks)
    assert any("same.txt: the same article as ferry-1.txt" in remark for remark in learnt.remarks)


def test_an_article_given_both_ways_is_reported():
    """Kept below the threshold as a counter-example, it is below it as an example too, and a note says so."""
    both = [an_article(0, name="same.txt")]
    learnt = learn_with_remarks("ferry", the_articles()[:1], against=both, breadth="wide")
    assert any("same.txt: the same article as ferry-1.txt" in remark for remark in learnt.remarks)


def test_odd_examples_are_left_out_by_name():
    """A copy and an article in another language are left out and named."""
    copy = an_article(0, name="copy.txt")
    foreign = an_article(
        0, name="fremd.txt", title="Fähre gesunken", text="Die Fähre ist vor der Küste von Brevik gesunken."
    )
    learnt = learn_with_remarks("ferry", [*the_articles(), copy, foreign])
    assert learnt.rule == learn("ferry", the_articles())
    assert any(remark.startswith("copy.txt: the same article as ferry-1.txt") for remark in learnt.remarks)
    assert any(remark.startswith("fremd.txt: in another language (de)") for remark in learnt.remarks)


def test_no_example_is_an_error():
    """Without a usable example the error is one clear sentence."""
    with pytest.raises(LearnError, match="no example to learn from; give one to five"):
        learn("ferry", [])


@pytest.mark.parametrize(
    ("title", "text", "language", "item"),
    [
        (
            "Fähre vor Brevik gesunken",
            "Die Fähre nach Velmont ist in schwerer See gesunken.",
            "de",
            "Fähren nach Velmont: eine sank vor Brevik",
        ),
        ("渡轮在布雷维克沉没", "一艘开往维尔蒙特的渡轮在风暴中沉没。", "zh", "渡轮沉没 布雷维克风暴"),
    ],
)
def test_other_languages_can_be_learnt_from(title, text, language, item):
    """A rule keeps and matches the language of its examples, also one without spaces between words."""
    rule = learn("ferry", [an_article(0, title=title, text=text)])
    assert rule.language == language
    assert judged(rule, item).matched


def test_frequencies_can_be_counted_from_an_archive():
    """A word frequent in the owner's archive counts less than with the shipped table."""
    archive: Frequencies = counted(("Velmont news", f"Velmont day {number}") for number in range(500))
    assert archive.items == 500
    assert archive.count("velmont") == 500
    assert archive.count("velmont day") == 500
    own = learn_with_remarks("ferry", the_articles(), frequencies=archive).rule
    assert learn("ferry", the_articles()).terms[0].text == "velmont"
    assert own.terms[0].text != "velmont"


def test_learning_from_five_long_articles_takes_little_time():
    """Learning from five articles of any length takes well under two seconds."""
    long = [
        replace(an_article(0), name=f"{number}.txt", text=f"Part {number}. {an_article(0).text} " * 500)
        for number in range(5)
    ]
    started = time.process_time()
    learn("ferry", long)
    assert time.process_time() - started < 2
